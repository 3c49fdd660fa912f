from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.services import set_active
from tests import factories
from tests.portal.accounts.test_registration import link_in

pytestmark = pytest.mark.django_db


def sign_in(client, person, password=factories.PASSWORD):
    return client.post(reverse("account_login"), {"login": person.email, "password": password})


@pytest.mark.parametrize(
    ("person", "page"),
    [
        (factories.patient, "cases:home"),
        (factories.doctor, "review:queue"),
        (factories.administrator, "desk:home"),
        (lambda _clinic: factories.operator(), "admin:index"),
    ],
)
def test_everybody_comes_to_the_page_of_their_role(client, person, page):
    client.force_login(person(factories.clinic()))

    assert client.get(reverse("home")).url == reverse(page)


@pytest.mark.parametrize(("is_open", "shown"), [(True, True), (False, False)])
def test_the_landing_page_offers_registration_where_a_clinic_is_open(client, is_open, shown):
    factories.clinic(open_registration=is_open)

    page = client.get(reverse("home")).content.decode()

    assert (reverse("account_signup") in page) is shown


def test_a_wrong_password_and_an_unknown_address_are_told_the_same(client):
    patient = factories.patient(factories.clinic())

    wrong = sign_in(client, patient, "not the password")
    patient.email = "unknown@patient.example"
    unknown = sign_in(client, patient)

    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert wrong.status_code == unknown.status_code == 200


def test_a_closed_account_ends_open_sessions_and_cannot_sign_in(client):
    patient = factories.patient(factories.clinic())
    sign_in(client, patient)
    assert client.get(reverse("consent:list")).status_code == 200

    set_active(person=patient, active=False)

    assert client.get(reverse("consent:list")).url.startswith(reverse("account_login"))
    assert sign_in(client, patient).url == reverse("account_inactive")


def test_a_session_does_not_come_back_with_a_reopened_account(client):
    patient = factories.patient(factories.clinic())
    sign_in(client, patient)
    client.get(reverse("consent:list"))

    set_active(person=patient, active=False)
    set_active(person=patient, active=True)

    assert client.get(reverse("consent:list")).url.startswith(reverse("account_login"))


def test_too_many_tries_are_slowed_down(client):
    patient = factories.patient(factories.clinic())

    for _ in range(31):
        response = sign_in(client, patient, "not the password")

    assert "Too many tries" in response.content.decode()


def test_a_forgotten_password_is_replaced_by_mail(client):
    patient = factories.patient(factories.clinic())

    client.post(reverse("account_reset_password"), {"email": patient.email})
    form = client.get(link_in(mail.outbox[0]), follow=True)
    client.post(
        form.redirect_chain[-1][0],
        {"password1": "a new long password", "password2": "a new long password"},
    )

    assert sign_in(client, patient, "a new long password").url == reverse("home")


def test_an_unknown_address_gets_no_mail_and_the_same_answer(client):
    patient = factories.patient(factories.clinic())

    known = client.post(reverse("account_reset_password"), {"email": patient.email})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@patient.example"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert [message.to for message in mail.outbox] == [[patient.email]]


def test_an_operator_made_on_the_server_signs_in_without_a_mail(client):
    call_command("createsuperuser", email="root@site.example", interactive=False, verbosity=0)
    operator = User.objects.get(email="root@site.example")
    operator.set_password(factories.PASSWORD)
    operator.save()

    assert sign_in(client, operator).url in (reverse("home"), reverse("mfa_index"))
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("came_from", "goes_on_at"),
    [
        ("http://testserver/desk/people/?page=2", "/desk/people/?page=2"),
        ("https://elsewhere.example/desk/people/", "/"),
        ("", "/"),
    ],
)
def test_who_pressed_a_button_too_late_goes_on_where_it_was(client, came_from, goes_on_at):
    somebody = factories.doctor(factories.clinic())
    headers = {"Referer": came_from} if came_from else {}

    answer = client.post(reverse("desk:sign_out", args=[somebody.public_id]), headers=headers)

    assert answer.url == f"{reverse('account_login')}?{urlencode({'next': goes_on_at}, safe='/')}"
