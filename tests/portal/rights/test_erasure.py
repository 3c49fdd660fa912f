"""Asked for, carried out when due, told as it is; refused when anything has changed in between."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings as site
from django.core import mail
from django.core.files.storage import default_storage
from django.db import models
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import User
from portal.analysis.models import Analysis, Lesion
from portal.audit.models import Action, Entry, Why
from portal.cases.models import Case, Notice, Photo, Upload, UploadPiece, Visit, VisitStatus
from portal.cases.selectors import cases_for, photos_for, visits_for
from portal.consent.models import ConsentSignature, ErasureRequest, ErasureStatus
from portal.consent.notices import send_waiting as send_closing_notices
from portal.consent.services import close_account
from portal.messages.models import Message
from portal.messages.selectors import messages_for
from portal.reports.models import Report
from portal.reports.selectors import reports_for
from portal.reports.services import add
from portal.review.models import Agreement
from portal.rights import ledger as book
from portal.rights import services
from portal.rights.exporting import ask_for_export, make_waiting
from portal.rights.inventory import categories, digest, sources
from portal.rights.services import carry_out_due
from portal.rights.shredding import shred as shred_all
from portal.rights.tokens import token_of
from portal.trends.models import LesionMatch, VisitMatching
from portal.trends.services import correct, match_waiting
from portal.upkeep.invariants import Scope, problems
from tests import factories
from tests.portal.conftest import stored
from tests.portal.desk.test_people import confirm

pytestmark = pytest.mark.django_db
SOUND = Scope(timedelta(), reads_files=True)


def asked(patient) -> ErasureRequest:
    """Closed and due."""
    request = close_account(patient=patient)
    ErasureRequest.objects.filter(pk=request.pk).update(due_at=timezone.now())
    return request


def erased(patient) -> ErasureRequest:
    request = asked(patient)
    carry_out_due()
    request.refresh_from_db()
    return request


def rows_that_say(*words: str) -> list[str]:
    """Every row of every table in which one of the words stands."""
    found = []
    for model in apps.get_models():
        columns = [
            field.attname
            for field in model._meta.concrete_fields
            if isinstance(field, (models.CharField, models.TextField, models.JSONField))
            and field.attname != "password"  # chance letters, three of which may be a name
        ]
        rows = model._base_manager.values(*columns) if columns else ()
        found += [model.__name__ for row in rows if any(word in str(row) for word in words)]
    return found


def kept_files() -> list[str]:
    """Of the one photo that the report rests on, in its sizes, and of the letter's picture."""
    photo, picture = Photo.objects.get(), Message.objects.get().attachments.get()
    fields = (photo.original, photo.display, photo.thumbnail, photo.small, photo.medium)
    assert not Analysis.objects.exclude(heatmap="").exists()
    return sorted(str(field.name) for field in (*fields, picture.file) if field)


def fates(request: ErasureRequest) -> dict[str, str]:
    return {one["code"]: one["fate"] for one in request.outcome}


# --- What goes and what stays ---------------------------------------------------------------------


def test_where_nothing_must_be_kept_nothing_is_left(patient, clinic, media):
    clinic.keep_reports_years = 0
    clinic.save()
    patient.clinic.refresh_from_db()
    ask_for_export(patient=patient, language="en")
    make_waiting()

    request = erased(patient)

    assert request.status == ErasureStatus.DONE
    assert not User.objects.filter(pk=patient.pk).exists()
    assert stored(media) == []
    assert rows_that_say("Ada", "ada@home", patient.email) == []
    for model in (Case, Visit, Photo, Analysis, Report, Message, ConsentSignature):
        assert not model.objects.exists()
    assert {one for one, fate in fates(request).items() if fate != "erased"} == {"log", "backups"}
    assert list(problems(SOUND)) == []


def test_what_the_clinic_must_keep_is_listed_with_reason_and_end_and_the_rest_is_gone(
    patient, clinic, media
):
    report = Report.objects.get()
    until = report.signed_at.replace(year=report.signed_at.year + 15).date()

    request = erased(patient)

    kept = {one["code"]: one for one in request.outcome if one["fate"] == "kept"}
    expected = {"reports", "report_photos", "messages", "consents", "log", "backups"}
    assert set(kept) == expected
    for code in ("reports", "report_photos", "messages", "consents"):
        assert kept[code]["until"] == until.isoformat()
        assert kept[code]["why"]
    assert Photo.objects.count() == Message.objects.count() == 1
    assert stored(media) == kept_files()
    assert set(rows_that_say("Ada", "ada@home")) == {"Report", "ConsentSignature", "Message"}
    assert list(problems(SOUND)) == []


def test_letters_go_where_the_clinic_does_not_count_them_to_the_record(patient, clinic):
    clinic.keep_messages = False
    clinic.save()
    patient.clinic.refresh_from_db()

    request = erased(patient)

    assert fates(request)["messages"] == "erased"
    assert not Message.objects.exists()
    assert set(rows_that_say("Ada", "ada@home")) == {"Report", "ConsentSignature"}


def test_what_is_kept_is_sealed_from_everybody(client, patient, doctor, clinic):
    case, report, photo = Case.objects.get(), Report.objects.get(), Photo.objects.first()

    erased(patient)

    for found in (
        cases_for(doctor),
        visits_for(doctor),
        photos_for(doctor),
        reports_for(doctor),
        messages_for(doctor),
    ):
        assert not found.exists()
    client.force_login(doctor)
    for page in (
        reverse("reports:report", args=[report.public_id]),
        reverse("cases:photo_image", args=[photo.public_id]),
        reverse("messages:thread", args=[case.public_id]),
        reverse("trends:case", args=[case.public_id]),
    ):
        assert client.get(page).status_code == 404
    assert "Ada" not in client.get(reverse("review:queue")).content.decode()
    client.force_login(factories.administrator(clinic))
    assert "erased.invalid" not in client.get(reverse("desk:people")).content.decode()


def test_other_patients_keep_theirs(patient, clinic, doctor):
    other = factories.consenting_patient(clinic)
    theirs = factories.report(other, by=doctor)
    before = digest(other)

    erased(patient)

    assert digest(other) == before
    assert reports_for(doctor).get() == theirs


def test_the_log_never_held_them_and_tells_of_the_erasure(patient):
    erased(patient)

    written = str(list(Entry.objects.values_list()))
    assert "Ada" not in written
    assert "home.example" not in written
    done = Entry.objects.filter(patient=patient.public_id)
    assert done.filter(action=Action.ERASED).count() == 1
    assert done.filter(action=Action.SEALED).count() == 1


# --- Never said before it is so -------------------------------------------------------------------


def test_nothing_is_erased_before_its_day(patient):
    close_account(patient=patient)

    carry_out_due()

    assert ErasureRequest.objects.get().status == ErasureStatus.ASKED
    assert Photo.objects.count() == 3


def test_it_is_not_done_while_a_file_is_still_there(patient, monkeypatch):
    request = asked(patient)
    stubborn = Analysis.objects.exclude(heatmap="").first().heatmap.name

    def refuse(name):
        if name == stubborn:
            raise OSError
        original(name)

    with monkeypatch.context() as broken:
        original = default_storage.delete
        broken.setattr(services.default_storage, "delete", refuse, raising=False)
        carry_out_due()
    request.refresh_from_db()
    assert request.status == ErasureStatus.SHREDDING
    assert request.files == [stubborn]
    # The rows are gone: a backup from before must not bring them back, whatever is left to do.
    assert list(book.entered()) == [patient.public_id]
    assert not any("erased" in sent.body for sent in mail.outbox)

    carry_out_due()

    request.refresh_from_db()
    assert request.status == ErasureStatus.DONE
    assert request.files == []
    assert not default_storage.exists(stubborn)
    assert list(book.entered()) == [patient.public_id]


def test_a_crash_between_rows_and_files_is_gone_on_with(patient, monkeypatch, media):
    request = asked(patient)
    with monkeypatch.context() as crashing:
        crashing.setattr(services, "_destroy_files", lambda _request: 1 / 0)
        carry_out_due()
    request.refresh_from_db()
    assert request.status == ErasureStatus.SHREDDING

    carry_out_due()

    request.refresh_from_db()
    assert request.status == ErasureStatus.DONE
    assert stored(media) == kept_files()


def test_one_erasure_that_fails_keeps_no_other_waiting(patient, clinic, monkeypatch, caplog):
    stuck, other = asked(patient), asked(factories.consenting_patient(clinic))

    def shred(person, kept):
        if person == patient:
            raise OSError("Ada")
        return shred_all(person, kept)

    with monkeypatch.context() as failing:
        failing.setattr(services, "shred", shred)
        carry_out_due()

    stuck.refresh_from_db()
    other.refresh_from_db()
    assert (stuck.status, other.status) == (ErasureStatus.ASKED, ErasureStatus.DONE)
    assert f"erasure {stuck.public_id} was not carried out" in caplog.messages

    carry_out_due()

    stuck.refresh_from_db()
    assert stuck.status == ErasureStatus.DONE


def written_to(patient, doctor) -> None:
    factories.write(
        case=Case.objects.get(),
        author=doctor,
        text="One more thing.",
        key=factories.uuid.uuid4(),
    )


def added_to(_patient, doctor) -> None:
    add(report=Report.objects.all()[0], doctor=doctor, words="More.")


def renamed(patient, _doctor) -> None:
    User.objects.filter(pk=patient.pk).update(full_name="Ada B. Example")


def kept_shorter(patient, _doctor) -> None:
    type(patient.clinic).objects.update(keep_reports_years=1)


def said_to_be_one(patient, doctor) -> None:
    """Two lesions, each seen in one of two reports only."""
    matching = VisitMatching.objects.get(later__visit__case__patient=patient)
    before, after = (
        matching.matches.filter(**{f"{side}__isnull": True})[0].public_id
        for side in ("after", "before")
    )
    correct(matching=matching, doctor=doctor, before=before, after=after, are_one=True)


def followed(patient, doctor):
    """With a second report, whose lesions were followed from the first."""
    Visit.objects.filter(case__patient=patient, report=None).update(status=VisitStatus.WITHDRAWN)
    factories.report(patient, by=doctor)
    match_waiting()
    return patient


@pytest.mark.parametrize("change", [written_to, added_to, renamed, kept_shorter, said_to_be_one])
def test_it_is_refused_when_anything_has_changed_since(patient, doctor, change, media):
    request = asked(followed(patient, doctor))
    before, photos = stored(media), Photo.objects.count()
    change(patient, doctor)
    mail.outbox.clear()

    carry_out_due()

    request.refresh_from_db()
    assert request.status == ErasureStatus.CHANGED
    assert stored(media) == before
    assert Photo.objects.count() == photos
    [sent] = mail.outbox
    assert "nothing was erased" in sent.body
    assert Entry.objects.filter(action=Action.ERASURE_REFUSED).exists()
    assert not Entry.objects.filter(action=Action.ERASED).exists()


# What machines make of a record by themselves, and the mails: a patient is not asked anew for it.
MOVE_BY_THEMSELVES = {Agreement, Lesion, LesionMatch, Notice, VisitMatching}
# Not there any more, or not yet, when an account has been closed: what is under way is no photo.
UNDER_WAY = {Upload, UploadPiece}


def test_the_digest_is_of_every_table_of_a_record(patient):
    of_record, found = {Case}, {Case}
    while found:
        found = {
            model
            for model in apps.get_models()
            if any(field.related_model in found for field in model._meta.concrete_fields)
        } - of_record
        of_record |= found

    told = {rows.model for rows in sources(patient).values()}

    assert of_record - {Case} - MOVE_BY_THEMSELVES - UNDER_WAY == told - {ConsentSignature}


CHANGES = ("letter", "visit", "read", "nothing")


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(taken=st.lists(st.sampled_from(CHANGES), max_size=3))
def test_the_digest_differs_exactly_when_something_was_added(taken, django_db_blocker):
    from django.db import transaction  # noqa: PLC0415

    with transaction.atomic():
        person = factories.consenting_patient(factories.clinic())
        before = digest(person)
        for step in taken:
            if step == "letter":
                factories.letter(person)
            elif step == "visit":
                factories.visit(person)
            elif step == "read":
                Message.objects.filter(case__patient=person).update(read_at=timezone.now())
        changed = bool({"letter", "visit"} & set(taken))
        assert (digest(person) != before) == changed
        transaction.set_rollback(True)


# --- The pages -----------------------------------------------------------------------------------


def page_of(request) -> str:
    return reverse("rights:erasure", args=[token_of(request.public_id)])


def test_the_link_tells_the_plan_and_then_what_became_of_it_without_any_name(client, patient):
    request = asked(patient)
    planned = client.get(page_of(request)).content.decode()
    carry_out_due()
    done = client.get(page_of(request)).content.decode()

    assert "will be erased" in planned
    assert "will be erased" not in done
    assert "sealed" in done
    assert "Ada" not in planned + done
    assert client.get(reverse("rights:erasure", args=["forged"])).status_code == 404


def test_the_mail_that_it_is_done_is_the_last_and_the_address_goes(patient):
    request = asked(patient)
    mail.outbox.clear()
    carry_out_due()
    carry_out_due()

    [sent] = mail.outbox
    assert sent.to == ["ada@home.example"]
    assert page_of(request) in sent.body
    request.refresh_from_db()
    assert request.mail_to == ""
    for word in ("report", "photo", "skin", "acne"):
        assert word not in sent.body.lower()


def test_after_a_refusal_the_patient_looks_and_confirms_again(client, patient, doctor):
    request = asked(patient)
    written_to(patient, doctor)
    carry_out_due()
    shown = client.get(page_of(request))
    assert "Nothing was erased" in shown.content.decode()

    late = client.post(page_of(request), {"decision": "confirm", "digest": "0" * 64})
    assert late.status_code == 409
    client.post(page_of(request), {"decision": "confirm", "digest": shown.context["digest"]})
    carry_out_due()

    request.refresh_from_db()
    assert request.status == ErasureStatus.DONE


def test_who_did_not_ask_stops_it_and_the_clinic_can_open_the_account(client, patient, clinic):
    request = asked(patient)

    stopped = client.post(page_of(request), {"decision": "stop"})
    carry_out_due()

    assert "Nothing was erased" in stopped.content.decode()
    assert not ErasureRequest.objects.exists()
    assert Photo.objects.count() == 3
    client.force_login(factories.administrator(clinic))
    confirm(client)
    again = reverse("desk:activation", args=[patient.public_id])
    assert client.post(again, {"active": "yes"}).status_code == 302


def test_what_is_done_cannot_be_stopped(client, patient):
    request = erased(patient)

    client.post(page_of(request), {"decision": "stop"})

    assert ErasureRequest.objects.get() == request


def test_what_the_page_showed_must_still_be_there_when_it_is_confirmed(client, patient, doctor):
    from tests.portal.accounts.test_closing import PAGE, signed_in  # noqa: PLC0415

    there = signed_in(patient)
    shown = there.get(PAGE).context["digest"]
    written_to(patient, doctor)

    answer = there.post(PAGE, {"digest": shown})

    assert answer.status_code == 409
    assert not ErasureRequest.objects.exists()
    patient.refresh_from_db()
    assert patient.is_active
    assert there.get(PAGE).context["plan"]


def test_the_plan_is_what_is_carried_out(patient):
    request = close_account(patient=patient)
    planned = [one.document for one in categories(patient)]
    ErasureRequest.objects.update(due_at=timezone.now())
    carry_out_due()

    request.refresh_from_db()
    assert [one for one in request.outcome if one["code"] != "log"] == [
        one for one in planned if one["code"] != "log"
    ]


# --- Restoring ------------------------------------------------------------------------------------


def entered_before_anything_was_noted(*people) -> None:
    """As an older version wrote the ledger."""
    lines = [
        json.dumps({"subject": str(one.public_id), "at": timezone.now().isoformat()})
        for one in people
    ]
    place = site.ERASURE_LEDGER
    place.parent.mkdir()
    place.write_text("\n".join(lines) + "\n")


def test_whom_a_backup_brings_back_is_erased_again(patient, media):
    """As after a restore: the ledger knows them, the database has them whole."""
    entered_before_anything_was_noted(patient)

    assert services.erase_again(book.entered()) == 1
    assert services.erase_again(book.entered()) == 0

    assert set(rows_that_say("Ada", "ada@home")) == {"Report", "ConsentSignature", "Message"}
    assert stored(media) == kept_files()
    assert ErasureRequest.objects.get().status == ErasureStatus.DONE


def test_the_ledger_says_what_was_decided_by_numbers_only(patient, clinic):
    [visit] = Visit.objects.exclude(report=None)

    erased(patient)

    visit.refresh_from_db()
    assert visit.sealed_until
    assert book.entered() == {
        patient.public_id: book.Kept(
            {visit.public_id: visit.sealed_until}, visit.sealed_until, True, clinic.pk
        )
    }
    written = site.ERASURE_LEDGER.read_text()
    assert "Ada" not in written
    assert clinic.name not in written
    assert clinic.slug not in written


def test_whoever_is_in_the_ledger_is_not_entered_again(patient):
    kept = book.Kept({}, None, False, patient.clinic_id)
    book.enter([patient.public_id], kept)
    book.enter([patient.public_id], kept)

    assert len(site.ERASURE_LEDGER.read_text().splitlines()) == 1


def decided(patient, *, years: int, with_letters: bool, clinic) -> book.Kept:
    """By other rules than those of the backup."""
    [visit] = Visit.objects.filter(case__patient=patient).exclude(report=None)
    until = timezone.localdate() + timedelta(days=365 * years)
    return book.Kept({visit.public_id: until}, until, with_letters, clinic.pk)


@pytest.mark.parametrize("with_letters", [True, False])
def test_what_was_decided_then_is_kept_whatever_the_backups_rules_are(
    patient, clinic, with_letters
):
    type(clinic).objects.update(keep_messages=not with_letters, keep_reports_years=30)
    kept = decided(patient, years=3, with_letters=with_letters, clinic=clinic)
    book.enter([patient.public_id], kept)

    services.erase_again(book.entered())

    assert Case.objects.get().sealed_until == kept.until
    assert Visit.objects.get().sealed_until == kept.until
    assert Message.objects.exists() == with_letters
    told = {one["code"]: one for one in ErasureRequest.objects.get().outcome}
    assert told["reports"]["until"] == kept.until.isoformat()
    assert told["messages"]["fate"] == ("kept" if with_letters else "erased")
    assert book.entered() == {patient.public_id: kept}


def test_what_was_not_kept_then_is_not_kept_now(patient, clinic, media):
    book.enter([patient.public_id], book.Kept({}, None, False, clinic.pk))

    services.erase_again(book.entered())

    assert not User.objects.filter(pk=patient.pk).exists()
    assert stored(media) == []


def test_a_visit_that_had_no_report_in_the_backup_yet_is_not_kept_for_one(patient, clinic):
    unsent = Visit.objects.get(case__patient=patient, report=None)
    kept = decided(patient, years=3, with_letters=True, clinic=clinic)
    later = kept.until + timedelta(days=90)
    both = {**kept.visits, unsent.public_id: later}
    book.enter([patient.public_id], book.Kept(both, later, True, clinic.pk))

    services.erase_again(book.entered())

    assert [one.sealed_until for one in Visit.objects.all()] == [kept.until]
    assert Case.objects.get().sealed_until == later, "the letters are kept until the day told"
    assert list(problems(SOUND)) == []


def test_who_was_handed_over_since_is_sealed_at_the_clinic_where_they_were(patient, clinic):
    there = factories.clinic()
    book.enter([patient.public_id], decided(patient, years=3, with_letters=True, clinic=there))

    services.erase_again(book.entered())

    assert Case.objects.get().clinic == Visit.objects.get().clinic == there
    request = ErasureRequest.objects.get()
    assert request.clinic == there
    entries = Entry.objects.filter(patient=patient.public_id, why=Why.RESTORED)
    moved = entries.filter(action=Action.PATIENT_HANDED_OVER)
    assert {one.chain.clinic for one in moved} == {clinic, there}
    assert entries.get(action=Action.ERASED).chain.clinic == there
    assert list(problems(SOUND)) == []


def test_after_a_restore_an_erasure_waits_anew_and_the_patient_is_told_and_can_stop_it(
    client, patient
):
    request = close_account(patient=patient)
    send_closing_notices()
    long_ago = timezone.now() - timedelta(days=8)
    ErasureRequest.objects.update(requested_at=long_ago, due_at=long_ago + timedelta(days=7))
    mail.outbox.clear()

    assert services.wait_anew() == 1
    carry_out_due()
    send_closing_notices()

    request.refresh_from_db()
    assert request.status == ErasureStatus.ASKED
    assert request.due_at > timezone.now() + timedelta(days=site.ERASURE_DELAY_DAYS - 1)
    [sent] = mail.outbox
    assert sent.to == ["ada@home.example"]
    assert page_of(request) in sent.body
    client.post(page_of(request), {"decision": "stop"})
    assert not ErasureRequest.objects.exists()


def test_whoever_was_erased_is_not_told_that_the_account_is_closed(patient):
    """As after a restore, before the notice was sent: the account has no address any more."""
    close_account(patient=patient)
    entered_before_anything_was_noted(patient)
    services.erase_again(book.entered())
    mail.outbox.clear()

    send_closing_notices()

    assert mail.outbox == []


def test_a_visit_that_waited_is_closed_before_it_is_erased(patient):
    erased(patient)

    assert set(Visit.objects.values_list("status", flat=True)) == {VisitStatus.REPORTED}
