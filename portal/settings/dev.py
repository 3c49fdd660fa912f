"""`make run`: one machine, SQLite, local files, mail on the console."""

from portal.settings.base import *  # noqa: F403
from portal.settings.base import STORAGES, env

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "django-insecure-development-only-never-in-production")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
DEMONSTRATION_PASSWORD = env.str("DEMONSTRATION_PASSWORD", "demonstration")
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # http://localhost
# The demonstration's staff sign in by password alone, so that everybody can look around at once.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", False)
