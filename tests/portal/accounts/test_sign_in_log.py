"""Sign-ins, done and refused, and whatever changes how one gets in: in the clinic's log, by id."""

from __future__ import annotations

import logging
import time

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.sessions import LAST_USED
from portal.audit.models import Action, Entry, Why
from tests import factories
from tests.portal.accounts.test_second_factor import api_sign_in, second_step
from tests.portal.accounts.test_sign_in import sign_in

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "three-words-at-random"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def clinic():
    return factories.clinic()


@pytest.fixture
def patient(clinic):
    return factories.patient(clinic)


def written(*actions: Action) -> list[tuple]:
    found = Entry.objects.filter(action__in=actions).order_by("pk")
    return list(found.values_list("action", "subject", "actor", "why"))


def test_a_sign_in_and_a_sign_out_are_recorded(client, patient, clinic):
    sign_in(client, patient)
    client.post(reverse("account_logout"))

    one = (str(patient.public_id), patient.public_id, "")
    assert written(Action.SIGNED_IN, Action.SIGNED_OUT) == [
        (Action.SIGNED_IN, *one),
        (Action.SIGNED_OUT, *one),
    ]
    entry = Entry.objects.get(action=Action.SIGNED_IN)
    assert (entry.chain.clinic, entry.patient) == (clinic, patient.public_id)
    assert (entry.channel, bool(entry.address)) == ("page", True)


def test_a_wrong_password_is_recorded_of_whom_there_is_and_of_nobody_else(client, patient):
    client.post(reverse("account_login"), {"login": patient.email.upper(), "password": "wrong"})
    client.post(reverse("account_login"), {"login": "no@where.example", "password": "wrong"})

    refused = (Action.SIGN_IN_REFUSED, str(patient.public_id), None, Why.WRONG_PASSWORD)
    assert written(Action.SIGN_IN_REFUSED, Action.SIGNED_IN) == [refused]
    assert patient.email.lower() not in str(list(Entry.objects.values())).lower()


def test_a_second_step_that_is_wrong_is_recorded_and_the_password_alone_is_no_sign_in(
    client, clinic
):
    doctor = factories.doctor(clinic)
    sign_in(client, doctor)
    second_step(client, "000000")

    refused = (Action.SIGN_IN_REFUSED, str(doctor.public_id), None, Why.WRONG_CODE)
    assert written(Action.SIGN_IN_REFUSED, Action.SIGNED_IN) == [refused]

    second_step(client, factories.code_of_the_app())
    assert [one[0] for one in written(Action.SIGNED_IN)] == [Action.SIGNED_IN]


def test_a_session_that_ended_by_itself_is_recorded(client, patient, settings):
    sign_in(client, patient)
    session = client.session
    session[LAST_USED] = time.time() - settings.SESSION_IDLE_SECONDS - 1
    session.save()

    client.get(reverse("home"))

    assert [one[3] for one in written(Action.SIGNED_OUT)] == [Why.UNUSED]


def test_a_device_that_is_refused_is_recorded(client, patient, clinic):
    doctor = factories.doctor(clinic)
    assert api_sign_in(client, patient, password="wrong").status_code == 401
    assert api_sign_in(client, doctor, code="000000").status_code == 401

    assert [one[1:] for one in written(Action.SIGN_IN_REFUSED)] == [
        (str(patient.public_id), None, Why.WRONG_PASSWORD),
        (str(doctor.public_id), None, Why.WRONG_CODE),
    ]
    assert Entry.objects.filter(action=Action.SIGN_IN_REFUSED, channel="api").count() == 2


@pytest.mark.django_db(transaction=True)  # allauth tells once the change is committed
def test_what_changes_the_second_step_is_recorded(client, patient):
    sign_in(client, patient)
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    client.post(reverse("mfa_activate_totp"), {"code": factories.code_of_the_app(secret)})
    client.post(reverse("mfa_generate_recovery_codes"))
    client.post(reverse("mfa_deactivate_totp"))

    changes = (Action.SECOND_STEP_ADDED, Action.SIGN_IN_CHANGED, Action.SECOND_STEP_REMOVED)
    met = [one[0] for one in written(*changes)]
    assert not Authenticator.objects.filter(user=patient).exists()
    # The app and its recovery codes, the codes made anew, and both again.
    assert met == [changes[0]] * 2 + [changes[1]] + [changes[2]] * 2
    assert {one[1] for one in written(*changes)} == {str(patient.public_id)}


def test_a_new_password_is_recorded_whichever_way_it_came(client, patient):
    sign_in(client, patient)
    page = reverse("account_change_password")
    client.post(
        page,
        {"oldpassword": factories.PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )
    User.objects.filter(pk=patient.pk).update(password="!")
    client.force_login(User.objects.get(pk=patient.pk))
    client.post(
        reverse("account_set_password"), {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    )

    assert len(written(Action.PASSWORD_CHANGED)) == 2


def test_an_operator_is_in_no_clinics_log_but_in_the_sites(client, caplog):
    operator = factories.operator()
    with caplog.at_level(logging.INFO):
        client.post(reverse("account_login"), {"login": operator.email, "password": "wrong"})

    assert not Entry.objects.filter(action=Action.SIGN_IN_REFUSED).exists()
    assert f"operator {operator.public_id}: sign_in_refused" in caplog.text
    assert operator.email not in caplog.text
