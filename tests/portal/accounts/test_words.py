"""The account pages speak as the others do: allauth's own words show nowhere."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.template.defaultfilters import date as written
from django.urls import reverse
from django.utils import formats, translation

from tests import factories
from tests.portal.accounts.test_registration import link_in

pytestmark = pytest.mark.django_db
LABEL = re.compile(r'<label for="[^"]+">(?:<input[^>]*>)?([^<]+)')


@pytest.fixture
def patient():
    return factories.patient(factories.clinic(open_registration=True))


@pytest.fixture
def signed_in(client, patient):
    client.post(reverse("account_login"), {"login": patient.email, "password": factories.PASSWORD})
    return client


def labels(response) -> list[str]:
    return [label.strip() for label in LABEL.findall(response.content.decode())]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("account_login", ["E-mail address", "Password", "Stay signed in on this device"]),
        ("account_signup", ["Full name", "Date of birth", "E-mail address", "Password"]),
        ("account_reset_password", ["E-mail address"]),
    ],
)
def test_who_comes_reads_our_words(client, patient, name, said):
    assert labels(client.get(reverse(name))) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "account_change_password",
            ["Your password now", "New password", "The new password once more"],
        ),
        ("account_email", ["New e-mail address"]),
        ("account_reauthenticate", ["Password"]),
        ("mfa_activate_totp", ["Code"]),
        ("mfa_add_webauthn", ["Name of the passkey"]),
    ],
)
def test_who_is_signed_in_reads_our_words(signed_in, name, said):
    assert labels(signed_in.get(reverse(name))) == said


def test_a_new_password_is_asked_for_in_our_words(client, patient):
    client.post(reverse("account_reset_password"), {"email": patient.email})

    page = client.get(link_in(mail.outbox[0]), follow=True)

    assert labels(page) == ["New password", "The new password once more"]


def test_the_mails_on_a_change_call_by_name_and_say_what_to_do(client, patient):
    client.post(reverse("account_reset_password"), {"email": patient.email})
    page = client.get(link_in(mail.outbox[0]), follow=True)
    new = "seven quiet harbour lights"
    client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    client.post(reverse("account_login"), {"login": patient.email, "password": new})
    changing = {"action_add": "", "email": "new@patient.example"}
    who = client.post(reverse("account_email"), changing)
    client.post(who.url, {"password": new})
    client.post(link_in(mail.outbox[-1]))

    by_subject = {sent.subject: sent for sent in mail.outbox}
    password = by_subject["ClearGrade: Your password has changed"]
    address = by_subject["ClearGrade: Your e-mail address has changed"]
    assert address.to == [patient.email]
    assert "You sign in with new@patient.example from now on" in address.body
    for sent in (password, address):
        assert sent.body.startswith(f"Hello {patient.full_name},")
        assert "If that was not you, tell your clinic at once" in sent.body
        assert "IP address" not in sent.body


def test_a_wrong_password_is_told_in_our_words(signed_in):
    typed = {"oldpassword": "not mine", "password1": "a b c d e f g", "password2": "a b c d e f g"}

    response = signed_in.post(reverse("account_change_password"), typed)

    assert "That is not your password. Type the one you have now." in response.content.decode()


def test_a_short_password_is_told_in_our_words(signed_in):
    typed = {"oldpassword": factories.PASSWORD, "password1": "a b c", "password2": "a b c"}

    response = signed_in.post(reverse("account_change_password"), typed)

    assert "at least 10 characters, please." in response.content.decode()


def test_passkeys_are_numbered(signed_in):
    page = signed_in.get(reverse("mfa_add_webauthn"))

    assert 'value="Passkey 1"' in page.content.decode()


def test_the_ways_to_say_who_one_is_are_told_in_our_words(signed_in, patient):
    Authenticator.objects.create(
        user=patient, type=Authenticator.Type.TOTP, data={"secret": "unused"}
    )

    page = signed_in.get(reverse("account_reauthenticate")).content.decode()

    assert "Use the app or a recovery code" in page


def test_a_date_is_written_as_readers_of_many_countries_read_it():
    at = datetime(2026, 8, 24, 13, 5, tzinfo=UTC)

    assert written(at, "DATETIME_FORMAT") == "24 August 2026, 13:05"
    assert formats.date_format(date(2026, 8, 24)) == "24 August 2026"
    assert formats.time_format(at) == "13:05"
    with translation.override("zh-hans"):
        assert formats.date_format(date(2026, 8, 24)) == "2026年8月24日"
