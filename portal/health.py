"""Answers for whoever watches the site: is it up, and can it do its work?"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.analysis.models import WorkerHeartbeat

if TYPE_CHECKING:
    from django.http import HttpRequest

Part = dict[str, Any]


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """The site answers and reaches its database."""
    return _answer({"database": _database()})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Besides, a worker with a loaded model was alive within the last minute."""
    database = _database()
    worker = _worker() if database["ok"] else {"ok": False, "problem": "unknown"}
    return _answer({"database": database, "worker": worker})


def _answer(parts: dict[str, Part]) -> JsonResponse:
    ok = all(part["ok"] for part in parts.values())
    status = HTTPStatus.OK if ok else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse({"ok": ok, **parts}, status=status)


def _database() -> Part:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return {"ok": False, "problem": "unreachable"}
    return {"ok": True}


def _worker() -> Part:
    newest = WorkerHeartbeat.objects.order_by("-beat_at").first()
    if newest is None:
        return {"ok": False, "problem": "no worker has started yet"}
    age = timezone.now() - newest.beat_at
    if age > timedelta(seconds=settings.WORKER_HEARTBEAT_SECONDS):
        return {"ok": False, "problem": f"no sign of life for {age.total_seconds():.0f} seconds"}
    model = {
        "name": newest.model_name,
        "version": newest.model_version,
        "sha256": newest.model_sha256,
    }
    return {"ok": True, "beat_seconds_ago": round(age.total_seconds(), 1), "model": model}
