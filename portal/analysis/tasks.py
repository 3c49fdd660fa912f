from __future__ import annotations

from django.conf import settings

from portal.analysis import services
from portal.tasking import ring, task

# Then the task ends and rings for itself, so that other tasks get their turn on a busy worker.
TURN_SECONDS = 60


@task(time_limit=settings.ANALYSIS_TIME_LIMIT_SECONDS)
def analyse_pending() -> None:
    if not services.analyse_waiting(seconds=TURN_SECONDS, alive=services.beat):
        ring(analyse_pending)


@task(time_limit=60)
def sweep() -> None:
    services.sweep()


@task(time_limit=300)
def heartbeat() -> None:
    """The first one of a child loads the model, before the first photo waits for it."""
    services.beat()
