from __future__ import annotations

import pytest

from portal.analysis.models import Analysis, AnalysisStatus
from portal.cases.models import VisitStatus
from portal.cases.services import submit
from portal.consent.models import ConsentKind, ConsentSignature
from portal.consent.selectors import may_process_photos
from portal.consent.services import withdraw
from portal.review.models import ReviewStatus
from portal.review.services import claim
from tests import factories
from tests.portal.consent.versions import next_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return factories.clinic()


@pytest.fixture
def patient(clinic):
    return factories.consenting_patient(clinic)


def withdraw_all(patient, kind=ConsentKind.PHOTOGRAPHY):
    withdraw(signature=patient.consent_signatures.in_force().get(form__kind=kind))


def test_pictures_that_wait_are_read_no_more_and_the_visit_is_closed(patient):
    visit = factories.visit(patient)
    photo = factories.photo(visit)

    withdraw_all(patient)

    visit.refresh_from_db()
    assert Analysis.objects.get(photo=photo).status == AnalysisStatus.CANCELLED
    assert visit.status == VisitStatus.WITHDRAWN


def test_a_doctor_who_is_reading_loses_the_visit(clinic, patient):
    visit = factories.visit(patient)
    factories.read(factories.photo(visit))
    submit(visit=visit)
    visit.refresh_from_db()
    review = claim(visit=visit, doctor=factories.doctor(clinic))

    withdraw_all(patient)

    visit.refresh_from_db()
    review.refresh_from_db()
    assert visit.status == VisitStatus.WITHDRAWN
    assert review.status == ReviewStatus.RELEASED


def test_another_patients_work_goes_on(clinic, patient):
    other = factories.photo(factories.visit(factories.consenting_patient(clinic)))

    withdraw_all(patient)

    assert Analysis.objects.get(photo=other).status == AnalysisStatus.QUEUED


def test_withdrawing_the_free_form_touches_nothing_else(patient):
    factories.sign_consent(patient, ConsentKind.RESEARCH)
    visit = factories.visit(patient)
    photo = factories.photo(visit)

    withdraw_all(patient, ConsentKind.RESEARCH)

    visit.refresh_from_db()
    assert may_process_photos(patient)
    assert visit.status == VisitStatus.DRAFT
    assert Analysis.objects.get(photo=photo).status == AnalysisStatus.QUEUED


def test_withdrawing_takes_back_every_version_signed(clinic, patient):
    next_version(clinic, ConsentKind.PHOTOGRAPHY)
    newest = factories.sign_consent(patient)

    withdraw(signature=newest)

    assert not ConsentSignature.objects.in_force().filter(patient=patient).exists()


def test_one_may_sign_again_after_withdrawing_and_both_are_kept(patient):
    withdraw_all(patient)
    factories.sign_consent(patient)

    assert may_process_photos(patient)
    assert ConsentSignature.objects.filter(patient=patient).count() == 2
