from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from portal.analysis.models import Analysis, AnalysisStatus
from portal.cases.models import VisitStatus
from portal.consent.models import ConsentKind, ConsentSignature, ErasureRequest
from tests import factories

pytestmark = pytest.mark.django_db

PAGE = "/account/close/"


@pytest.fixture
def patient():
    return factories.consenting_patient(factories.clinic())


def signed_in(person) -> Client:
    """Signed in, and having typed the password once more."""
    client = Client()
    password = {"password": factories.PASSWORD}
    client.post(reverse("account_login"), {"login": person.email, **password})
    client.post(reverse("account_reauthenticate"), password)
    return client


def test_closing_asks_for_the_password_once_more(client, patient):
    client.force_login(patient)

    assert client.get(PAGE).url.startswith(reverse("account_reauthenticate"))
    assert client.post(PAGE).status_code == 302
    patient.refresh_from_db()
    assert patient.is_active


def test_the_page_says_what_happens_and_what_is_kept(patient):
    page = signed_in(patient).get(PAGE).content.decode()

    assert "signed out on every device" in page
    assert "medical record" in page


def test_access_ends_at_once_on_every_device_and_the_erasure_is_asked_for(patient):
    here, elsewhere = signed_in(patient), signed_in(patient)

    assert "Your account is closed" in here.post(PAGE).content.decode()

    for client in (here, elsewhere, signed_in(patient)):
        assert client.get(reverse("cases:home")).url.startswith(reverse("account_login"))
    assert ErasureRequest.objects.get().patient == patient


def test_what_waits_goes_no_further(patient):
    factories.sign_consent(patient, ConsentKind.RESEARCH)
    visit = factories.visit(patient)
    photo = factories.photo(visit)

    signed_in(patient).post(PAGE)

    visit.refresh_from_db()
    assert visit.status == VisitStatus.WITHDRAWN
    assert Analysis.objects.get(photo=photo).status == AnalysisStatus.CANCELLED
    assert not ConsentSignature.objects.in_force().exists()


def test_a_signed_report_stays(patient):
    report = factories.report(patient, by=factories.doctor(patient.clinic))

    signed_in(patient).post(PAGE)

    report.review.visit.refresh_from_db()
    assert report.review.visit.status == VisitStatus.REPORTED


def test_the_desk_sees_the_request_and_cannot_open_the_account_again(client, patient):
    signed_in(patient).post(PAGE)
    client.force_login(factories.administrator(patient.clinic))

    assert "erasure asked for" in client.get(reverse("desk:people")).content.decode()
    again = reverse("desk:activation", args=[patient.public_id])
    assert client.post(again, {"active": "yes"}).status_code == 404
