from __future__ import annotations

from portal.rights import exporting, retention, services
from portal.tasking import task


@task(time_limit=1800)
def make_exports() -> None:
    exporting.make_waiting()


@task(time_limit=1800)
def carry_out_erasures() -> None:
    services.carry_out_due()


@task(time_limit=3000)
def end_retention() -> None:
    retention.end_retention()
