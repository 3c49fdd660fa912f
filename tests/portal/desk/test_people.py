"""What the desk does about accounts: roles, second steps, sessions."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from portal.accounts import second_factor
from portal.accounts.models import Role, User
from portal.accounts.sessions import open_sessions
from portal.api.tokens import issue, token_by_key
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    person = factories.administrator(factories.clinic())
    client.force_login(person)
    confirm(client)
    return person


@pytest.fixture
def doctor(administrator):
    return factories.doctor(administrator.clinic)


def confirm(client):
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})


def do(client, name, person, **data):
    return client.post(reverse(f"desk:{name}", args=[person.public_id]), data)


def signed_in(person) -> Client:
    client = Client(headers={"User-Agent": "Mozilla/5.0 (iPad) Version/18 Safari/604"})
    client.force_login(person)
    client.get(reverse("sessions"))
    return client


def is_in(client) -> bool:
    return client.get(reverse("sessions")).status_code == 200


def test_an_administrator_is_invited_by_mail_too(client, administrator):
    words = {"role": "administrator", "full_name": "Sam New", "email": "new@clinic.example"}
    client.post(reverse("desk:add_colleague"), words)

    assert User.objects.get(email="new@clinic.example").role == Role.ADMINISTRATOR
    assert mail.outbox[0].to == ["new@clinic.example"]


@pytest.mark.parametrize("role", ["patient", "operator", ""])
def test_nobody_is_made_a_colleague_of_another_kind(client, administrator, role):
    words = {"role": role, "full_name": "Sam New", "email": "new@clinic.example"}

    assert client.post(reverse("desk:add_colleague"), words).status_code == 422


def test_a_page_shows_where_somebody_is_signed_in_and_ends_it(client, doctor):
    theirs = signed_in(doctor)
    page = client.get(reverse("desk:person", args=[doctor.public_id])).content.decode()
    assert "Safari, iPad" in page
    assert "has a second step" in page

    do(client, "sign_out", doctor)

    assert not is_in(theirs)
    assert not open_sessions(doctor).exists()


def test_a_page_shows_the_devices_that_have_access(client, doctor):
    _device, key = issue(user=doctor, name="Ada's tablet")
    page = client.get(reverse("desk:person", args=[doctor.public_id])).content.decode()
    assert "Ada&#x27;s tablet" in page
    assert reverse("desk:sign_out", args=[doctor.public_id]) in page

    do(client, "sign_out", doctor)

    assert token_by_key(key) is None


def test_a_lost_second_step_is_reset_and_the_next_sign_in_sets_up_another(client, doctor):
    theirs = signed_in(doctor)
    assert theirs.get(reverse("review:queue")).status_code == 200

    do(client, "second_step", doctor)

    assert not second_factor.has_one(doctor)
    assert not is_in(theirs)
    theirs.post(reverse("account_login"), {"login": doctor.email, "password": factories.PASSWORD})
    assert theirs.get(reverse("review:queue")).url == reverse("mfa_index")


def test_a_changed_role_signs_out_and_opens_the_other_door(client, doctor):
    theirs = signed_in(doctor)

    do(client, "role", doctor, role="administrator")

    assert not is_in(theirs)
    doctor.refresh_from_db()
    theirs.force_login(doctor)
    assert theirs.get(reverse("review:queue")).status_code == 403
    assert theirs.get(reverse("desk:home")).status_code == 200


@pytest.mark.parametrize("name", ["role", "second_step", "sign_out", "activation"])
def test_nobody_does_it_to_themselves(client, administrator, name):
    answer = do(client, name, administrator, role="dermatologist")

    assert answer.status_code == 404


def test_a_patient_gets_no_role(client, administrator):
    patient = factories.patient(administrator.clinic)

    assert do(client, "role", patient, role="administrator").status_code == 404


@pytest.mark.parametrize("name", ["role", "second_step", "sign_out"])
def test_another_clinics_people_are_not_there(client, administrator, name):
    stranger = factories.doctor(factories.clinic())

    assert do(client, name, stranger, role="administrator").status_code == 404


@pytest.mark.parametrize("name", ["role", "second_step", "activation"])
def test_who_it_is_is_asked_again_first(doctor, name):
    client = Client()
    client.force_login(factories.administrator(doctor.clinic))

    answer = do(client, name, doctor, role="administrator", active="no")

    assert answer.url.startswith(reverse("account_reauthenticate"))
    doctor.refresh_from_db()
    assert doctor.role == Role.DERMATOLOGIST
    assert doctor.is_active
    assert second_factor.has_one(doctor)


def test_whoever_finds_the_desk_open_makes_no_account(doctor):
    client = Client()
    client.force_login(factories.administrator(doctor.clinic))
    words = {"role": "dermatologist", "full_name": "Sam New", "email": "new@clinic.example"}

    asked = client.post(reverse("desk:add_colleague"), words)

    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert not User.objects.filter(email="new@clinic.example").exists()
    assert not mail.outbox
