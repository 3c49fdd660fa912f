from __future__ import annotations

from portal.cases import notices, orphans, resumable
from portal.tasking import task


@task(time_limit=300)
def send_notices() -> None:
    notices.send_waiting()


@task(time_limit=300)
def sweep_uploads() -> None:
    resumable.sweep_uploads()


@task(time_limit=3000)
def sweep_files() -> None:
    orphans.sweep_files()
