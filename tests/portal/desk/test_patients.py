"""A patient's particulars are corrected, two accounts become one, a record goes elsewhere."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from portal.accounts.models import User
from portal.audit.models import Action, Entry
from portal.cases.models import Case, Visit, VisitStatus
from portal.cases.selectors import visits_for
from portal.cases.services import save_answers
from portal.consent.models import ConsentKind, ConsentSignature
from portal.consent.selectors import may_process_photos, photos_for_research
from portal.consent.services import close_account, withdraw
from portal.desk import services
from portal.desk.selectors import signers
from portal.desk.services import NotOfOneClinicError, UnderWayError, hand_over, merge_patients
from portal.messages.models import Message
from portal.reports.selectors import is_intact, reports_for
from portal.rights.services import ChangedError
from portal.trends.models import VisitMatching
from portal.trends.selectors import course
from portal.upkeep.invariants import Scope, problems
from tests import factories
from tests.portal.desk.test_people import confirm, is_in, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return factories.clinic()


@pytest.fixture
def administrator(client, clinic):
    person = factories.administrator(clinic)
    client.force_login(person)
    confirm(client)
    return person


def address(name, *people):
    return reverse(f"desk:{name}", args=[person.public_id for person in people])


# --- Correcting ---


def particulars(patient, **changes):
    return {
        "full_name": patient.full_name,
        "date_of_birth": patient.date_of_birth.isoformat(),
        "email": patient.email,
        **changes,
    }


def test_a_mistyped_name_and_birthday_are_corrected(client, administrator):
    patient = factories.consenting_patient(administrator.clinic, full_name="Ada Lvelace")
    changes = {"full_name": "Ada Lovelace", "date_of_birth": "1991-12-10"}

    client.post(address("correct", patient), particulars(patient, **changes))

    patient.refresh_from_db()
    assert (patient.full_name, patient.date_of_birth) == ("Ada Lovelace", date(1991, 12, 10))
    assert ConsentSignature.objects.get(patient=patient).signed_name == "Ada Lvelace"


@pytest.mark.parametrize(
    "wrong",
    [{"date_of_birth": "2024-01-01"}, {"date_of_birth": "1700-01-01"}, {"full_name": ""}],
)
def test_what_cannot_be_is_refused_and_nothing_changes(client, administrator, wrong):
    patient = factories.patient(administrator.clinic, full_name="Ada")

    answer = client.post(address("correct", patient), particulars(patient, **wrong))

    assert answer.status_code == 422
    patient.refresh_from_db()
    assert (patient.full_name, patient.date_of_birth) == ("Ada", factories.ADULT)


def test_a_new_address_counts_only_once_its_owner_confirmed_it(client, administrator):
    patient = factories.patient(administrator.clinic)
    old = patient.email

    client.post(address("correct", patient), particulars(patient, email="new@patient.example"))

    patient.refresh_from_db()
    assert patient.email == old
    assert mail.outbox[0].to == ["new@patient.example"]


def test_the_old_address_is_told_at_once_and_its_owner_can_stop_the_change(client, administrator):
    patient = factories.patient(administrator.clinic, language="zh-hans")

    client.post(address("correct", patient), particulars(patient, email="new@patient.example"))

    told = next(one for one in mail.outbox if one.to == [patient.email])
    assert reverse("account_email") in told.body
    assert administrator.clinic.name in told.body
    assert "new@patient.example" not in told.body
    owner = signed_in(patient)
    confirm(owner)
    owner.post(reverse("account_email"), {"email": "new@patient.example", "action_remove": ""})
    assert not EmailAddress.objects.filter(email="new@patient.example").exists()


def test_both_addresses_are_written_to_in_the_patients_language(client, administrator):
    patient = factories.patient(administrator.clinic, language="zh-hans")

    client.post(address("correct", patient), particulars(patient, email="new@patient.example"))

    subjects = {one.to[0]: one.subject for one in mail.outbox}
    assert set(subjects) == {patient.email, "new@patient.example"}
    assert all(re.search("[\u4e00-\u9fff]", subject) for subject in subjects.values())


def test_an_address_that_was_never_confirmed_is_told_nothing(client, administrator):
    patient = factories.patient(administrator.clinic, email_verified=False)

    client.post(address("correct", patient), particulars(patient, email="new@patient.example"))

    assert [one.to for one in mail.outbox] == [["new@patient.example"]]


def test_an_address_that_somebody_has_is_refused(client, administrator):
    patient, other = (factories.patient(administrator.clinic) for _ in range(2))

    answer = client.post(address("correct", patient), particulars(patient, email=other.email))

    assert answer.status_code == 422


# --- Merging ---


def test_two_accounts_become_one_with_all_that_is_in_them(client, administrator):
    clinic = administrator.clinic
    doctor = factories.doctor(clinic)
    kept, double = (factories.consenting_patient(clinic) for _ in range(2))
    first = factories.report(double, doctor)
    second = factories.report(kept, doctor)
    factories.letter(double, "Please call me.")
    theirs = signed_in(double)

    client.post(address("merge", kept, double), {"is_sure": "on"})

    mine = list(visits_for(kept).order_by("number"))
    assert [visit.pk for visit in mine] == [first.visit_id, second.visit_id]
    assert [visit.number for visit in mine] == [1, 2]
    assert {report.pk for report in reports_for(kept)} == {first.pk, second.pk}
    assert all(is_intact(report) for report in reports_for(kept))
    assert Message.objects.get().case.patient == kept
    assert not Case.objects.filter(patient=double).exists()
    assert not User.objects.filter(pk=double.pk).exists()
    assert not is_in(theirs)
    assert list(problems(Scope(timedelta(), reads_files=True))) == []
    merged = Entry.objects.get(action=Action.PATIENTS_MERGED)
    assert (merged.subject, merged.patient) == (str(double.public_id), kept.public_id)


def test_the_course_of_one_from_two_is_told_by_the_numbers_of_now(clinic):
    doctor = factories.doctor(clinic)
    kept, double = (factories.consenting_patient(clinic) for _ in range(2))
    for patient, treatment in ((kept, "A cream"), (double, "A gel"), (kept, "A soap")):
        visit = factories.visit(patient)
        save_answers(visit=visit, answers={"treatments_now": treatment})
        factories.report(patient, doctor)

    merge_patients(kept=kept, double=double)

    case = Case.objects.get(patient=kept)
    joined = course(case)
    assert [visit.number for visit in joined.visits] == [1, 2, 3]
    assert [one.words for one in joined.treatments] == ["A cream", "A gel", "A soap"]
    pairs = VisitMatching.objects.filter(later__visit__case=case)
    numbers = pairs.values_list("earlier__visit__number", "later__visit__number")
    assert sorted(numbers) == [(1, 2), (1, 3), (2, 3)]


def test_where_both_have_signed_the_kept_patients_own_stands(clinic):
    kept, double = (factories.consenting_patient(clinic) for _ in range(2))

    merge_patients(kept=kept, double=double)

    shown = signers(clinic, ConsentKind.PHOTOGRAPHY).get(pk=kept.pk)
    assert (shown.standing, shown.withdrawn_at) == ("signed", None)
    assert ConsentSignature.objects.filter(patient=kept).count() == 2
    assert ConsentSignature.objects.in_force().filter(patient=kept).count() == 1
    assert may_process_photos(kept)


def test_what_only_the_double_signed_comes_along(clinic):
    kept, double = factories.patient(clinic), factories.consenting_patient(clinic)

    merge_patients(kept=kept, double=double)

    assert may_process_photos(kept)


STANDS, TAKEN_BACK, NEVER = "stands", "taken back", "never"


def says(patient, kind, word):
    if word == NEVER:
        return
    signature = factories.sign_consent(patient, kind)
    if word == TAKEN_BACK:
        withdraw(signature=signature)


EITHER_WAY = pytest.mark.parametrize(
    ("keeps", "doubles", "stands"),
    [
        (STANDS, STANDS, True),
        (STANDS, TAKEN_BACK, False),
        (TAKEN_BACK, STANDS, False),
        (TAKEN_BACK, TAKEN_BACK, False),
        (STANDS, NEVER, True),
        (NEVER, STANDS, True),
    ],
)


@EITHER_WAY
def test_research_that_either_took_back_is_taken_back(clinic, keeps, doubles, stands):
    doctor = factories.doctor(clinic)
    kept, double = (factories.consenting_patient(clinic) for _ in range(2))
    photo = factories.report(kept, doctor).visit.photos.get()
    for patient, word in ((kept, keeps), (double, doubles)):
        says(patient, ConsentKind.RESEARCH, word)
    before = Entry.objects.filter(action=Action.CONSENT_WITHDRAWN).count()

    merge_patients(kept=kept, double=double)

    assert list(photos_for_research(clinic)) == ([photo] if stands else [])
    assert may_process_photos(kept)
    is_ended_now = {keeps, doubles} == {STANDS, TAKEN_BACK}
    assert Entry.objects.filter(action=Action.CONSENT_WITHDRAWN).count() == before + is_ended_now


@EITHER_WAY
def test_photography_that_either_took_back_is_taken_back(clinic, keeps, doubles, stands):
    doctor = factories.doctor(clinic)
    kept, double = (factories.patient(clinic) for _ in range(2))
    factories.sign_consent(double, ConsentKind.RESEARCH)
    if keeps != NEVER:
        factories.sign_consent(kept)
        factories.report(kept, doctor)
        waiting = factories.sent_visit(kept)
        if keeps == TAKEN_BACK:
            withdraw(signature=ConsentSignature.objects.get(patient=kept))
    says(double, ConsentKind.PHOTOGRAPHY, doubles)

    merge_patients(kept=kept, double=double)

    assert may_process_photos(kept) == stands
    assert photos_for_research(clinic).exists() == (stands and keeps != NEVER)
    if keeps != NEVER:
        waiting.refresh_from_db()
        assert (waiting.status == VisitStatus.WITHDRAWN) != stands
    if {keeps, doubles} == {STANDS, TAKEN_BACK}:
        withdrawn = Entry.objects.filter(action=Action.CONSENT_WITHDRAWN).latest("pk")
        assert withdrawn.patient == kept.public_id
    assert list(problems(Scope(timedelta(), reads_files=True))) == []


def test_what_was_taken_back_and_signed_again_stands(clinic):
    kept, double = (factories.patient(clinic) for _ in range(2))
    for word in (TAKEN_BACK, STANDS):
        says(double, ConsentKind.PHOTOGRAPHY, word)
    says(kept, ConsentKind.PHOTOGRAPHY, STANDS)

    merge_patients(kept=kept, double=double)

    assert may_process_photos(kept)


def test_a_visit_under_way_is_not_pulled_from_under_anybodys_hands(client, administrator):
    kept, double = (factories.consenting_patient(administrator.clinic) for _ in range(2))
    visit = factories.sent_visit(double)

    answer = client.post(address("merge", kept, double), {"is_sure": "on"})

    assert answer.status_code == 409
    assert Visit.objects.get(pk=visit.pk).case.patient == double
    double.refresh_from_db()
    assert double.is_active


def test_only_two_patients_of_one_clinic_can_be_one(clinic):
    patient = factories.patient(clinic)
    for other in (patient, factories.patient(factories.clinic()), factories.doctor(clinic)):
        with pytest.raises(NotOfOneClinicError):
            merge_patients(kept=patient, double=other)


def test_who_is_to_be_erased_since_is_not_merged(client, administrator):
    kept, double = (factories.consenting_patient(administrator.clinic) for _ in range(2))
    seen = User.objects.get(pk=double.pk)
    request = close_account(patient=double)

    with pytest.raises(ChangedError):
        merge_patients(kept=kept, double=seen)
    with pytest.raises(ChangedError):
        merge_patients(kept=seen, double=kept)

    request.refresh_from_db()
    assert request.patient == double


def test_who_was_merged_since_is_not_merged_again(clinic):
    kept, double, other = (factories.consenting_patient(clinic) for _ in range(3))
    seen = User.objects.get(pk=double.pk)
    merge_patients(kept=kept, double=double)

    with pytest.raises(ChangedError):
        merge_patients(kept=other, double=seen)


def test_another_clinics_patient_is_not_found(client, administrator):
    mine = factories.patient(administrator.clinic)
    stranger = factories.patient(factories.clinic())

    assert client.get(address("merge", mine, stranger)).status_code == 404
    assert client.get(address("merge", stranger, mine)).status_code == 404


def test_who_might_be_the_same_person_is_offered(client, administrator):
    mine = factories.patient(administrator.clinic, full_name="Ada Byron")
    same = factories.patient(
        administrator.clinic, full_name="ada byron", date_of_birth=date(1980, 1, 1)
    )
    other = factories.patient(administrator.clinic, date_of_birth=date(1981, 1, 1))
    stranger = factories.patient(factories.clinic(), full_name="Ada Byron")

    page = client.get(address("doubles", mine)).content.decode()

    assert same.email in page
    assert other.email not in page
    assert stranger.email not in page

    sought = client.post(address("doubles", mine), {"q": other.email}, follow=True)
    assert other.email in sought.content.decode()
    assert same.email not in sought.content.decode()
    assert sought.redirect_chain[-1][0].startswith(f"{address('doubles', mine)}?search=")


# --- Handing over ---


def test_a_record_goes_to_another_clinic_and_leaves_this_one(client, administrator):
    here, there = administrator.clinic, factories.clinic()
    patient = factories.consenting_patient(here)
    report = factories.report(patient, factories.doctor(here))
    factories.letter(patient)

    answer = client.post(address("hand_over", patient), {"clinic": there.pk, "is_asked_for": "on"})

    assert answer.url == reverse("desk:people")
    patient.refresh_from_db()
    assert patient.clinic == there
    assert list(reports_for(factories.doctor(there))) == [report]
    assert Entry.objects.filter(action=Action.PATIENT_HANDED_OVER).count() == 2
    assert list(problems(Scope(timedelta(), reads_files=True))) == []
    assert not reports_for(factories.doctor(here)).exists()
    assert not visits_for(factories.doctor(here)).exists()
    assert list(reports_for(patient)) == [report]
    assert not may_process_photos(patient), "the other clinic's form is not signed yet"
    assert client.get(address("person", patient)).status_code == 404


@pytest.mark.parametrize("missing", ["clinic", "is_asked_for"])
def test_nothing_goes_anywhere_without_the_patients_word(client, administrator, missing):
    there = factories.clinic()
    patient = factories.patient(administrator.clinic)
    words = {"clinic": there.pk, "is_asked_for": "on"}
    del words[missing]

    assert client.post(address("hand_over", patient), words).status_code == 422
    patient.refresh_from_db()
    assert patient.clinic == administrator.clinic


def test_a_visit_under_way_stays(clinic):
    patient = factories.consenting_patient(clinic)
    factories.sent_visit(patient)

    with pytest.raises(UnderWayError):
        hand_over(patient=patient, to=factories.clinic())


def test_of_two_hand_overs_at_once_one_is_done(clinic):
    patient = factories.consenting_patient(clinic)
    factories.report(patient, factories.doctor(clinic))
    seen, there = User.objects.get(pk=patient.pk), factories.clinic()
    hand_over(patient=patient, to=there)

    with pytest.raises(ChangedError):
        hand_over(patient=seen, to=factories.clinic())

    patient.refresh_from_db()
    assert patient.clinic == Case.objects.get().clinic == Visit.objects.get().clinic == there


@pytest.mark.parametrize("name", ["merge", "hand_over"])
def test_the_page_says_that_something_has_changed(client, administrator, monkeypatch, name):
    one, other = (factories.patient(administrator.clinic) for _ in range(2))
    there = factories.clinic()
    people = (one, other) if name == "merge" else (one,)

    def too_late(patient):
        raise ChangedError(patient.public_id)

    monkeypatch.setattr(services, "_as_found", too_late)
    words = {"is_sure": "on", "clinic": there.pk, "is_asked_for": "on"}
    answer = client.post(address(name, *people), words)

    assert answer.status_code == 409
    assert "has changed since this page was opened" in answer.content.decode()


def test_made_up_people_stay_among_made_up_people(client, administrator):
    patient = factories.patient(administrator.clinic)
    made_up = factories.clinic(is_demonstration=True)

    words = {"clinic": made_up.pk, "is_asked_for": "on"}

    assert client.post(address("hand_over", patient), words).status_code == 422
