"""What the beat rings for, and how often."""

from __future__ import annotations

from typing import Any

from celery.schedules import schedule

MINUTE = 60
HOUR = 60 * MINUTE


def every(seconds: int, task: str, expires: int | None = None) -> dict[str, Any]:
    """A message that is not taken in time is worthless: the next one follows."""
    options = {"expires": expires or seconds}
    return {"task": task, "schedule": schedule(seconds), "options": options}


CELERY_BEAT_SCHEDULE = {
    "sweep-analyses": every(15, "portal.analysis.tasks.sweep"),
    "sweep-matchings": every(30, "portal.trends.tasks.sweep"),
    "heartbeat": every(10, "portal.analysis.tasks.heartbeat"),
    "send-notices": every(MINUTE, "portal.cases.tasks.send_notices"),
    "sweep-uploads": every(15 * MINUTE, "portal.cases.tasks.sweep_uploads"),
    "send-message-notices": every(MINUTE, "portal.messages.tasks.send_notices"),
    "send-closing-notices": every(MINUTE, "portal.consent.tasks.send_notices"),
    "sweep-files": every(6 * HOUR, "portal.cases.tasks.sweep_files", expires=HOUR),
    "make-exports": every(MINUTE, "portal.rights.tasks.make_exports"),
    "carry-out-erasures": every(10 * MINUTE, "portal.rights.tasks.carry_out_erasures"),
    "end-retention": every(24 * HOUR, "portal.rights.tasks.end_retention", expires=HOUR),
    "verify-audit": every(24 * HOUR, "portal.audit.tasks.verify", expires=HOUR),
    "clear-sessions": every(6 * HOUR, "portal.accounts.tasks.clear_sessions", expires=HOUR),
    "release-stale-reviews": every(MINUTE, "portal.review.tasks.release_stale"),
}
