from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.cases.models import VisitStatus
from portal.cases.transitions import WrongStateError, settle
from portal.consent.models import ConsentSignature
from portal.consent.services import withdraw
from portal.reports.models import Report
from portal.review import services
from portal.review.models import Review, ReviewStatus
from portal.review.tasks import release_stale
from tests import factories
from tests.portal.review.conftest import run_out

pytestmark = pytest.mark.django_db


def status_of(visit) -> str:
    visit.refresh_from_db()
    return visit.status


def test_a_claim_takes_the_visit_out_of_the_queue(sent, doctor, settings):
    review = services.claim(visit=sent, doctor=doctor)

    assert status_of(sent) == VisitStatus.IN_REVIEW
    assert review.status == ReviewStatus.OPEN
    left = review.lease_until - timezone.now()
    assert timedelta(0) < left <= timedelta(seconds=settings.REVIEW_LEASE_SECONDS)


def test_claiming_twice_is_claiming_once(sent, doctor):
    first = services.claim(visit=sent, doctor=doctor)

    assert services.claim(visit=sent, doctor=doctor) == first
    assert Review.objects.count() == 1


def test_a_colleague_is_told_who_has_the_visit(sent, doctor, colleague):
    review = services.claim(visit=sent, doctor=doctor)

    with pytest.raises(services.TakenError) as taken:
        services.claim(visit=sent, doctor=colleague)
    assert taken.value.review == review
    assert taken.value.review.doctor == doctor


def test_a_visit_that_is_not_sent_cannot_be_claimed(patient, doctor):
    draft = factories.visit(patient)

    with pytest.raises(WrongStateError):
        services.claim(visit=draft, doctor=doctor)
    assert not Review.objects.exists()


def test_a_claim_that_ran_out_is_free_for_a_colleague(sent, doctor, colleague):
    forgotten = services.claim(visit=sent, doctor=doctor)
    run_out(forgotten)

    review = services.claim(visit=sent, doctor=colleague)

    forgotten.refresh_from_db()
    assert forgotten.status == ReviewStatus.RELEASED
    assert review.doctor == colleague
    assert status_of(sent) == VisitStatus.IN_REVIEW


def test_the_sweep_gives_back_what_a_forgotten_tab_holds_and_nothing_else(sent, doctor):
    kept = services.claim(
        visit=factories.sent_visit(factories.consenting_patient(doctor.clinic)), doctor=doctor
    )
    forgotten = services.claim(visit=sent, doctor=doctor)
    run_out(forgotten)

    release_stale()

    assert status_of(sent) == VisitStatus.AWAITING_REVIEW
    assert status_of(kept.visit) == VisitStatus.IN_REVIEW


def test_work_on_the_visit_renews_the_lease(sent, doctor):
    review = services.claim(visit=sent, doctor=doctor)
    run_out(review)
    services.renew(review=review)

    services.release_stale()

    assert status_of(sent) == VisitStatus.IN_REVIEW


def test_what_was_written_is_there_again_after_giving_the_visit_back(sent, doctor, colleague):
    review = services.claim(visit=sent, doctor=doctor)
    services.save_draft(visit=sent, doctor=doctor, written={"assessment": "Some papules."})
    services.release(review=review)

    other = services.claim(visit=sent, doctor=colleague)
    assert other.assessment == ""
    services.release(review=other)

    assert services.claim(visit=sent, doctor=doctor).assessment == "Some papules."


def test_giving_back_twice_is_giving_back_once(sent, doctor, colleague):
    review = services.claim(visit=sent, doctor=doctor)
    services.release(review=review)
    services.claim(visit=sent, doctor=colleague)

    services.release(review=review)

    assert status_of(sent) == VisitStatus.IN_REVIEW


def test_a_draft_is_refused_once_the_claim_has_ended(sent, doctor):
    review = services.claim(visit=sent, doctor=doctor)
    services.release(review=review)

    with pytest.raises(services.ClaimLostError):
        services.save_draft(visit=sent, doctor=doctor, written={"assessment": "late"})
    with pytest.raises(services.ClaimLostError):
        services.renew(review=review)


def test_signing_reports_the_visit_with_one_frozen_report(sent, doctor):
    review = services.claim(visit=sent, doctor=doctor)

    report = services.sign(review=review, grade="III", assessment="Pustules on the chin.")

    review.refresh_from_db()
    assert status_of(sent) == VisitStatus.REPORTED
    assert (review.status, review.grade, review.machine_grade) == ("signed", "III", "III")
    assert report.signed_at == review.signed_at
    assert Report.objects.get(visit=sent) == report


def test_another_grade_than_the_models_needs_a_reason(sent, doctor):
    review = services.claim(visit=sent, doctor=doctor)

    with pytest.raises(services.OverrideUnexplainedError):
        services.sign(review=review, grade="II", assessment="Papules.", override_reason="  ")
    assert status_of(sent) == VisitStatus.IN_REVIEW

    services.sign(review=review, grade="II", assessment="Papules.", override_reason="A crust.")
    assert status_of(sent) == VisitStatus.REPORTED


def test_a_reason_is_not_kept_where_the_grade_is_the_models(sent, doctor):
    review = services.claim(visit=sent, doctor=doctor)
    report = services.sign(
        review=review, grade="III", assessment="Pustules.", override_reason="left over"
    )

    assert report.content["override_reason"] == ""


def test_a_visit_without_machine_reading_is_graded_by_eye(patient, doctor):
    visit = factories.visit(patient)
    factories.read(factories.photo(visit), factories.result(accepted=False))
    visit.status = VisitStatus.SUBMITTED
    visit.submitted_at = timezone.now()
    visit.save()
    settle(visit)
    review = services.claim(visit=visit, doctor=doctor)

    report = services.sign(review=review, grade="II", assessment="Judged by eye.")

    assert report.content["machine_grade"] == ""
    assert report.content["grade"] == "II"


def test_signing_twice_signs_once(sent, doctor):
    review = services.claim(visit=sent, doctor=doctor)
    services.sign(review=review, grade="III", assessment="First.")

    with pytest.raises(services.ClaimLostError):
        services.sign(review=review, grade="III", assessment="Second.")
    assert Report.objects.get().content["assessment"] == "First."


def test_a_withdrawn_visit_cannot_be_signed(sent, doctor, patient):
    review = services.claim(visit=sent, doctor=doctor)
    withdraw(signature=ConsentSignature.objects.get(patient=patient))

    with pytest.raises(services.ClaimLostError):
        services.sign(review=review, grade="III", assessment="Too late.")
    assert not Report.objects.exists()
    assert status_of(sent) == VisitStatus.WITHDRAWN
