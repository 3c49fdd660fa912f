from __future__ import annotations

import smtplib

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from portal.analysis.models import Analysis, AnalysisStatus
from portal.cases.models import VisitStatus
from portal.consent import notices
from portal.consent.models import ConsentKind, ConsentSignature, ErasureRequest
from tests import factories
from tests.portal.desk.test_people import confirm

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


def close(client):
    """Confirm what the page shows."""
    shown = client.get(PAGE).context["digest"]
    return client.post(PAGE, {"digest": shown})


def test_closing_asks_for_the_password_once_more(client, patient):
    client.force_login(patient)

    assert client.get(PAGE).url.startswith(reverse("account_reauthenticate"))
    assert client.post(PAGE).status_code == 302
    patient.refresh_from_db()
    assert patient.is_active


def test_the_page_says_what_happens_and_what_is_kept(patient):
    page = signed_in(patient).get(PAGE).content.decode()

    assert "signed out on every device" in page
    assert "will be erased" in page


def test_access_ends_at_once_on_every_device_and_the_erasure_is_asked_for(patient):
    here, elsewhere = signed_in(patient), signed_in(patient)

    assert "Your account is closed" in close(here).content.decode()

    for client in (here, elsewhere, signed_in(patient)):
        assert client.get(reverse("cases:home")).url.startswith(reverse("account_login"))
    assert ErasureRequest.objects.get().patient == patient


def test_what_waits_goes_no_further(patient):
    factories.sign_consent(patient, ConsentKind.RESEARCH)
    visit = factories.visit(patient)
    photo = factories.photo(visit)

    close(signed_in(patient))

    visit.refresh_from_db()
    assert visit.status == VisitStatus.WITHDRAWN
    assert Analysis.objects.get(photo=photo).status == AnalysisStatus.CANCELLED
    assert not ConsentSignature.objects.in_force().exists()


def test_a_mail_says_once_that_the_account_is_closed_and_nothing_of_health(patient):
    factories.report(patient, by=factories.doctor(patient.clinic))
    close(signed_in(patient))
    mail.outbox.clear()

    notices.send_waiting()
    notices.send_waiting()

    [sent] = mail.outbox
    assert sent.to == [patient.email]
    assert "is closed" in sent.subject
    assert "If it was not you" in sent.body
    assert not any(word in sent.body.lower() for word in ("report", "photo", "skin", "acne"))


def test_the_mail_is_in_the_language_that_was_last_chosen(patient):
    patient.language = "zh-hans"
    patient.save()
    close(signed_in(patient))
    mail.outbox.clear()

    notices.send_waiting()

    assert "账户" in mail.outbox[0].body


def test_the_worker_is_woken_for_the_mail(patient, django_capture_on_commit_callbacks):
    client = signed_in(patient)

    with django_capture_on_commit_callbacks() as callbacks:
        close(client)

    assert callbacks


def test_a_mail_that_the_server_refuses_is_due_again(patient, monkeypatch, caplog):
    close(signed_in(patient))
    mail.outbox.clear()

    def refuse(*_arguments, **_options):
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as broken:
        broken.setattr(notices, "send_mail", refuse)
        notices.send_waiting()
    assert patient.email not in caplog.text
    notices.send_waiting()

    assert len(mail.outbox) == 1


def test_a_signed_report_stays(patient):
    report = factories.report(patient, by=factories.doctor(patient.clinic))

    close(signed_in(patient))

    report.review.visit.refresh_from_db()
    assert report.review.visit.status == VisitStatus.REPORTED


def test_the_desk_sees_the_request_and_cannot_open_the_account_again(client, patient):
    close(signed_in(patient))
    client.force_login(factories.administrator(patient.clinic))

    assert "erasure asked for" in client.get(reverse("desk:people")).content.decode()
    confirm(client)
    again = reverse("desk:activation", args=[patient.public_id])
    assert client.post(again, {"active": "yes"}).status_code == 404
