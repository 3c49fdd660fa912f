from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db.utils import IntegrityError
from django.urls import reverse
from django.utils import timezone

from portal.accounts.invitations import invitation_of, token_of
from portal.accounts.models import Invitation, User
from portal.accounts.services import (
    InvitationSpentError,
    register_patient,
    revoke_invitation,
)
from tests import factories
from tests.portal.accounts.test_registration import register

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return factories.clinic(open_registration=False)


def invitation(clinic, **terms) -> Invitation:
    return factories.invitation(factories.administrator(clinic), **terms)


def open_link(client, made: Invitation):
    return client.get(reverse("join", args=[token_of(made)]))


def test_who_follows_the_link_registers_at_the_clinic_that_invited_them(client, clinic):
    factories.clinic(open_registration=True)
    made = invitation(clinic)

    assert clinic.name in open_link(client, made).content.decode()
    response = register(client)

    assert response.url == reverse("account_email_verification_sent")
    assert User.objects.get(email="ada@patient.example").clinic == clinic


def test_an_invitation_for_one_opens_nothing_the_second_time(client, clinic):
    made = invitation(clinic)
    open_link(client, made)
    register(client)
    client.cookies.clear()

    response = open_link(client, made)
    register(client, email="eve@patient.example")

    assert response.status_code == 410
    assert "ask your clinic" in response.content.decode()
    assert not User.objects.filter(email="eve@patient.example").exists()


@pytest.mark.parametrize("is_known", [False, True])
def test_an_invitation_does_not_tell_whether_an_address_is_known(client, clinic, is_known):
    email = factories.patient(factories.clinic()).email if is_known else "new@patient.example"
    made = invitation(clinic)
    open_link(client, made)

    answer = register(client, email=email)

    assert answer.url == reverse("account_email_verification_sent")
    client.cookies.clear()
    assert open_link(client, made).status_code == 410
    made.refresh_from_db()
    assert made.uses == 1


@pytest.mark.parametrize("is_known", [False, True])
def test_what_was_spent_meanwhile_does_not_tell_it_either(client, clinic, monkeypatch, is_known):
    email = factories.patient(factories.clinic()).email if is_known else "new@patient.example"
    made = invitation(clinic)
    open_link(client, made)
    # As if somebody had registered with it after the form looked.
    for asking in ("forms", "adapters"):
        name = f"portal.accounts.{asking}.invitation_in_session"
        monkeypatch.setattr(name, lambda _request: made)
    Invitation.objects.update(uses=1)

    answer = register(client, email=email)

    assert answer.url == reverse("join", args=[token_of(made)])
    assert not mail.outbox


def test_an_invitation_for_all_lets_many_in(client, clinic):
    made = invitation(clinic, single_use=False)
    for name in ("ada", "eve"):
        open_link(client, made)
        register(client, email=f"{name}@patient.example")
        client.cookies.clear()

    made.refresh_from_db()
    assert made.uses == 2
    assert open_link(client, made).status_code == 200


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_an_invitation_that_has_ended_is_told_so_even_between_link_and_form(client, clinic, how):
    made = invitation(clinic)
    open_link(client, made)
    if how == "revoked":
        revoke_invitation(invitation=made)
    else:
        Invitation.objects.update(expires_at=timezone.now())

    assert "Registration is closed" in client.get(reverse("account_signup")).content.decode()
    register(client)

    assert not User.objects.filter(role="patient").exists()
    assert open_link(client, made).status_code == 410


def test_of_two_people_with_one_invitation_only_one_gets_in(clinic):
    made = invitation(clinic)
    person = {
        "clinic": clinic,
        "password": None,
        "full_name": "A",
        "date_of_birth": factories.ADULT,
    }
    register_patient(invitation=made, email="first@patient.example", **person)

    with pytest.raises(InvitationSpentError):
        register_patient(invitation=made, email="second@patient.example", **person)

    assert not User.objects.filter(email="second@patient.example").exists()


def test_the_database_itself_refuses_a_second_use(clinic):
    made = invitation(clinic)
    with pytest.raises(IntegrityError):
        Invitation.objects.filter(pk=made.pk).update(uses=2)


@pytest.mark.parametrize("token", ["x", "0" * 32, "0" * 32 + ".signature"])
def test_a_link_cannot_be_guessed(client, token):
    assert invitation_of(token) is None
    assert client.get(reverse("join", args=[token])).status_code == 404


def test_who_is_signed_in_is_led_home(client, clinic):
    client.force_login(factories.patient(clinic))

    assert open_link(client, invitation(clinic)).url == reverse("home")


def test_the_desk_makes_shows_and_calls_back_an_invitation(client, clinic):
    client.force_login(factories.administrator(clinic))
    day = timezone.localdate() + timedelta(days=30)

    made_page = client.post(
        reverse("desk:invitations"),
        {"audience": "all", "ends_on": day.isoformat(), "note": "Poster"},
        follow=True,
    )
    made = Invitation.objects.get()
    page = made_page.content.decode()
    client.post(reverse("desk:revoke_invitation", args=[made.public_id]))

    assert not made.single_use
    assert timezone.localtime(made.expires_at).date() == day + timedelta(days=1)
    assert re.search(r'<svg [^>]*viewBox="[^"]+".*<path', page)
    assert "style=" not in page
    assert f"/join/{token_of(made)}/" in page
    made.refresh_from_db()
    assert not made.is_usable


@pytest.mark.parametrize("days", [-1, 400])
def test_an_invitation_ends_within_a_year(client, clinic, days):
    client.force_login(factories.administrator(clinic))
    day = timezone.localdate() + timedelta(days=days)

    response = client.post(
        reverse("desk:invitations"), {"audience": "one", "ends_on": day.isoformat()}
    )

    assert response.status_code == 422
    assert not Invitation.objects.exists()
