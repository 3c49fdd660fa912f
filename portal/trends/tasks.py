from __future__ import annotations

from portal.tasking import task
from portal.trends import services


@task(time_limit=300)
def match_pending() -> None:
    services.match_waiting()


@task(time_limit=60)
def sweep() -> None:
    services.sweep()
