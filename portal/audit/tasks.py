from __future__ import annotations

from portal.audit import verification
from portal.tasking import task


@task(time_limit=3000)
def verify() -> None:
    verification.verify()
