"""Settings common to all: every environment variable of the site is read in this folder."""

from pathlib import Path
from typing import Any

import environ
from django.utils.translation import gettext_lazy as _

from portal.settings.logs import *  # noqa: F403
from portal.settings.people import *  # noqa: F403
from portal.settings.schedule import *  # noqa: F403
from portal.settings.security import *  # noqa: F403

ROOT = Path(__file__).resolve().parents[2]
env = environ.Env()

VAR = Path(env.str("CLEARGRADE_VAR", str(ROOT / "var")))  # database, files and broker when local

# --- The house --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "portal.accounts",
    "portal.audit",
    "portal.consent",
    "portal.cases",
    "portal.analysis",
    "portal.review",
    "portal.reports",
    "portal.trends",
    "portal.desk",
    "portal.messages",
    "portal.api",
    "portal.rights",
    "portal.upkeep",
    "portal.demonstration",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "portal.headers.Headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.accounts.middleware.IdleSessions",
    "portal.accounts.middleware.SecondFactor",
    "portal.audit.origin.remember_request",
    "portal.errors.show_not_allowed",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
ASGI_APPLICATION = "portal.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {
            "loaders": [("django.template.loaders.cached.Loader", ["portal.nonces.Loader"])],
            "builtins": ["portal.nonces"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Data: SQLite and local files unless the environment names something bigger ----------------

DATABASES = {"default": env.db("DATABASE_URL", f"sqlite:///{VAR / 'cleargrade.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    VAR.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
        "PRAGMA secure_delete=ON;",  # what is erased is overwritten, not only left out
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

S3_BUCKET = env.str("S3_BUCKET", "")
STORAGES: dict[str, dict[str, Any]] = {
    "default": (
        {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": S3_BUCKET,
                "endpoint_url": env.str("S3_ENDPOINT_URL", "") or None,
                "region_name": env.str("S3_REGION", "") or None,
                "access_key": env.str("S3_ACCESS_KEY", "") or None,
                "secret_key": env.str("S3_SECRET_KEY", "") or None,
                "default_acl": None,
                "file_overwrite": False,
                "querystring_auth": True,
                # What a proxy is told is signed for its host, whatever the bucket is called.
                "signature_version": "s3v4",
                "addressing_style": "path",
            },
        }
        if S3_BUCKET
        else {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            # Private files have no address: only a view that checks who asks hands them out.
            "OPTIONS": {"location": VAR / "media", "base_url": None},
        }
    ),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(VAR / "static")))
STATICFILES_DIRS = [ROOT / "static"]

CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": env.str("CACHE_URL"),
        }
        if env.str("CACHE_URL", "")
        else {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": VAR / "cache",
        }
    )
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FILE_UPLOAD_HANDLERS = ["portal.cases.uploads.BoundedUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20

# --- Mail -------------------------------------------------------------------------------------

EMAIL_CONFIG = env.email("EMAIL_URL", "consolemail://")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "ClearGrade <no-reply@localhost>")
SITE_URL = env.str("SITE_URL", "http://localhost:8000")  # where a mail sends its reader

# --- The API: what the pages do, by the same services ---------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["portal.api.access.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.api.parsers.BoundedJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "portal.api.parsers.JsonForAll",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "user": env.str("API_RATE", "600/min"),
        "photo": env.str("API_PHOTO_RATE", "200/hour"),
        "sign_in": env.str("API_SIGN_IN_RATE", "10/min"),
    },
    "EXCEPTION_HANDLER": "portal.api.errors.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "ClearGrade",
    "DESCRIPTION": "What the pages of ClearGrade do, for an app. Sign in at /api/v1/tokens/.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "RoleEnum": "portal.accounts.models.Role",
        "ViewEnum": "portal.cases.models.View",
        "VisitStatusEnum": "portal.cases.models.VisitStatus",
        "PhotoStatusEnum": "portal.analysis.models.AnalysisStatus",
        "LanguageEnum": "portal.consent.models.Language",
        "ConsentKindEnum": "portal.consent.models.ConsentKind",
        "GradeEnum": "portal.review.models.Grade",
        "StrengthEnum": "portal.cases.models.Strength",
        "LesionTypeEnum": "portal.analysis.models.LesionType",
    },
}

# --- Words and time ----------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = "portal.settings.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", "UTC")

# --- Work in the background ----------------------------------------------------------------------

CELERY_BROKER_URL = env.str("BROKER_URL", "filesystem://")
if CELERY_BROKER_URL.startswith("filesystem://"):
    (VAR / "broker").mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR / "broker"),
        "data_folder_out": str(VAR / "broker"),
        "control_folder": str(VAR / "broker-control"),
    }
    for folder in CELERY_BROKER_TRANSPORT_OPTIONS.values():
        Path(folder).mkdir(parents=True, exist_ok=True)  # kombu expects to find them
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")

ANALYSIS_BATCH = env.int("ANALYSIS_BATCH", 4)
ANALYSIS_LEASE_SECONDS = env.int("ANALYSIS_LEASE_SECONDS", 60)
ANALYSIS_ATTEMPTS = 3
ANALYSIS_TIME_LIMIT_SECONDS = env.int("ANALYSIS_TIME_LIMIT_SECONDS", 600)
WORKER_HEARTBEAT_SECONDS = 60  # older than this, the worker counts as gone
REVIEW_LEASE_SECONDS = env.int("REVIEW_LEASE_SECONDS", 20 * 60)

# --- What is kept, and for how long ---------------------------------------------------------------

EXPORT_DAYS = 7  # a patient's copy of everything can be fetched so long
# Between asking and erasing: whoever did not ask reads the mail and has it stopped.
ERASURE_DELAY_DAYS = env.int("ERASURE_DELAY_DAYS", 7)
BACKUP_DAYS = env.int("BACKUP_DAYS", 35)
# Opaque ids of who was erased, for whoever restores a backup: keep it apart from the backups.
ERASURE_LEDGER = Path(env.str("ERASURE_LEDGER", str(VAR / "erased.jsonl")))

# --- Photos --------------------------------------------------------------------------------------

PHOTO_MAX_BYTES = 20 * 1024 * 1024
PHOTO_MAX_PIXELS = 60_000_000
PHOTO_MIN_SIDE = 200
PHOTO_MAX_ELONGATION = 8  # a photo of a face is no strip
# What opening one may take, in a process apart: 60 megapixels of HEIC need less than half of it.
PHOTO_DECODE_BYTES = 2 << 30
PHOTO_DECODE_SECONDS = 20

# --- Reports: the PDF's font carries its Chinese with it; `make setup` brings the file ------------

REPORT_FONT = ROOT / "static" / "vendor" / "fonts" / "noto-sans-sc.ttf"

# --- The demonstration clinic: loaded only where everybody's password in it was chosen ----------

DEMONSTRATION_PASSWORD = env.str("DEMONSTRATION_PASSWORD", "")
