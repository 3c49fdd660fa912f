"""Who did what: each service and page writes its own entry, with opaque ids and nothing else."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from portal.accounts.services import set_active
from portal.audit.models import Action, Entry, Why
from portal.cases.models import Photo, VisitStatus
from portal.consent.models import ConsentKind
from portal.consent.services import close_account, withdraw
from portal.messages.models import Attachment
from portal.review import services as review
from portal.review.corrections import services as corrections
from portal.review.corrections.models import Kind
from portal.review.models import Review
from portal.trends.models import VisitMatching
from portal.trends.services import correct, match_waiting
from tests import factories
from tests.pictures import jpeg
from tests.portal.desk.test_people import confirm

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return factories.clinic()


@pytest.fixture
def patient(clinic):
    return factories.consenting_patient(clinic)


@pytest.fixture
def doctor(clinic):
    return factories.doctor(clinic)


@pytest.fixture
def report(patient, doctor):
    return factories.report(patient, by=doctor)


def entries(*actions):
    """Of what is done from now on."""
    return Entry.objects.filter(action__in=actions) if actions else Entry.objects.all()


def last(action: Action) -> Entry:
    return Entry.objects.filter(action=action).latest("pk")


def test_a_visit_is_followed_from_the_account_to_the_report(report, patient, doctor):
    done = list(Entry.objects.filter(patient=patient.public_id).order_by("number"))

    assert [one.action for one in done] == [
        Action.ACCOUNT_MADE,
        Action.CONSENT_SIGNED,
        Action.VISIT_OPENED,
        Action.PHOTO_ADDED,
        Action.PHOTO_ANALYSED,
        Action.VISIT_SENT,
        Action.VISIT_CLAIMED,
        Action.READING_GIVEN,
        Action.REPORT_SIGNED,
    ]
    assert done[-1].subject == str(report.public_id)
    assert done[-1].actor == doctor.public_id
    assert done[-1].actor_role == "dermatologist"


@pytest.mark.parametrize(
    ("page", "action"),
    [
        ("reports:report", Action.REPORT_READ),
        ("reports:pdf", Action.REPORT_SAVED),
        ("reports:fhir", Action.REPORT_SAVED),
    ],
)
def test_each_look_at_a_report_is_recorded(client, report, doctor, page, action):
    client.force_login(doctor)

    assert client.get(reverse(page, args=[report.public_id])).status_code == 200

    entry = last(action)
    assert (entry.actor, entry.subject) == (doctor.public_id, str(report.public_id))
    assert entry.patient == report.visit.case.patient.public_id
    assert (entry.channel, bool(entry.address)) == ("page", True)
    assert entry.why == Why.TREATING


def test_a_page_that_refuses_an_addendum_shows_the_report_and_is_a_look_too(client, report, doctor):
    client.force_login(doctor)

    refused = client.post(reverse("reports:addendum", args=[report.public_id]), {"words": ""})

    assert refused.status_code == 422
    assert last(Action.REPORT_READ).subject == str(report.public_id)


@pytest.mark.parametrize(
    ("page", "status"), [("workstation", 200), ("sign", 422), ("ask_for_retake", 422)]
)
def test_whatever_shows_the_workstation_is_a_look_at_the_visit_and_at_the_last_report(
    client, report, doctor, page, status
):
    patient = report.visit.case.patient
    visit = factories.sent_visit(patient)
    review.claim(visit=visit, doctor=doctor)
    client.force_login(doctor)
    looks = entries(Action.VISIT_READ, Action.REPORT_READ).filter(why=Why.TREATING)
    send = client.get if status == 200 else client.post

    assert send(reverse(f"review:{page}", args=[visit.public_id])).status_code == status

    assert set(looks.values_list("action", "subject", "patient")) == {
        (Action.VISIT_READ, str(visit.public_id), patient.public_id),
        (Action.REPORT_READ, str(report.public_id), patient.public_id),
    }


def test_who_is_searched_by_name_in_the_queue_is_looked_at_once_an_hour(client, clinic, doctor):
    ada, bo = (factories.consenting_patient(clinic, full_name=name) for name in ("Ada", "Bo"))
    waiting, other = factories.sent_visit(ada), factories.sent_visit(bo)
    held = factories.sent_visit(factories.consenting_patient(clinic, full_name="Ada, too"))
    review.claim(visit=held, doctor=factories.doctor(clinic))
    client.force_login(doctor)
    looks = entries(Action.VISIT_READ)

    client.get(reverse("review:queue"))
    assert not looks.exists(), "the plain queue is no look at anybody: docs/data.md"

    found = client.post(reverse("review:search"), {"q": "ada"})["Location"]
    for address in (f"{found}&part=lists", found, found):
        assert client.get(address).status_code == 200

    assert sorted(looks.values_list("subject", flat=True)) == sorted(
        str(visit.public_id) for visit in (waiting, held)
    )
    assert looks.get(patient=ada.public_id).why == Why.RECORDS
    assert not looks.filter(subject=str(other.public_id)).exists()


def test_an_hour_later_the_search_is_another_look(client, patient, doctor, monkeypatch):
    factories.sent_visit(patient)
    client.force_login(doctor)
    found = client.post(reverse("review:search"), {"q": patient.full_name})["Location"]
    client.get(found)
    monkeypatch.setattr("portal.audit.reads.ONE_LOOK", timedelta())

    client.get(found)

    assert entries(Action.VISIT_READ).count() == 2


def test_each_look_at_a_photo_is_recorded_with_why(client, clinic, report):
    photo = Photo.objects.get()
    colleague = factories.doctor(clinic)
    client.force_login(colleague)

    for page, action in (("cases:photo_image", Action.PHOTO_READ), ("review:heatmap", None)):
        response = client.get(reverse(page, args=[photo.public_id]))
        assert response.status_code == 200
        list(response.streaming_content)
        entry = last(action or Action.HEATMAP_READ)
        assert (entry.actor, entry.subject) == (colleague.public_id, str(photo.public_id))
        assert entry.why == Why.RECORDS


def test_whoever_may_not_look_leaves_no_entry_of_having_looked(client, report):
    client.force_login(factories.doctor(factories.clinic()))

    client.get(reverse("cases:photo_image", args=[Photo.objects.get().public_id]))

    assert not entries(Action.PHOTO_READ).exists()


def test_a_look_that_cannot_be_recorded_shows_nothing(client, report, doctor, monkeypatch):
    client.force_login(doctor)
    client.raise_request_exception = False
    monkeypatch.setattr("portal.audit.reads.record", lambda *_a, **_k: 1 / 0)

    for page, thing in (("cases:photo_image", Photo.objects.get()), ("reports:report", report)):
        assert client.get(reverse(page, args=[thing.public_id])).status_code == 500


def test_letters_and_their_pictures(client, patient, doctor):
    factories.letter(patient, pictures=[jpeg()])
    client.force_login(doctor)

    client.get(reverse("messages:thread", args=[patient.cases.get().public_id]))
    picture = Attachment.objects.get()
    list(client.get(reverse("messages:attachment", args=[picture.public_id])).streaming_content)

    assert last(Action.MESSAGE_SENT).actor == patient.public_id
    assert last(Action.MESSAGES_READ).actor == doctor.public_id
    assert last(Action.ATTACHMENT_READ).subject == str(picture.public_id)


def test_an_app_is_told_apart_from_a_page(client, report, doctor):
    from portal.api.tokens import issue  # noqa: PLC0415

    _device, key = issue(user=doctor, name="A phone")
    headers = {"Authorization": f"Bearer {key}"}

    assert client.get("/api/v1/reports/", headers=headers).status_code == 200
    listed = last(Action.REPORT_READ)
    client.get(f"/api/v1/reports/{report.public_id}/", headers=headers)

    assert (listed.channel, listed.actor, listed.why) == ("api", doctor.public_id, Why.RECORDS)
    assert last(Action.REPORT_READ).number > listed.number


def test_an_override_says_where_its_reason_is_and_not_what_it_says(patient, doctor):
    held = review.claim(visit=factories.sent_visit(patient), doctor=doctor)

    review.sign(review=held, grade="IV", assessment="Bad.", override_reason="A nodule I felt.")

    entry = last(Action.GRADE_OVERRIDDEN)
    assert (entry.why, entry.subject, entry.kind) == (Why.DIFFERS, str(held.public_id), "review")
    assert "nodule" not in str(Entry.objects.filter(pk=entry.pk).values_list())


def test_corrections_are_recorded_step_by_step(patient, doctor):
    held = review.claim(visit=factories.sent_visit(patient), doctor=doctor)

    step = corrections.record(review=held, key=uuid.uuid4(), kind=Kind.ACCEPT_ALL)
    corrections.undo(review=held, number=step.number)
    corrections.redo(review=held, number=step.number)

    taken = (Action.FINDING_CORRECTED, Action.CORRECTION_UNDONE, Action.CORRECTION_REDONE)
    assert [one.action for one in entries(*taken).order_by("number")] == list(taken)


def test_a_doctors_word_on_a_match_is_recorded_beside_the_lesion(patient, doctor):
    for _ in range(2):
        factories.report(patient, by=doctor)
    match_waiting()
    matching = VisitMatching.objects.get()
    before = matching.matches.filter(after__isnull=True).first()
    after = matching.matches.filter(before__isnull=True).first()

    said = {"before": before.public_id, "after": after.public_id, "are_one": True}
    correct(matching=matching, doctor=doctor, **said)

    entry = last(Action.FINDING_CORRECTED)
    assert (entry.kind, entry.subject) == ("lesionmatch", str(before.public_id))
    assert (entry.actor, entry.patient) == (doctor.public_id, patient.public_id)


def test_a_claim_that_timed_out_names_whose_it_was(patient, doctor):
    review.claim(visit=factories.sent_visit(patient), doctor=doctor)
    Review.objects.update(lease_until=factories.timezone.now())

    review.release_stale()

    entry = last(Action.VISIT_RELEASED)
    assert (entry.why, entry.actor, entry.channel) == (Why.TIMED_OUT, None, "inside")


def test_a_withdrawn_consent_takes_unread_visits_along(patient):
    visit = factories.sent_visit(patient)
    signature = patient.consent_signatures.get(form__kind=ConsentKind.PHOTOGRAPHY)

    withdraw(signature=signature)

    visit.refresh_from_db()
    assert visit.status == VisitStatus.WITHDRAWN
    assert last(Action.VISIT_WITHDRAWN).why == Why.CONSENT_WITHDRAWN
    assert last(Action.CONSENT_WITHDRAWN).subject == str(signature.public_id)


def test_closing_an_account_and_opening_one_again(patient, doctor):
    set_active(person=doctor, active=False)
    set_active(person=doctor, active=True)
    close_account(patient=patient)

    assert entries(Action.ACCOUNT_OPENED).get().subject == str(doctor.public_id)
    assert entries(Action.ACCOUNT_CLOSED).count() == 2
    assert entries(Action.ERASURE_ASKED).get().patient == patient.public_id


def test_what_the_desk_does_is_recorded_with_who_did_it(client, clinic):
    administrator = factories.administrator(clinic)
    client.force_login(administrator)
    confirm(client)

    new = {"role": "dermatologist", "full_name": "New Doctor", "email": "new@clinic.example"}
    client.post(reverse("desk:add_colleague"), new)

    made = last(Action.ACCOUNT_MADE)
    assert (made.actor, made.actor_role) == (administrator.public_id, "administrator")
    assert made.patient is None


def test_nothing_in_the_log_is_a_name_an_address_or_words(client, report, patient, doctor):
    factories.letter(patient, "It itches.")
    client.force_login(doctor)
    client.get(reverse("reports:report", args=[report.public_id]))

    written = str(list(Entry.objects.values_list()))

    people = [patient.full_name, patient.email, doctor.full_name, doctor.email]
    # The whole birth date: four digits alone are found in a hash or an id now and then.
    people += [patient.date_of_birth.isoformat(), repr(patient.date_of_birth)]
    for told in (*people, "itches", "Mild acne", "127.0.0.1", "photo.jpg"):
        assert told not in written
