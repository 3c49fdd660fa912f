"""The clinic's own rules, who signed what, and the figures of the months."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from inference.quality.limits import DEFAULT_LIMITS
from portal.accounts.models import User
from portal.audit.models import Action, Entry
from portal.cases.models import Visit
from portal.consent.models import ConsentForm, ConsentKind, ConsentSignature
from portal.consent.services import withdraw
from portal.desk.figures import months, queue_of
from portal.desk.selectors import Standing, signers
from portal.desk.services import hand_over
from tests import factories
from tests.portal.consent.versions import next_version
from tests.portal.desk.test_people import confirm
from tests.portal.rights.test_erasure import erased

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    person = factories.administrator(factories.clinic())
    client.force_login(person)
    return person


@pytest.fixture
def clinic(administrator):
    return administrator.clinic


def rules(clinic, **changes):
    form = {
        "minimum_age": clinic.minimum_age,
        "views_asked": clinic.views_asked,
        "promised_days": clinic.promised_days,
        "second_reading_percent": 0,
        "second_reading_below": 0,
        "response_rule": "half",
        "urgent_advice_en": "Call us.",
        "urgent_advice_zh": "请致电。",
        "keep_reports_years": 15,
        "keep_messages": "on",
        "keep_unreported_days": 90,
    }
    return {**form, **changes}


def test_the_rules_are_kept(client, clinic):
    changes = {
        "views_asked": ["front", "chest"],
        "promised_days": 5,
        "response_rule": "one_grade",
        "show_findings_before_signature": "on",
    }
    assert client.post(reverse("desk:settings"), rules(clinic, **changes)).status_code == 302

    clinic.refresh_from_db()
    assert clinic.views_asked == ["front", "chest"]
    assert clinic.promised_days == 5
    assert clinic.show_findings_before_signature
    assert clinic.response_rule == "one_grade"
    assert clinic.urgent_advice_en == "Call us."


@pytest.mark.parametrize(
    "wrong",
    [
        {"minimum_age": 17},
        {"minimum_age": 101},
        {"minimum_age": 99_999_999_999},
        {"views_asked": []},
        {"views_asked": ["left"]},
        {"views_asked": ["front", "knee"]},
        {"promised_days": 0},
        {"second_reading_percent": 101},
        {"response_rule": "three_grades"},
        {"keep_reports_years": 0},
        {"urgent_advice_zh": ""},
        {"urgent_advice_en": "x" * 1001},
    ],
)
def test_what_no_clinic_can_want_is_refused(client, clinic, wrong):
    before = clinic.__class__.objects.values().get(pk=clinic.pk)

    answer = client.post(reverse("desk:settings"), rules(clinic, **wrong))

    assert answer.status_code == 422
    assert clinic.__class__.objects.values().get(pk=clinic.pk) == before


@pytest.mark.parametrize(
    "change", [{"keep_reports_years": 2}, {"keep_unreported_days": 1}, {"keep_messages": ""}]
)
def test_how_long_things_are_kept_changes_only_by_who_shows_who_they_are(client, clinic, change):
    [(name, _value)] = change.items()
    before = getattr(clinic, name)

    asked = client.post(reverse("desk:settings"), rules(clinic, **change))
    assert asked.url.startswith(reverse("account_reauthenticate"))
    clinic.refresh_from_db()
    assert getattr(clinic, name) == before

    client.post(asked.url, {"password": factories.PASSWORD})
    clinic.refresh_from_db()
    assert getattr(clinic, name) != before, "what was sent has gone on"


# --- The picture check ---


def limits(**changes):
    return dict.fromkeys(DEFAULT_LIMITS, "") | changes


def test_a_limit_of_ones_own_is_kept_and_an_emptied_field_is_the_default_again(client, clinic):
    client.post(reverse("desk:quality"), limits(refuse_brightness_below="0.25"))
    clinic.refresh_from_db()
    assert clinic.quality_limits == {"refuse_brightness_below": 0.25}

    client.post(reverse("desk:quality"), limits())
    clinic.refresh_from_db()
    assert clinic.quality_limits == {}


def test_the_page_offers_every_limit_of_the_table(client, clinic):
    page = client.get(reverse("desk:quality")).content.decode()

    assert all(f'name="{name}"' in page for name in DEFAULT_LIMITS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"refuse_brightness_below": "1.5"},
        {"refuse_brightness_below": "-1"},
        {"refuse_brightness_below": "nan"},
        {"refuse_brightness_below": "dark"},
        {"refuse_brightness_below": "0.4"},  # a caution comes at 0.30, after the refusal
        {"caution_overexposed_above": "0.6"},  # a refusal comes at 0.50
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(client, clinic, wrong):
    assert client.post(reverse("desk:quality"), limits(**wrong)).status_code == 422
    clinic.refresh_from_db()
    assert clinic.quality_limits == {}


def test_a_rule_from_before_its_bounds_does_not_bar_the_picture_check(client, clinic):
    clinic.__class__.objects.filter(pk=clinic.pk).update(minimum_age=120)

    answer = client.post(reverse("desk:quality"), limits(refuse_brightness_below="0.25"))

    assert answer.status_code == 302
    clinic.refresh_from_db()
    assert clinic.quality_limits == {"refuse_brightness_below": 0.25}


# --- Who signed ---


def standing_of(clinic, kind=ConsentKind.PHOTOGRAPHY):
    return {one.full_name: one.standing for one in signers(clinic, kind)}


def test_everybody_is_listed_with_where_they_stand(clinic):
    factories.consenting_patient(clinic, full_name="Earlier")
    next_version(clinic, ConsentKind.PHOTOGRAPHY)
    factories.consenting_patient(clinic, full_name="Signed")
    factories.patient(clinic, full_name="Never")
    gone = factories.consenting_patient(clinic, full_name="Gone")
    withdraw(signature=gone.consent_signatures.get())
    factories.consenting_patient(factories.clinic(), full_name="Stranger")

    assert standing_of(clinic) == {
        "Earlier": Standing.AGAIN,
        "Signed": Standing.SIGNED,
        "Never": Standing.NEVER,
        "Gone": Standing.WITHDRAWN,
    }
    assert [one.full_name for one in signers(clinic, ConsentKind.PHOTOGRAPHY, "again")] == [
        "Earlier"
    ]


def test_the_table_for_a_spreadsheet_runs_nothing_and_holds_every_signature(client, clinic):
    patient = factories.consenting_patient(clinic, full_name="=HYPERLINK(1)")
    factories.consenting_patient(factories.clinic(), full_name="Stranger")
    confirm(client)

    answer = client.get(reverse("desk:export_signatures", args=["photography"]))

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["patient"] for row in rows] == [str(patient.public_id)]
    assert rows[0]["name"] == rows[0]["signed_as"] == "'=HYPERLINK(1)"
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    entry = Entry.objects.get(action=Action.SIGNATURES_EXPORTED)
    form = ConsentForm.objects.current().get(clinic=clinic, kind=ConsentKind.PHOTOGRAPHY)
    assert (entry.chain.clinic, entry.subject) == (clinic, str(form.public_id))


def signed_here(client) -> list[dict[str, str]]:
    confirm(client)
    answer = client.get(reverse("desk:export_signatures", args=["photography"]))
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_of_who_went_to_another_clinic_the_table_says_only_what_was_signed_here(client, clinic):
    patient = factories.consenting_patient(clinic, full_name="Ada Byron")
    hand_over(patient=patient, to=factories.clinic())
    User.objects.filter(pk=patient.pk).update(email="new@home.example", full_name="Ada Lovelace")

    [row] = signed_here(client)

    assert row["patient"] == str(patient.public_id)
    assert (row["signed_as"], row["name"], row["email"]) == ("Ada Byron", "", "")


def test_who_was_erased_is_not_in_the_table(client, clinic):
    patient = factories.consenting_patient(clinic)
    factories.report(patient, factories.doctor(clinic))
    erased(patient)

    assert ConsentSignature.objects.filter(patient=patient).exists()
    assert signed_here(client) == []


# --- Figures ---


def test_the_months_count_what_was_sent_and_answered(clinic):
    doctor = factories.doctor(clinic)
    report = factories.report(factories.consenting_patient(clinic), doctor)
    late = factories.report(factories.consenting_patient(clinic), doctor)
    Visit.objects.filter(pk=late.visit_id).update(
        submitted_at=late.visit.submitted_at - timedelta(days=clinic.promised_days + 1)
    )
    factories.failed(factories.photo(factories.visit(factories.consenting_patient(clinic))))
    elsewhere = factories.clinic()
    factories.report(factories.consenting_patient(elsewhere), factories.doctor(elsewhere))

    this = months(clinic)[0]

    assert this.first == timezone.localdate().replace(day=1)
    assert (this.registered, this.reported, this.in_time, this.share_in_time) == (3, 2, 1, 50)
    assert (this.photos, this.refused, this.failed) == (3, 0, 1)
    assert this.sent in (1, 2), "the late one may have been sent in the month before"
    assert report.visit.status == "reported"
    assert len(months(clinic)) == 12


def test_the_queue_tells_what_waits_too_long(clinic):
    patient = factories.consenting_patient(clinic)
    visit = factories.sent_visit(patient)
    assert queue_of(clinic).late == 0

    long_ago = timezone.now() - timedelta(days=clinic.promised_days + 1)
    Visit.objects.filter(pk=visit.pk).update(submitted_at=long_ago)

    queue = queue_of(clinic)
    assert (queue.waiting, queue.in_hand, queue.late) == (1, 0, 1)
    assert queue.longest_since == long_ago


def test_no_name_and_no_finding_is_on_the_page(client, clinic):
    patient = factories.consenting_patient(clinic, full_name="Ada Lovelace")
    factories.report(patient, factories.doctor(clinic), assessment="Deep cysts.")

    page = client.get(reverse("desk:figures")).content.decode()

    assert "Ada" not in page
    assert "cyst" not in page.lower()
