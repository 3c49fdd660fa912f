"""Logs: ids only, never a name, a mail address or free text."""

from __future__ import annotations

import environ

env = environ.Env()

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "portal.errors.LineFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "filters": {
        "not_logged_yet": {"()": "portal.errors.NotLoggedYet"},
        "by_kind": {"()": "portal.errors.FailedTasksByKind"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        # A broker of files has no host, and kombu warns of it at every connection.
        "kombu.connection": {"level": "ERROR"},
        "django.request": {"filters": ["not_logged_yet"]},
        "celery.app.trace": {"filters": ["by_kind"]},
    },
}
