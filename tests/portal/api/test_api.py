from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from portal.accounts import second_factor
from portal.accounts.models import Role, User
from portal.accounts.services import change_role, reset_second_factor, set_active
from portal.api import tokens
from portal.api.models import DeviceToken
from portal.cases.models import VisitStatus
from portal.consent.services import close_account
from portal.desk.services import close_or_open
from tests import factories
from tests.portal.accounts.test_registration import link_in
from tests.portal.api.apps import V1, App

pytestmark = pytest.mark.django_db


def sign_in(client, person, **asked):
    usual = {"email": person.email, "password": factories.PASSWORD, "device": "My phone"}
    return App(client).post("tokens/", {**usual, **asked})


def test_a_device_signs_in_is_listed_and_signs_out(client, patient):
    made = sign_in(client, patient).json()
    app = App(client)
    app.headers = {"Authorization": f"Bearer {made['token']}"}

    assert app.get("me/").json()["email"] == patient.email
    assert [one["name"] for one in app.get("devices/").json()] == ["My phone"]
    assert app.send("delete", f"devices/{made['device']['id']}/").status_code == 204
    assert app.get("me/").status_code == 401


def test_only_the_hash_of_a_key_is_kept(client, patient):
    key = sign_in(client, patient).json()["token"]

    assert key not in str(DeviceToken.objects.values().get())


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"email": "nobody@clinic.example"}])
def test_a_wrong_password_and_an_unknown_address_read_the_same(client, patient, wrong):
    refused = sign_in(client, patient, **wrong)

    assert refused.status_code == 401
    assert refused.json()["message"].startswith("The address and the password")


def test_nobody_signs_in_before_the_address_is_confirmed(client, clinic):
    assert sign_in(client, factories.patient(clinic, email_verified=False)).status_code == 401


def test_an_administrator_gets_no_token(client, clinic):
    assert sign_in(client, factories.administrator(clinic)).status_code == 401


def test_guessing_at_a_password_is_slowed_down(client, patient):
    cache.clear()
    tries = [sign_in(client, patient, password="wrong") for _ in range(11)]

    assert tries[-1].status_code == 429
    assert int(tries[-1]["Retry-After"]) > 0
    assert tries[-1].json()["code"] == "too_many_requests"


def test_a_closed_accounts_token_opens_nothing(app, patient):
    set_active(person=patient, active=False)

    assert app.get("me/").status_code == 401


# --- What ends every device -----------------------------------------------------------------------

ANOTHER = {"password1": "another long password", "password2": "another long password"}


def types_a_new_password(client, person):
    client.force_login(person)
    page = reverse("account_change_password")
    client.post(page, {"oldpassword": factories.PASSWORD, **ANOTHER})


def takes_a_new_password_by_mail(client, person):
    client.post(reverse("account_reset_password"), {"email": person.email})
    form = client.get(link_in(mail.outbox[0]), follow=True)
    client.post(form.redirect_chain[-1][0], ANOTHER)


def signs_out_everywhere(client, person):
    client.force_login(person)
    client.post(reverse("sessions"))


def is_signed_out_by_the_desk(client, person):
    client.force_login(factories.administrator(person.clinic))
    client.post(reverse("desk:sign_out", args=[person.public_id]))


def closes_the_account(_client, person):
    close_account(patient=person)


def is_closed_by_the_desk(_client, person):
    close_or_open(person=person, is_open=False)


def loses_the_second_step(_client, person):
    reset_second_factor(person=person)


def works_elsewhere_for_a_while(_client, person):
    change_role(person=person, role=Role.ADMINISTRATOR)
    change_role(person=person, role=Role.DERMATOLOGIST)


def leaves_it_in_a_drawer(_client, person):
    person.device_tokens.update(last_used_at=timezone.now() - timedelta(days=91))


def never_uses_it(_client, person):
    long_ago = timezone.now() - timedelta(days=91)
    person.device_tokens.update(created_at=long_ago, last_used_at=None)


def has_it_for_more_than_a_year(_client, person):
    now = timezone.now()
    person.device_tokens.update(created_at=now - timedelta(days=366), last_used_at=now)


@pytest.mark.parametrize(
    ("who", "happens"),
    [
        (factories.patient, types_a_new_password),
        (factories.patient, takes_a_new_password_by_mail),
        (factories.patient, signs_out_everywhere),
        (factories.patient, is_signed_out_by_the_desk),
        (factories.patient, closes_the_account),
        (factories.patient, is_closed_by_the_desk),
        (factories.doctor, loses_the_second_step),
        (factories.doctor, works_elsewhere_for_a_while),
        (factories.patient, leaves_it_in_a_drawer),
        (factories.patient, never_uses_it),
        (factories.patient, has_it_for_more_than_a_year),
    ],
)
def test_a_devices_key_ends_with_what_let_it_in_and_does_not_come_back(
    client, clinic, who, happens
):
    person = who(clinic)
    app = App(client, person)
    assert app.get("me/").status_code == 200

    happens(client, person)
    User.objects.filter(pk=person.pk).update(is_active=True)
    if who is factories.doctor and not second_factor.has_one(person):
        factories.authenticator_app(person)

    assert app.get("me/").status_code == 401
    assert not tokens.tokens_for(person).exists()


def test_a_device_that_is_used_stays(app, patient):
    now = timezone.now()
    patient.device_tokens.update(created_at=now - timedelta(days=300), last_used_at=now)

    assert app.get("me/").status_code == 200


def test_a_session_cookie_is_no_key_to_the_api(client, patient):
    client.force_login(patient)

    assert client.get(V1 + "me/").status_code == 401


def test_answers_are_in_the_language_asked_for(app):
    app.headers["Accept-Language"] = "zh-hans"

    answer = app.get("visits/" + str(uuid.uuid4()) + "/").json()
    assert answer["code"] == "not_found"
    assert answer["message"] != "There is no such thing here, or it is not yours."


@pytest.mark.parametrize("path", ["nowhere/", "visits/not-an-id/", "visits", ""])
def test_what_is_missing_is_told_in_the_shape_of_every_error(client, path):
    response = client.get(V1 + path)

    assert response.status_code == 404
    assert set(response.json()) == {"code", "message", "fields"}


def test_the_account_page_makes_and_ends_a_devices_key(client, patient):
    password = {"password": factories.PASSWORD}
    client.post(reverse("account_login"), {"login": patient.email, **password})
    client.post(reverse("account_reauthenticate"), password)

    page = client.post(reverse("devices"), {"name": "Tablet"})
    key = page.context["key"]

    assert key in page.content.decode()
    assert key not in client.get(reverse("devices")).content.decode()
    device = tokens.token_by_key(key)
    client.post(reverse("revoke_device", args=[device.public_id]))
    assert tokens.token_by_key(key) is None


# --- What a doctor does --------------------------------------------------------------------------


def test_a_doctor_claims_reads_and_signs(desk, patient):
    visit = factories.sent_visit(patient)
    address = f"queue/{visit.public_id}/"
    assert [one["visit"]["id"] for one in desk.get("queue/").json()["waiting"]] == [
        str(visit.public_id)
    ]

    assert desk.post(address + "claim/").status_code == 200
    found = desk.get(address).json()
    assert found["counts"]["papule"] == 3
    assert len(found["photos"][0]["lesions"]) == 4
    signed = desk.post(address + "report/", {"grade": found["grade"], "assessment": "Mild."})

    assert signed.status_code == 201
    visit.refresh_from_db()
    assert visit.status == VisitStatus.REPORTED


DECISION = {"grade": "III", "assessment": "Mild."}


@pytest.mark.parametrize(
    "shown",
    [{}, {"password": "wrong"}, {"code": "000000"}, {"password": factories.PASSWORD, "code": "1"}],
)
def test_a_key_alone_signs_nothing_where_the_clinic_asks_who_signs(desk, clinic, patient, shown):
    factories.set_rules(clinic, sign_with_password=True)
    visit = factories.sent_visit(patient)

    refused = desk.post(f"queue/{visit.public_id}/report/", {**DECISION, **shown})

    assert (refused.status_code, refused.json()["code"]) == (409, "show_who_you_are")
    assert refused.json()["fields"].keys() == {"code" if "code" in shown else "password"}
    assert not visit.reviews.exists()


@pytest.mark.parametrize("way", ["password", "code"])
def test_whoever_shows_anew_who_they_are_signs(desk, clinic, patient, way):
    factories.set_rules(clinic, sign_with_password=True)
    visit = factories.sent_visit(patient)
    shown = {"password": factories.PASSWORD, "code": factories.code_of_the_app()}

    signed = desk.post(f"queue/{visit.public_id}/report/", {**DECISION, way: shown[way]})

    assert signed.status_code == 201


def test_strangers_who_guess_at_the_sign_in_keep_nobody_from_signing(client, desk, clinic, patient):
    factories.set_rules(clinic, sign_with_password=True)
    visit = factories.sent_visit(patient)
    doctor = User.objects.get(role=Role.DERMATOLOGIST)
    for _ in range(11):
        client.post(reverse("account_login"), {"login": doctor.email, "password": "wrong"})

    decision = {**DECISION, "password": factories.PASSWORD}
    assert desk.post(f"queue/{visit.public_id}/report/", decision).status_code == 201


def test_whoever_holds_a_key_cannot_go_on_guessing_at_the_password(desk, clinic, patient):
    factories.set_rules(clinic, sign_with_password=True)
    visit = factories.sent_visit(patient)
    address = f"queue/{visit.public_id}/report/"
    for _ in range(10):
        desk.post(address, {**DECISION, "password": "wrong"})

    refused = desk.post(address, {**DECISION, "password": factories.PASSWORD})

    assert "Too many tries" in str(refused.json()["fields"])


def test_a_colleagues_visit_is_not_taken(client, clinic, desk, patient):
    visit = factories.sent_visit(patient)
    App(client, factories.doctor(clinic)).post(f"queue/{visit.public_id}/claim/")

    refused = desk.post(f"queue/{visit.public_id}/claim/")

    assert (refused.status_code, refused.json()["code"]) == (409, "taken")


def test_a_visit_given_back_waits_again(desk, patient):
    visit = factories.sent_visit(patient)
    desk.post(f"queue/{visit.public_id}/claim/")
    desk.post(f"queue/{visit.public_id}/release/")

    visit.refresh_from_db()
    assert visit.status == VisitStatus.AWAITING_REVIEW


def test_a_grade_that_differs_needs_its_reason(desk, patient):
    visit = factories.sent_visit(patient)
    desk.post(f"queue/{visit.public_id}/claim/")

    decision = {"grade": "IV", "assessment": "Worse."}
    refused = desk.post(f"queue/{visit.public_id}/report/", decision)

    assert refused.status_code == 409
    assert "override_reason" in refused.json()["fields"]


@pytest.mark.parametrize(
    ("decision", "code"),
    [
        ({"grade": "IV", "assessment": "Worse."}, "not_signed"),
        ({"grade": "III", "assessment": "Sure?", "ask_colleague": True}, "no_colleague"),
    ],
)
def test_a_decision_that_is_refused_takes_no_visit(desk, patient, decision, code):
    visit = factories.sent_visit(patient)

    refused = desk.post(f"queue/{visit.public_id}/report/", decision)

    assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert not visit.reviews.exists()
    visit.refresh_from_db()
    assert visit.status == VisitStatus.AWAITING_REVIEW
