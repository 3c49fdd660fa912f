"""Many workers at one queue, each with its own connection to the database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from portal.analysis import lease, services
from portal.analysis.models import Analysis, AnalysisStatus
from portal.cases.models import View, Visit
from tests import factories
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 4


@pytest.fixture(autouse=True)
def _a_database_that_threads_can_share() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's tests run in memory, in one connection; tests/faults has processes")


def at_once(work, times: int = WORKERS) -> list[Any]:
    """Run the same in so many threads, all starting together."""
    start = Barrier(times)

    def run(_number: int):
        start.wait()
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def fill_queue(photos: int) -> None:
    clinic = factories.clinic()
    for _ in range(photos):
        factories.photo(factories.visit(factories.consenting_patient(clinic)))


def test_workers_that_claim_at_once_share_the_rows_and_take_none_twice(settings):
    settings.ANALYSIS_BATCH = 2
    fill_queue(10)

    batches = at_once(services.claim)
    taken = [row.pk for batch in batches for row in batch]

    assert len(taken) == len(set(taken)) == 2 * WORKERS
    assert Analysis.objects.filter(status=AnalysisStatus.RUNNING).count() == 2 * WORKERS


def test_workers_empty_the_queue_and_store_each_result_once(settings):
    settings.ANALYSIS_BATCH = 1
    fill_queue(12)

    def work() -> int:
        stored = 0
        while claimed := services.claim():
            for row in claimed:
                services.store(analysis=row, result=factories.result(), display=jpeg())
                stored += 1
        return stored

    assert sum(at_once(work)) == 12
    assert not Analysis.objects.exclude(status=AnalysisStatus.DONE).exists()


def test_of_two_workers_that_hold_one_row_after_a_lost_lease_one_stores(settings):
    fill_queue(1)
    [row] = services.claim()

    def store() -> bool:
        try:
            services.store(analysis=row, result=factories.result(), display=jpeg())
        except services.LeaseLostError:
            return False
        return True

    assert sorted(at_once(store, 2)) == [False, True]
    assert row.lesions.count() == 4


def test_a_double_tap_at_the_same_moment_is_one_photo():
    visit = factories.visit(factories.consenting_patient(factories.clinic()))

    def tap() -> int:
        fresh = Visit.objects.get(pk=visit.pk)
        return factories.photo(fresh).pk

    assert len(set(at_once(tap, 3))) == 1
    assert visit.photos.count() == Analysis.objects.count() == 1


def test_replacing_a_photo_while_its_reading_is_stored_blocks_nobody():
    visit = factories.visit(factories.consenting_patient(factories.clinic()))
    first = factories.photo(visit)
    [row] = services.claim()
    turns = iter((True, False))

    def replace_or_store() -> None:
        if next(turns):
            factories.photo(Visit.objects.get(pk=visit.pk), View.FRONT, jpeg(400))
            return
        with suppress(services.LeaseLostError):
            services.store(analysis=row, result=factories.result(), display=jpeg())

    at_once(replace_or_store, 2)

    first.refresh_from_db()
    assert first.replaced_at is not None
    assert visit.photos.current().count() == 1


def test_a_lease_is_renewed_and_the_worker_beats_while_the_models_work(settings):
    fill_queue(1)
    [row] = services.claim()
    settings.ANALYSIS_LEASE_SECONDS = 0.3
    Analysis.objects.update(lease_until=timezone.now())
    beaten = Event()

    with lease.renewed(row.token, beaten.set):
        assert beaten.wait(60)
        settings.ANALYSIS_LEASE_SECONDS = 60

    lease_before = row.lease_until
    row.refresh_from_db()
    assert row.status == AnalysisStatus.RUNNING
    assert row.lease_until != lease_before
