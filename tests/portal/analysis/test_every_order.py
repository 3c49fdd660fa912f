"""In whatever order patients, workers and crashes act: nothing is lost, nothing is stored twice."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from portal.analysis import services
from portal.analysis.models import UNFINISHED, WITH_RESULT, Analysis, AnalysisStatus, Lesion
from portal.cases.models import Photo, View, Visit, VisitStatus
from portal.cases.services import NotReadyError, PhotoRefused, remove_photo, submit
from portal.cases.transitions import WrongStateError
from portal.consent.models import ConsentSignature
from portal.consent.services import withdraw
from tests import factories
from tests.pictures import encoded, jpeg, noise

PICTURES = [encoded(noise(200 + 10 * number, 200)) for number in range(3)]
DISPLAY = jpeg(64)


class Order(RuleBasedStateMachine):
    """One patient and some workers, of whom any may be slow, dead, or come back too late."""

    @initialize()
    def begin(self) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.patient = factories.consenting_patient(factories.clinic())
        self.visit = factories.visit(self.patient)
        self.held: list[Analysis] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @rule(view=st.sampled_from([View.FRONT, View.LEFT]), picture=st.sampled_from(PICTURES))
    def patient_sends_a_photo(self, view, picture) -> None:
        with suppress(PhotoRefused):
            factories.photo(self.visit, view, picture)

    @rule(data=st.data())
    def patient_removes_a_photo(self, data) -> None:
        photos = list(Photo.objects.filter(visit=self.visit))
        if photos:
            with suppress(WrongStateError):
                remove_photo(photo=data.draw(st.sampled_from(photos)))

    @rule()
    def patient_sends_the_visit(self) -> None:
        with suppress(NotReadyError, WrongStateError):
            submit(visit=self.visit)

    @rule()
    def worker_claims(self) -> None:
        self.held += services.claim()

    @rule(data=st.data(), accepted=st.booleans())
    def worker_stores(self, data, accepted) -> None:
        if self.held:
            row = data.draw(st.sampled_from(self.held))
            found = factories.result(row.photo.view, accepted=accepted)
            with suppress(services.LeaseLostError):
                services.store(analysis=row, result=found, display=DISPLAY)

    @rule(data=st.data())
    def worker_finds_the_file_unreadable(self, data) -> None:
        if self.held:
            row = data.draw(st.sampled_from(self.held))
            with suppress(services.LeaseLostError):
                services.mark_unreadable(analysis=row, code="truncated")

    @rule(data=st.data())
    def worker_gives_back(self, data) -> None:
        if self.held:
            services.give_back(token=data.draw(st.sampled_from(self.held)).token)

    @rule()
    def every_lease_runs_out_and_the_sweep_comes(self) -> None:
        Analysis.objects.filter(status=AnalysisStatus.RUNNING).update(
            lease_until=timezone.now() - timedelta(seconds=1)
        )
        services.sweep()

    @rule(data=st.data())
    def a_failed_one_is_read_again(self, data) -> None:
        failed = list(Analysis.objects.filter(status=AnalysisStatus.FAILED))
        if failed:
            with suppress(WrongStateError):
                services.retry(analysis=data.draw(st.sampled_from(failed)))

    @rule()
    def patient_withdraws_consent(self) -> None:
        with transaction.atomic():
            for signature in ConsentSignature.objects.in_force().filter(patient=self.patient):
                withdraw(signature=signature)

    @invariant()
    def no_photo_is_forgotten(self) -> None:
        for photo in Photo.objects.current().filter(visit=self.visit):
            withdrawn = self.status() == VisitStatus.WITHDRAWN
            newest = photo.analyses.latest("queued_at").status
            assert withdrawn or newest != AnalysisStatus.CANCELLED

    @invariant()
    def no_photo_that_is_gone_is_worked_on(self) -> None:
        gone = Photo.objects.filter(visit=self.visit, replaced_at__isnull=False)
        assert not Analysis.objects.filter(photo__in=gone, status__in=UNFINISHED).exists()
        if self.status() == VisitStatus.WITHDRAWN:
            assert not Analysis.objects.filter(status__in=UNFINISHED).exists()

    @invariant()
    def a_visit_waits_for_its_photos_and_for_nothing_else(self) -> None:
        current = Analysis.objects.filter(
            photo__visit=self.visit, photo__replaced_at__isnull=True, status__in=UNFINISHED
        )
        if self.status() == VisitStatus.SUBMITTED:
            assert current.exists()

    @invariant()
    def what_is_stored_is_whole_and_stored_once(self) -> None:
        read = Analysis.objects.filter(status__in=WITH_RESULT)
        counts = [(one.result or {})["counts"] for one in read]
        found = sum(number for table in counts for number in table.values())
        assert Lesion.objects.filter(analysis__in=read).count() == Lesion.objects.count() == found
        assert not read.filter(photo__display="").exists()

    def status(self) -> str:
        return Visit.objects.get(pk=self.visit.pk).status


@pytest.mark.django_db
def test_nothing_is_lost_or_stored_twice_in_any_order():
    run_state_machine_as_test(
        Order,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
