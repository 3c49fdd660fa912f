from __future__ import annotations

from portal.review import services
from portal.tasking import task


@task(time_limit=60)
def release_stale() -> None:
    services.release_stale()
