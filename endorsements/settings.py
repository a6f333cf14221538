"""Settings, read from the environment alone, in the order of Django's own documentation.

EMBEDDED=1 (what ./run sets) runs everything in one process under var/; without it a missing
DATABASE_URL, SECRET_KEY or KEYS_DIR refuses to start.
"""

import secrets
from email.utils import formataddr
from pathlib import Path
from urllib.parse import urlparse

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from mailings.carriers import anymail_settings

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

EMBEDDED = env.bool("EMBEDDED", False)
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))


def kept(name: str) -> str:
    """The random text in var/<name>, made on first use: the embedded default's own secret."""
    path = VAR_DIR / name
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_urlsafe(50))
        path.chmod(0o600)
    return path.read_text()


if not EMBEDDED:
    missing = [name for name in ("DATABASE_URL", "SECRET_KEY", "KEYS_DIR") if not env(name, default="")]
    if missing:
        raise ImproperlyConfigured(
            f"Set {', '.join(missing)} in the environment, or EMBEDDED=1 to run everything in one process."
        )

SECRET_KEY = env("SECRET_KEY", default="") or kept("secret_key")
KEYS_DIR = Path(env("KEYS_DIR", default=str(VAR_DIR / "keys")))
DEBUG = env.bool("DEBUG", False)

# The federation
FEDERATION_NAME = env("FEDERATION_NAME", default="Sample Federation")
BASE_URL = env("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
DESK_URL = env("DESK_URL", default="").rstrip("/")  # where staff work, if on a host of its own
CONTACT_EMAIL = env("CONTACT_EMAIL", default="help@example.org")
POSTAL_ADDRESS = env("POSTAL_ADDRESS", default="1 Sample Street, Springfield")
PAID_FOR_BY = env("PAID_FOR_BY", default="")
# For import_members --osdi alone: the key of the service that lists our people.
OSDI_API_KEY = env("OSDI_API_KEY", default="")

# Hosts
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlparse(BASE_URL).hostname, "127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
if DESK_URL:
    ALLOWED_HOSTS.append(urlparse(DESK_URL).hostname)
    CSRF_TRUSTED_ORIGINS.append(DESK_URL)
BASE_IS_HTTPS = BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "endorsements.apps.EndorsementsConfig",
    "vetting.apps.VettingConfig",
    "voting.apps.VotingConfig",
    "rounds.apps.RoundsConfig",
    "groups.apps.GroupsConfig",
    "mailings.apps.MailingsConfig",
    "journal.apps.JournalConfig",
    "endorsements.apps.DeskConfig",  # django.contrib.admin with our own site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "anymail",
    "csp",
]

MIDDLEWARE = [
    "keys.requestids.middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "journal.languages.middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "endorsements.desk.sessions.middleware",
    "allauth.account.middleware.AccountMiddleware",
    "csp.middleware.CSPMiddleware",
    "endorsements.desk.host.middleware",
    "endorsements.wellformed.wellformed_only",
]

ROOT_URLCONF = "endorsements.urls"
WSGI_APPLICATION = "endorsements.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "journal.context.federation",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "mailings.mjml.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]
FORMS_URLFIELD_ASSUME_HTTPS = True  # as Django 6 does by itself
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Databases
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/endorsements.sqlite3")}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # secure_delete: a destroyed envelope must not stay readable in a free page (trust.md 2.3).
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 60)
    # Values travel apart from the statement, so a server log shows $1 and never a value (trust.md 0.1).
    DATABASES["default"]["OPTIONS"] = {"server_side_binding": True}
# Read by manage.py ballot_box roles alone, as the owner: the passwords of the three roles beside it.
BOX_PASSWORDS = {
    "web": env("WEB_ROLE_PASSWORD", default=""),
    "post": env("POST_ROLE_PASSWORD", default=""),
    "tally": env("TALLY_ROLE_PASSWORD", default=""),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The cache is in the database: Redis is the broker only, and voting works without it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

# Mail
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = env(
    "EMAIL_BACKEND", default="mailings.outbox.OutboxBackend" if EMBEDDED else EMAIL_CONFIG["EMAIL_BACKEND"]
)
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("EMAIL_FROM", default=formataddr((FEDERATION_NAME, f"vote@{urlparse(BASE_URL).hostname}")))
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# The provider's limits, 0 for none; the desk changes them later (mailings/pace.py).
EMAIL_RATE = env.float("EMAIL_RATE", 0 if EMBEDDED else 350)
EMAIL_DAILY_LIMIT = env.int("EMAIL_DAILY_LIMIT", 0)
EMAIL_FIRST_DAY = env.int("EMAIL_FIRST_DAY", 0)
# Mailings to so many and more go step by step, each after so many minutes without trouble (mailings/ramp.py).
# Members who never confirm their sign-up are forgotten after so many days.
UNCONFIRMED_DAYS = max(1, env.int("UNCONFIRMED_DAYS", 90))
RAMP_FROM = env.int("RAMP_FROM", 20_000)
RAMP_CLEAN_MINUTES = env.int("RAMP_CLEAN_MINUTES", 0 if EMBEDDED else 10)
RAMP_BY_HAND = env.bool("RAMP_BY_HAND", False)
OUTBOX_DIR = VAR_DIR / "outbox"
ANYMAIL = anymail_settings(env.ENVIRON)

# Signing in: a mailed code, and a second factor for staff
AUTH_USER_MODEL = "groups.User"
AUTHENTICATION_BACKENDS = ["groups.permissions.OneQuery"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "groups.signin.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_FORMS = {
    "request_login_code": "groups.signin_forms.CodeForm",
    "login": "groups.signin_forms.LoginForm",
}
# Nobody signs up (groups.signin); allauth takes the password form of staff from this list.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_TIMEOUT = 3 * ACCOUNT_LOGIN_BY_CODE_TIMEOUT  # the first code, and two that were asked for again
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_ADAPTER = "groups.factors.FactorAdapter"
MFA_FORMS = {
    "add_webauthn": "groups.passkey_forms.AddForm",
    "authenticate_webauthn": "groups.passkey_forms.UseForm",
    "reauthenticate_webauthn": "groups.passkey_forms.ReauthenticateForm",
    "edit_webauthn": "groups.passkey_forms.RenameForm",
}
MFA_TOTP_ISSUER = FEDERATION_NAME
METRICS_TOKEN = env("METRICS_TOKEN", default="")
STAFF_IDLE_MINUTES = env.int("STAFF_IDLE_MINUTES", 30)
STAFF_SESSION_HOURS = env.int("STAFF_SESSION_HOURS", 12)
SECOND_FACTOR_FORCED = env.bool("SECOND_FACTOR_FORCED", not EMBEDDED)

# Languages and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "journal.formats"  # numbers in Spanish as they are written in the United States
USE_I18N = True
TIME_ZONE = env("TIME_ZONE", default="America/New_York")
USE_TZ = True

# Static and uploaded files
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(VAR_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Security
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not no-referrer: Chromium would then send "Origin: null" and every form would fail (ux.md 0.11).
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "endorsements.failures.csrf_failure"
if BASE_IS_HTTPS:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrf"
    LANGUAGE_COOKIE_SECURE = True
    LANGUAGE_COOKIE_NAME = "__Host-language"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Celery: the broker only wakes; every truth is a row
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="memory://localhost/" if EMBEDDED else "redis://127.0.0.1:6379/0")
IN_MEMORY = CELERY_BROKER_URL.startswith("memory:")
CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.05} if IN_MEMORY else {"visibility_timeout": 900}
CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
TICK_SECONDS = env.float("TICK_SECONDS", 2 if EMBEDDED else 15)

# Only tests and the embedded demo may move the clock.
CLOCK_MAY_SHIFT = EMBEDDED
CLOCK_OFFSET = env.float("CLOCK_OFFSET", 0)

# Logs: JSON lines, no personal data, links scrubbed
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"scrub": {"()": "keys.scrubbing.ScrubLinks"}},
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": [
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        },
        "plain": {"format": "%(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["scrub"],
            "formatter": "plain" if EMBEDDED else "json",
        }
    },
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="WARNING" if EMBEDDED else "INFO")},
    "loggers": {
        # Celery announces every tick at INFO, mjml every render: both say nothing.
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        # Django by itself mails a report of each error to ADMINS, with the address asked for: a private link.
        "django": {"handlers": [], "level": "INFO"},
        # At DEBUG this one writes out all that a page knows: a voter's name beside her choice.
        "django.template": {"level": "INFO"},
    },
}
