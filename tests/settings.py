"""The project's settings for tests: the embedded default in a throwaway folder, on whatever DATABASE_URL names."""

import atexit
import os
import shutil
import tempfile

os.environ["EMBEDDED"] = "1"
if "VAR_DIR" not in os.environ:
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="endorsements-test-")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)

from endorsements.settings import *  # noqa: F403
from endorsements.settings import DATABASES, VAR_DIR

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: threads get connections of their own, as they do in production.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / f"test-{os.getppid()}-{os.getpid()}.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
DATABASES["default"]["CONN_MAX_AGE"] = 0
CLOCK_MAY_SHIFT = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = VAR_DIR / "no-static"  # empty: each test client lists it anew
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

# Two languages, so that what chooses between them is tested before the second has its catalogue.
LANGUAGES = [("en", "English"), ("es", "Español")]
