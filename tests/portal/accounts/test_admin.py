from __future__ import annotations

import pytest
from django.core import mail
from django.urls import reverse

from portal.accounts.models import Clinic, User
from portal.consent.models import ConsentForm, ConsentKind
from tests import factories
from tests.portal.accounts.test_registration import link_in
from tests.portal.accounts.test_sign_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client):
    client.force_login(factories.operator())
    return client


NEW = {"name": "New Clinic", "slug": "new", "minimum_age": "20", "open_registration": "on"}
SAM = {"administrator_name": "Sam Ferreira", "administrator_email": "Sam@new.example"}


def test_a_clinic_made_by_the_operator_comes_with_its_consent_forms(operator):
    operator.post(reverse("admin:accounts_clinic_add"), {**NEW, **SAM})

    clinic = Clinic.objects.get(slug="new")
    assert (clinic.minimum_age, clinic.open_registration) == (20, True)
    assert ConsentForm.objects.current().filter(clinic=clinic).count() == len(ConsentKind)


def test_its_first_administrator_gets_a_link_and_then_the_desk(operator, client):
    operator.post(reverse("admin:accounts_clinic_add"), {**NEW, **SAM})

    [letter] = mail.outbox
    assert letter.to == ["sam@new.example"]
    client.logout()
    chosen = client.get(link_in(letter), follow=True).request["PATH_INFO"]
    client.post(chosen, {"password1": factories.PASSWORD, "password2": factories.PASSWORD})
    sam = User.objects.get(email="sam@new.example")
    assert (sam.role, sam.clinic.slug) == ("administrator", "new")
    factories.authenticator_app(sam)
    sign_in(client, sam)
    client.post(reverse("mfa_authenticate"), {"code": factories.code_of_the_app()})
    assert client.get(reverse("desk:home")).status_code == 200


@pytest.mark.parametrize("missing", SAM)
def test_no_clinic_is_made_without_anybody_at_its_desk(operator, missing):
    page = operator.post(reverse("admin:accounts_clinic_add"), {**NEW, **SAM, missing: ""})

    assert "Who runs the clinic&#x27;s desk?" in page.content.decode()
    assert not Clinic.objects.filter(slug="new").exists()


def test_a_clinic_that_lost_its_administrator_gets_another(operator):
    clinic = factories.clinic()
    taken = factories.patient(clinic)
    terms = {"name": clinic.name, "slug": clinic.slug, "minimum_age": 18, "quality_limits": ""}
    address = reverse("admin:accounts_clinic_change", args=[clinic.pk])

    twice = operator.post(address, {**terms, **SAM, "administrator_email": taken.email})
    operator.post(address, {**terms, **SAM})

    assert "There is already an account with this address." in twice.content.decode()
    assert clinic.people.get(role="administrator").full_name == "Sam Ferreira"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ('{"refuse_brightness_below": 0.25}', {"refuse_brightness_below": 0.25}),
        ('{"refuse_brightness": 0.25}', {"caution_roll_above": 20}),
        ("", {}),
    ],
    ids=["known", "unknown", "emptied"],
)
def test_the_operator_tunes_a_clinics_picture_check_by_name(operator, typed, kept):
    clinic = factories.clinic(quality_limits={"caution_roll_above": 20})
    page = operator.post(
        reverse("admin:accounts_clinic_change", args=[clinic.pk]),
        {"name": clinic.name, "slug": clinic.slug, "minimum_age": 18, "quality_limits": typed},
    )

    clinic.refresh_from_db()
    assert clinic.quality_limits == kept
    assert ("Unknown quality limit" in page.content.decode()) == ("caution_roll_above" in kept)


def test_the_operator_reads_of_a_person_only_what_an_account_is(operator):
    patient = factories.patient(factories.clinic(), full_name="Ada Example")

    page = operator.get(reverse("admin:accounts_user_change", args=[patient.pk])).content.decode()

    assert patient.email in page
    # Not the year alone: an opaque id may hold its four digits.
    for written in (patient.date_of_birth.isoformat(), "June 15", "15 June"):
        assert written not in page
    assert 'name="email"' not in page


@pytest.mark.parametrize("page", ["delete", "change"])
def test_consent_forms_and_people_are_not_changed_there(operator, page):
    clinic = factories.clinic()
    for path in (
        reverse(f"admin:accounts_user_{page}", args=[factories.patient(clinic).pk]),
        reverse(f"admin:consent_consentform_{page}", args=[clinic.consent_forms.first().pk]),
    ):
        assert operator.post(path, {"post": "yes"}).status_code == 403
