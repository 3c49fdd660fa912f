import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

TRANSPORT_ALIASES["filesystem"] = "portal.broker:Transport"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")
app = Celery("cleargrade")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
