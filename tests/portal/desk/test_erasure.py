"""A patient asks at the clinic or by letter to be erased: the desk begins it, the log says how."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.models import Action, Entry, Why
from portal.cases.models import Photo
from portal.consent.models import ErasureRequest, ErasureStatus
from portal.consent.tasks import send_notices
from portal.reports.models import Report
from portal.rights.inventory import digest
from portal.rights.services import carry_out_due
from tests import factories
from tests.portal.desk.test_people import confirm, is_in, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ledger(settings, tmp_path):
    settings.ERASURE_LEDGER = tmp_path / "erased.jsonl"


@pytest.fixture
def administrator(client):
    person = factories.administrator(factories.clinic())
    client.force_login(person)
    confirm(client)
    return person


@pytest.fixture
def patient(administrator):
    clinic = administrator.clinic
    person = factories.consenting_patient(clinic, full_name="Ada Example")
    factories.report(person, by=factories.doctor(clinic))
    return person


def page_of(patient) -> str:
    return reverse("desk:erase", args=[patient.public_id])


def request_of(patient, **changes) -> dict:
    born = factories.ADULT.isoformat()
    words = {"way": Why.ASKED_BY_LETTER, "date_of_birth": born, "is_certain": "on"}
    return {**words, "digest": digest(patient), **changes}


def test_it_goes_the_patients_own_way_and_says_in_the_log_how_they_asked(
    client, administrator, patient, django_capture_on_commit_callbacks
):
    theirs = signed_in(patient)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(page_of(patient), request_of(patient))
    send_notices()

    request = ErasureRequest.objects.get(patient=patient)
    assert request.status == ErasureStatus.ASKED
    assert request.due_at > timezone.now()
    assert not is_in(theirs)
    link = re.search(r'href="(http://testserver/erasure/[^"]+)"', answer.content.decode())
    assert link
    assert mail.outbox[-1].to == [patient.email]
    assert reverse("rights:erasure", args=[link[1].rsplit("/", 2)[1]]) in mail.outbox[-1].body
    for action in (Action.ACCOUNT_CLOSED, Action.ERASURE_ASKED):
        entry = Entry.objects.get(action=action, patient=patient.public_id)
        assert (entry.actor, entry.why) == (administrator.public_id, Why.ASKED_BY_LETTER)


def test_it_is_carried_out_when_it_is_due_and_not_before(client, patient):
    client.post(page_of(patient), request_of(patient))
    carry_out_due()
    assert User.objects.get(pk=patient.pk).full_name == "Ada Example"

    ErasureRequest.objects.update(due_at=timezone.now())
    carry_out_due()

    assert ErasureRequest.objects.get().status == ErasureStatus.DONE
    assert User.objects.get(pk=patient.pk).full_name == ""


@pytest.mark.parametrize(
    "wrong",
    [{"way": "asked_by_patient"}, {"date_of_birth": "1991-01-01"}, {"is_certain": ""}, {"way": ""}],
)
def test_a_request_that_is_not_whole_or_not_this_patients_begins_nothing(client, patient, wrong):
    answer = client.post(page_of(patient), request_of(patient, **wrong))

    assert answer.status_code == 422
    assert not ErasureRequest.objects.exists()
    assert User.objects.get(pk=patient.pk).is_active


def test_what_the_page_showed_must_still_be_there(client, patient):
    shown = request_of(patient)
    factories.letter(patient)

    answer = client.post(page_of(patient), shown)

    assert answer.status_code == 409
    assert "Something has just changed" in answer.content.decode()
    assert not ErasureRequest.objects.exists()


def test_the_desk_reads_how_much_there_is_and_nothing_of_what(client, patient):
    photo, report = Photo.objects.first(), Report.objects.get()

    page = client.get(page_of(patient)).content.decode()

    assert "Signed reports" in page
    assert "<img" not in page
    for told in (photo.public_id, report.public_id, report.content["assessment"]):
        assert not told or str(told) not in page


def test_who_it_is_is_asked_again_first(client, patient):
    client.force_login(factories.administrator(patient.clinic))

    answer = client.post(page_of(patient), request_of(patient))

    assert reverse("account_reauthenticate") in answer.url
    assert not ErasureRequest.objects.exists()


def test_one_that_was_refused_is_confirmed_at_the_desk(client, patient):
    client.post(page_of(patient), request_of(patient))
    assert client.get(page_of(patient)).status_code == 404  # asked for once
    ErasureRequest.objects.update(due_at=timezone.now())
    User.objects.filter(pk=patient.pk).update(full_name="Ada B. Example")
    carry_out_due()
    assert ErasureRequest.objects.get().status == ErasureStatus.CHANGED

    client.post(page_of(patient), request_of(User.objects.get(pk=patient.pk)))
    carry_out_due()

    assert ErasureRequest.objects.get().status == ErasureStatus.DONE
    asked = Entry.objects.filter(action=Action.ERASURE_ASKED)
    assert {entry.why for entry in asked} == {Why.ASKED_BY_LETTER}


def test_doctors_and_administrators_are_not_erased(client, administrator):
    doctor = factories.doctor(administrator.clinic)

    assert client.get(page_of(doctor)).status_code == 404
    assert client.get(page_of(administrator)).status_code == 404
