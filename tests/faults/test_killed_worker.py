"""kill -9 in the middle of an analysis: after a restart every photo has exactly one result."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.faults.site import Site, children_of

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

PHOTOS = 3
UNFINISHED = {"queued", "running"}


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    site = Site(tmp_path)
    site.manage("manage.py", "migrate", "--verbosity", "0")
    try:
        yield site
    finally:
        site.stop()


def kill_everything(site: Site, worker: subprocess.Popen[bytes]) -> None:
    site.kill_group(worker)
    assert set(site.statuses()) <= {"running"}, "the worker was to die in the middle"
    site.start("worker")


def kill_the_child(_site: Site, worker: subprocess.Popen[bytes]) -> None:
    """As the system does to a process that takes too much memory; the parent starts another."""
    [child] = children_of(worker)
    os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("kill", [kill_everything, kill_the_child])
def test_a_killed_worker_loses_no_photo_and_stores_no_result_twice(site, kill):
    site.manage("-m", "tests.faults.send_photos")
    site.start("beat")
    worker = site.start("worker")
    site.wait_until(lambda: "running" in site.statuses(), "a photo is being read", pause=0.005)

    kill(site, worker)
    site.wait_until(lambda: not UNFINISHED & set(site.statuses()), "nothing waits or runs")

    assert site.statuses() == ["done", "rejected", "rejected"]
    assert site.query("SELECT count(*) FROM cases_photo WHERE display != ''") == [(PHOTOS,)]
    assert site.query("SELECT status FROM cases_visit") == [("awaiting_review",)]
    assert site.query("SELECT min(attempts), max(attempts) FROM analysis_analysis") == [(2, 2)]
    [(lesions,)] = site.query("SELECT count(*) FROM analysis_lesion")
    assert lesions == lesions_of_the_results(site) > 0


def lesions_of_the_results(site: Site) -> int:
    counted = site.query(
        "SELECT coalesce(sum(count.value), 0) FROM analysis_analysis, "
        "json_each(analysis_analysis.result, '$.counts') AS count"
    )
    return int(counted[0][0])
