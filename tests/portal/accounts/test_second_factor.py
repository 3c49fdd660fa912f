"""A second step for whoever sees other people's data: asked for, set up, lost and found again."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from portal.accounts import second_factor
from portal.accounts.models import OpenSession
from tests import factories
from tests.portal.accounts.test_registration import link_in
from tests.portal.accounts.test_sign_in import sign_in

pytestmark = pytest.mark.django_db

STAFF = [factories.doctor, factories.administrator]


def is_signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def second_step(client, code):
    return client.post(reverse("mfa_authenticate"), {"code": code})


def recovery_codes(client) -> list[str]:
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    return re.findall(r"<code>(\d{8})</code>", page)


@pytest.mark.parametrize("role", STAFF)
def test_staff_get_in_with_password_and_code_and_not_with_the_password_alone(client, role):
    person = role(factories.clinic())

    assert sign_in(client, person).url == reverse("mfa_authenticate")
    assert not is_signed_in(client)
    assert "does not fit" in second_step(client, "000000").content.decode()
    assert not is_signed_in(client)

    assert second_step(client, factories.code_of_the_app()).url == reverse("home")
    assert is_signed_in(client)


@pytest.mark.parametrize("role", STAFF)
def test_staff_without_a_second_step_see_nothing_before_they_set_one_up(client, role):
    person = role(factories.clinic(), has_second_factor=False)
    sign_in(client, person)

    for page in ("home", "review:queue", "desk:people", "messages:inbox", "admin:index", "devices"):
        assert client.get(reverse(page)).url == reverse("mfa_index"), page
    assert "takes a minute" in client.get(reverse("mfa_index")).content.decode()


def set_up_app(client):
    page = client.get(reverse("mfa_activate_totp"))
    code = factories.code_of_the_app(page.context["form"].secret)
    return client.post(reverse("mfa_activate_totp"), {"code": code})


@pytest.mark.django_db(transaction=True)  # allauth tells once the change is committed
def test_an_app_is_set_up_right_after_the_first_sign_in_and_opens_the_pages(client):
    doctor = factories.doctor(factories.clinic(), has_second_factor=False)
    sign_in(client, doctor)

    answer = set_up_app(client)

    assert answer.url == reverse("mfa_view_recovery_codes")
    assert len(recovery_codes(client)) == 10
    assert client.get(reverse("review:queue")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_with_a_first_password_is_out_once_its_owner_has_a_second_step(client):
    doctor = factories.doctor(factories.clinic(), has_second_factor=False)
    thief = Client()
    sign_in(thief, doctor)
    assert is_signed_in(thief)

    sign_in(client, doctor)
    set_up_app(client)

    assert not is_signed_in(thief)
    assert client.get(reverse("review:queue")).status_code == 200


@pytest.mark.parametrize("page", ["review:queue", "mfa_view_recovery_codes", "sessions"])
def test_a_session_that_never_showed_the_second_step_opens_no_page(client, page):
    """Even where the list of open sessions missed it."""
    doctor = factories.doctor(factories.clinic(), has_second_factor=False)
    sign_in(client, doctor)
    OpenSession.objects.all().delete()
    factories.authenticator_app(doctor)

    assert client.get(reverse(page)).url == reverse("account_login")
    assert not is_signed_in(client)


def test_a_recovery_code_signs_in_once(client):
    doctor = factories.doctor(factories.clinic())
    client.force_login(doctor)
    confirm(client)
    client.post(reverse("mfa_generate_recovery_codes"))
    code = recovery_codes(client)[0]

    client.logout()
    sign_in(client, doctor)
    assert second_step(client, code).url == reverse("home")

    client.logout()
    sign_in(client, doctor)
    assert second_step(client, code).status_code == 200
    assert not is_signed_in(client)


def test_a_new_password_by_mail_takes_the_place_of_the_password_and_of_nothing_else(client):
    doctor = factories.doctor(factories.clinic())
    client.post(reverse("account_reset_password"), {"email": doctor.email})
    form = client.get(link_in(mail.outbox[0]), follow=True)
    words = {"password1": "another long password", "password2": "another long password"}
    client.post(form.redirect_chain[-1][0], words)
    assert not is_signed_in(client)

    assert sign_in(client, doctor, "another long password").url == reverse("mfa_authenticate")


def confirm(client):
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})


def test_whoever_left_the_page_open_is_asked_again_before_the_app_changes(client):
    client.force_login(factories.doctor(factories.clinic()))

    for page in ("mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_add_webauthn"):
        assert client.get(reverse(page)).url.startswith(reverse("account_reauthenticate"))


def test_staff_cannot_remove_their_only_second_step(client):
    doctor = factories.doctor(factories.clinic())
    client.force_login(doctor)
    confirm(client)

    refused = client.post(reverse("mfa_deactivate_totp"))

    assert "needs a second step" in refused.content.decode()
    assert second_factor.has_one(doctor)


def test_a_patient_may_have_one_and_may_remove_it(client):
    patient = factories.consenting_patient(factories.clinic())
    factories.authenticator_app(patient)

    sign_in(client, patient)
    assert not is_signed_in(client)
    second_step(client, factories.code_of_the_app())
    assert client.get(reverse("cases:home")).status_code == 200

    confirm(client)
    client.post(reverse("mfa_deactivate_totp"))
    assert not second_factor.has_one(patient)


def test_the_demonstration_may_do_without(client, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    doctor = factories.doctor(factories.clinic(), has_second_factor=False)

    sign_in(client, doctor)

    assert client.get(reverse("review:queue")).status_code == 200


# --- What lies in the database --------------------------------------------------------------------


def stored(person) -> str:
    return str(list(Authenticator.objects.filter(user=person).values_list("data", flat=True)))


def test_a_copy_of_the_database_tells_no_secret_and_an_older_key_can_go(client, settings):
    doctor = factories.doctor(factories.clinic())
    assert factories.TOTP_SECRET not in stored(doctor)
    with_the_old_key = stored(doctor)

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next key"
    call_command("encrypt_anew")
    settings.SECRET_KEY_FALLBACKS = []

    assert stored(doctor) != with_the_old_key
    sign_in(client, doctor)
    second_step(client, factories.code_of_the_app())
    assert is_signed_in(client)


# --- The API --------------------------------------------------------------------------------------


def api_sign_in(client, person, **more):
    body = {"email": person.email, "password": factories.PASSWORD, "device": "A phone", **more}
    return client.post(reverse("api:sign_in"), body, content_type="application/json")


def test_a_doctors_device_needs_the_code_too(client):
    doctor = factories.doctor(factories.clinic())

    assert api_sign_in(client, doctor).status_code == 401
    assert api_sign_in(client, doctor, code="000000").status_code == 401
    assert api_sign_in(client, doctor, code=factories.code_of_the_app()).status_code == 201


def test_the_key_of_a_doctor_without_a_second_step_opens_nothing(client):
    doctor = factories.doctor(factories.clinic())
    key = api_sign_in(client, doctor, code=factories.code_of_the_app()).json()["token"]
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get(reverse("api:me"), headers=headers).status_code == 200

    second_factor.reset(person=doctor)

    assert client.get(reverse("api:me"), headers=headers).status_code == 401
