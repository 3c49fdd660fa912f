from __future__ import annotations

from portal.consent import notices
from portal.tasking import task


@task(time_limit=120)
def send_notices() -> None:
    notices.send_waiting()
