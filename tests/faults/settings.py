"""The project's settings for faults: as in production, over a database, a Redis and a mail sink of the run's own."""

import os

os.environ["EMBEDDED"] = "1"  # it makes its own keys, and may have its clock moved

from endorsements.settings import *  # noqa: F403
from endorsements.settings import ALLOWED_HOSTS, VAR_DIR, env

ALLOWED_HOSTS.append("testserver")  # some faults ask by Django's own client
EMAIL_TIMEOUT = env.float("EMAIL_TIMEOUT", 20)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = VAR_DIR / "no-static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
