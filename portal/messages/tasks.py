from __future__ import annotations

from portal.tasking import task


@task(time_limit=120)
def send_notices() -> None:
    # Imported in the call: the service rings this very task.
    from portal.messages.services import notify  # noqa: PLC0415

    notify()
