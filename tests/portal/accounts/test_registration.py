from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Clinic, Role, User
from portal.accounts.services import TooYoungError, check_age, create_person
from tests import factories

if TYPE_CHECKING:
    from django.http import HttpResponse

pytestmark = pytest.mark.django_db


def born(years_ago: int, day_offset: int = 0) -> date:
    """Who has their birthday today, or so many days later."""
    today = timezone.localdate()
    try:
        day = today.replace(year=today.year - years_ago)
    except ValueError:  # today is a 29 February
        day = date(today.year - years_ago, 2, 28)
    return day + timedelta(days=day_offset)


def register(client, **fields) -> HttpResponse:
    form = {
        "full_name": "Ada Example",
        "date_of_birth": "1990-06-15",
        "email": "ada@patient.example",
        "password1": factories.PASSWORD,
        **fields,
    }
    return client.post(reverse("account_signup"), form)


def link_in(message: mail.EmailMessage) -> str:
    found = re.search(r"https?://\S+", str(message.body))
    assert found is not None
    return found[0]


def test_a_patient_registers_confirms_the_address_and_signs_in(client):
    clinic = factories.clinic(open_registration=True)

    response = register(client, email="Ada@Patient.example")

    assert response.url == reverse("account_email_verification_sent")
    ada = User.objects.get(email="ada@patient.example")
    assert (ada.role, ada.clinic, ada.full_name) == (Role.PATIENT, clinic, "Ada Example")
    assert ada.date_of_birth == date(1990, 6, 15)

    confirmation = client.get(link_in(mail.outbox[0]))
    assert confirmation.status_code == 200
    client.post(link_in(mail.outbox[0]))
    assert EmailAddress.objects.get(user=ada).verified

    client.logout()
    response = client.post(
        reverse("account_login"), {"login": "ada@patient.example", "password": factories.PASSWORD}
    )
    assert response.url == reverse("home")
    assert client.get(response.url).url == reverse("cases:home")


def test_nobody_signs_in_before_their_address_is_confirmed(client):
    patient = factories.patient(factories.clinic(), email_verified=False)

    response = client.post(
        reverse("account_login"), {"login": patient.email, "password": factories.PASSWORD}
    )

    assert response.url == reverse("account_email_verification_sent")
    assert client.get(reverse("home")).status_code == 200
    assert mail.outbox[0].to == [patient.email]


def test_who_is_too_young_is_told_why_and_where_to_go_and_nothing_is_stored(client):
    factories.clinic(open_registration=True)

    response = register(client, date_of_birth=born(18, day_offset=1).isoformat())

    assert response.status_code == 200
    page = response.content.decode()
    assert "aged 18 or older" in page
    assert "tested with adults only" in page
    assert "family doctor" in page
    assert "Nothing you typed was stored" in page
    assert "ada@patient.example" not in page
    assert not User.objects.exists()
    assert not EmailAddress.objects.exists()
    assert not Session.objects.exists()
    assert not mail.outbox


@pytest.mark.parametrize(
    "birthday", [timezone.localdate() + timedelta(days=1), date(1890, 1, 1), "31.31.2000", ""]
)
def test_what_cannot_be_a_date_of_birth_is_asked_again(client, birthday):
    factories.clinic(open_registration=True)

    response = register(client, date_of_birth=str(birthday))

    assert response.context["form"].errors.keys() == {"date_of_birth"}
    assert not User.objects.exists()


@pytest.mark.parametrize("minimum", [18, 20, 21, 30])
def test_the_clinics_own_age_limit_is_kept_to_the_day(minimum):
    clinic = Clinic(minimum_age=minimum)

    check_age(clinic=clinic, date_of_birth=born(minimum))
    with pytest.raises(TooYoungError) as refusal:
        check_age(clinic=clinic, date_of_birth=born(minimum, day_offset=1))

    assert refusal.value.minimum_age == minimum


def test_a_clinic_may_raise_the_age_but_not_lower_it():
    clinic = factories.clinic(minimum_age=21)
    assert clinic.minimum_age == 21
    with pytest.raises(ValidationError, match="18"):
        factories.clinic(minimum_age=17)
    with pytest.raises(IntegrityError, match="clinic_age_not_below_the_legal_minimum"):
        Clinic.objects.filter(pk=clinic.pk).update(minimum_age=17)


def test_a_patient_too_young_for_the_clinic_is_not_created_by_any_way():
    clinic = factories.clinic(minimum_age=21)

    with pytest.raises(TooYoungError):
        factories.patient(clinic, date_of_birth=born(20))

    assert not User.objects.exists()


def test_registration_is_closed_while_no_clinic_is_open(client):
    factories.clinic(open_registration=False)

    assert "Registration is closed" in client.get(reverse("account_signup")).content.decode()
    register(client)

    assert not User.objects.exists()


def test_a_patient_chooses_among_the_open_clinics_only(client):
    closed, _first, second = (
        factories.clinic(),
        factories.clinic(open_registration=True),
        factories.clinic(open_registration=True),
    )

    assert register(client, clinic=closed.pk).context["form"].errors.keys() == {"clinic"}
    assert register(client).context["form"].errors.keys() == {"clinic"}
    register(client, clinic=second.pk)

    assert User.objects.get().clinic == second


def test_registering_never_reveals_who_has_an_account(client):
    clinic = factories.clinic(open_registration=True)
    taken = factories.patient(clinic)

    known = register(client, email=taken.email)
    client.cookies.clear()
    unknown = register(client, email="new@patient.example")

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert "an account already" in mail.outbox[0].subject
    assert User.objects.filter(clinic=clinic).count() == 2


def test_a_password_that_everybody_uses_is_refused(client):
    factories.clinic(open_registration=True)

    response = register(client, password1="password123")

    assert response.context["form"].errors.keys() == {"password1"}
    assert not User.objects.exists()


def test_addresses_differ_by_more_than_capitals():
    clinic = factories.clinic()
    factories.patient(clinic, email="ada@patient.example")

    with pytest.raises(Exception, match="already exists"):
        create_person(
            clinic=clinic,
            role=Role.DERMATOLOGIST,
            email="ADA@patient.example",
            password=None,
            full_name="Ada",
        )
