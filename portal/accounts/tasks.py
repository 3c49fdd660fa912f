from __future__ import annotations

from portal.accounts import sessions
from portal.tasking import task


@task(time_limit=300)
def clear_sessions() -> None:
    sessions.clear_ended()
