"""The project's settings for tests: the embedded default with everything in a throwaway folder."""

import os
import tempfile

os.environ.setdefault("EMBEDDED", "1")
os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="endorsements-test-"))

from endorsements.settings import *  # noqa: E402, F403

CLOCK_MAY_SHIFT = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
