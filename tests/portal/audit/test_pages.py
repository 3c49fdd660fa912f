from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import Action, Entry
from portal.audit.selectors import traces_of
from portal.audit.services import record
from portal.cases.models import Photo
from portal.demonstration.clock import set_back
from portal.desk.services import hand_over, merge_patients
from portal.rights.documents import everything
from portal.rights.inventory import categories
from tests import factories
from tests.rules.scoping import scoped_queries

pytestmark = pytest.mark.django_db

LOG, LOOKS = "/audit/", "/audit/mine/"


@pytest.fixture
def clinic():
    return factories.clinic()


@pytest.fixture
def patient(clinic):
    return factories.consenting_patient(clinic)


@pytest.fixture
def administrator(clinic):
    return factories.administrator(clinic)


def page(client, person, path, **asked) -> str:
    client.force_login(person)
    response = client.get(path, asked)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def look(client, person) -> None:
    client.force_login(person)
    for photo in Photo.objects.all():
        list(client.get(reverse("cases:photo_image", args=[photo.public_id])).streaming_content)


def test_a_patient_sees_the_doctor_they_know_by_name_and_others_by_what_they_are(
    client, clinic, patient
):
    signer = factories.doctor(clinic, full_name="Dr. Known")
    stranger = factories.doctor(clinic, full_name="Dr. Stranger")
    factories.report(patient, by=signer)
    for doctor in (signer, stranger, stranger):
        look(client, doctor)

    shown = page(client, patient, LOOKS)

    assert "Dr. Known" in shown
    assert "Stranger" not in shown
    assert shown.count("A doctor of your clinic") == 1
    assert shown.count("1 photo") == 2


def test_what_patients_look_at_themselves_is_not_listed(client, patient):
    factories.sent_visit(patient)
    look(client, patient)

    assert Entry.objects.filter(action=Action.PHOTO_READ).exists()
    assert "Nobody yet" in page(client, patient, LOOKS)


def test_looks_from_before_a_merge_and_before_a_hand_over_are_still_seen(client, clinic, patient):
    double = factories.consenting_patient(clinic)
    factories.report(double, by=factories.doctor(clinic, full_name="Dr. Known"))
    look(client, factories.doctor(clinic))
    look(client, double)
    there = factories.clinic()
    merge_patients(kept=patient, double=double)
    hand_over(patient=patient, to=there)
    patient.refresh_from_db()
    look(client, factories.doctor(there))

    shown = page(client, patient, LOOKS)

    assert shown.count("A doctor of a clinic that you were at before") == 1
    assert shown.count("A doctor of your clinic") == 1
    assert shown.count("1 photo") == 2
    written = everything(patient, {})["log"]
    assert {str(double.public_id), str(patient.public_id)} <= {one["id"] for one in written}
    reads = [one for one in written if one["action"] == Action.PHOTO_READ]
    assert [one["is_yourself"] for one in reads].count(True) == 1


def test_what_left_for_training_before_a_merge_and_a_hand_over_is_told(clinic, patient):
    double = factories.consenting_patient(clinic)
    report = factories.report(double, by=factories.doctor(clinic))
    record(Action.TRAINING_EXPORTED, report.visit.photos.get(), of=double)
    merge_patients(kept=patient, double=double)
    hand_over(patient=patient, to=factories.clinic())
    patient.refresh_from_db()

    told = {one.code: one for one in categories(patient)}

    assert told["research"].count == 1


def test_a_stranger_of_the_other_clinic_is_not_in_it(client, clinic, patient):
    stranger = factories.consenting_patient(factories.clinic())
    factories.report(stranger, by=factories.doctor(stranger.clinic))
    hand_over(patient=patient, to=stranger.clinic)
    patient.refresh_from_db()

    assert set(traces_of(patient).values_list("patient", flat=True)) == {patient.public_id}
    with scoped_queries():
        list(traces_of(patient))


def test_nobody_sees_who_looked_at_another_patient(client, clinic, patient):
    factories.report(patient, by=factories.doctor(clinic))
    look(client, factories.doctor(clinic))

    assert "Nobody yet" in page(client, factories.consenting_patient(clinic), LOOKS)


def test_days_are_told_apart(client, clinic, patient):
    doctor = factories.doctor(clinic)
    factories.sent_visit(patient)
    with set_back(timedelta(days=3)):
        look(client, doctor)
    look(client, doctor)

    assert page(client, patient, LOOKS).count('id="day-') == 2


def test_the_log_names_people_who_are_there_and_links_what_opens(client, clinic, administrator):
    invitation = factories.invitation(administrator)

    shown = page(client, administrator, LOG)

    assert administrator.full_name in shown
    assert reverse("desk:invitation", args=[invitation.public_id]) in shown


def test_the_log_of_another_clinic_is_another_log(client, patient):
    shown = page(client, factories.administrator(factories.clinic()), LOG)

    assert str(patient.public_id) not in shown
    assert patient.full_name not in shown


def test_the_log_is_narrowed_by_kind_person_thing_and_day(client, clinic, patient, administrator):
    doctor = factories.doctor(clinic)
    with set_back(timedelta(days=5)):
        report = factories.report(patient, by=doctor)
    look(client, doctor)
    today = timezone.localdate()

    def count(**asked) -> int:
        return page(client, administrator, LOG, **asked).count("<time")

    assert count(what="photo_read") == 1
    assert count(what="reads") == 1
    assert count(what="changes", since=today) == count(what="changes") - count(
        what="changes", until=today - timedelta(days=1)
    )
    assert count(about=report.public_id) == 1
    assert count(who=doctor.public_id, what="report_signed") == 1
    assert count(whose=patient.public_id, who=doctor.public_id, since=today) == 1
    assert count(what="photo_read", until=today - timedelta(days=1)) == 0
    assert count(what="reads", since=today, until=today - timedelta(days=9)) == 1  # the wrong way


@pytest.mark.parametrize("asked", [{"who": "x"}, {"since": "yesterday"}, {"what": "no such"}])
def test_what_is_not_understood_is_said_and_changes_nothing(client, administrator, asked):
    assert "field__error" in page(client, administrator, LOG, **asked)


def test_the_log_comes_in_pages(client, clinic, administrator):
    for _ in range(60):
        record(Action.CLINIC_CHANGED, clinic, clinic_id=clinic.pk)

    assert "page 1 of 2" in page(client, administrator, LOG)
    assert page(client, administrator, LOG, page=2).count("<time") < 50


def test_what_is_no_persons_number_is_told_in_plain_words(client, administrator):
    html = page(client, administrator, LOG, whose="Mei")
    assert "This is no person&#x27;s number." in html
    assert "UUID" not in html
