"""After an erasure, table by table in raw SQL: no name, no address, no password, no way in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import OpenSession, User
from portal.accounts.sessions import clear_ended
from portal.api.models import DeviceToken
from tests import factories
from tests.portal.accounts.test_sign_in import sign_in
from tests.portal.rights.test_erasure import erased

pytestmark = pytest.mark.django_db

PASSKEY, OTHER_ADDRESS = "the blue phone", "ada.second@home.example"


@pytest.fixture
def ways_in(patient) -> list[str]:
    """All that somebody leaves behind by signing in; returns what it may be found by."""
    cache.clear()
    assert sign_in(Client(), patient).status_code == 302  # and not one page after it
    factories.authenticator_app(patient)
    WebAuthn.add(patient, PASSKEY, {"id": "a-credential"})
    EmailAddress.objects.create(user=patient, email=OTHER_ADDRESS)
    patient.refresh_from_db()
    secrets = [str(one.data) for one in Authenticator.objects.filter(user=patient)]
    assert len(secrets) == len({"app", "passkey"})
    return [patient.email, OTHER_ADDRESS, PASSKEY, patient.password, *secrets]


def tables_that_say(*words: str) -> set[str]:
    """Sessions are packed in their column and are unpacked first."""
    found = {"django_session"} if any(_says(_unpacked(), word) for word in words) else set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            rows = [str(row) for row in cursor.fetchall()]
            if any(_says(rows, word) for word in words):
                found.add(table)
    return found


def _unpacked() -> list[str]:
    return [str(one.get_decoded()) for one in Session.objects.all()]


def _says(rows: list[str], word: str) -> bool:
    return any(word.lower() in row.lower() for row in rows)


def test_they_are_found_where_they_are(patient, ways_in):
    """Else the searches below would find nothing whatever was left."""
    met = tables_that_say(*ways_in, patient.full_name)

    assert met >= {
        "accounts_user",
        "account_emailaddress",
        "mfa_authenticator",
        "django_session",
        "consent_consentsignature",
    }


def test_nothing_of_the_account_is_left_where_nothing_must_be_kept(patient, clinic, ways_in):
    clinic.keep_reports_years = 0
    clinic.save()
    patient.clinic.refresh_from_db()

    erased(patient)

    assert tables_that_say(*ways_in, "Ada Example") == set()
    assert not User.objects.filter(pk=patient.pk).exists()


def test_of_who_must_be_kept_only_the_sealed_records_speak(patient, ways_in):
    erased(patient)

    assert tables_that_say(*ways_in) == set()
    assert tables_that_say("Ada Example") == {"reports_report", "consent_consentsignature"}
    for rows in (EmailAddress, Authenticator, OpenSession, DeviceToken):
        assert not rows.objects.filter(user=patient).exists(), rows
    assert not Session.objects.exists()
    assert not User.objects.get(pk=patient.pk).has_usable_password()


def test_sessions_that_ended_are_not_left_lying(patient, client):
    cache.clear()
    sign_in(client, patient)
    client.get(reverse("home"))
    kept = sign_in(Client(), factories.patient(patient.clinic))
    assert kept.status_code == 302
    mine = client.session.session_key
    Session.objects.filter(session_key=mine).update(expire_date=timezone.now())
    long_ago = timezone.now() - timedelta(days=1)
    OpenSession.objects.filter(session_key=mine).update(last_used_at=long_ago)

    clear_ended()

    assert not Session.objects.filter(session_key=mine).exists()
    assert Session.objects.count() == OpenSession.objects.count() == 1
