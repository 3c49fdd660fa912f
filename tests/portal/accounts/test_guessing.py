"""Guessing is slowed down, and nobody keeps an account's owner out by guessing."""

from __future__ import annotations

import hashlib
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from portal.accounts.known_devices import COOKIE
from portal.accounts.passwords import NotBreached
from portal.api.throttles import PhotosPerPerson
from portal.api.tokens import issue
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient():
    return factories.patient(factories.clinic())


def sign_in(client, person, password=factories.PASSWORD, sender="192.0.2.1"):
    return client.post(
        reverse("account_login"),
        {"login": person.email, "password": password},
        REMOTE_ADDR=sender,
    )


def leave(client) -> None:
    """By the button: the browser keeps its other cookies."""
    client.post(reverse("account_logout"))


def is_in(client) -> bool:
    return "_auth_user_id" in client.session


def guess_from_everywhere(person, times: int) -> None:
    for number in range(times):
        sign_in(Client(), person, "wrong", sender=f"198.51.100.{number}")


def test_many_senders_together_cannot_go_on_guessing(patient):
    guess_from_everywhere(patient, 10)

    stranger = Client()
    sign_in(stranger, patient, sender="203.0.113.9")

    assert not is_in(stranger)


def test_whoever_was_signed_in_here_before_is_let_in_whatever_strangers_do(patient):
    owner = Client()
    sign_in(owner, patient)
    leave(owner)

    guess_from_everywhere(patient, 10)
    sign_in(owner, patient)

    assert is_in(owner)


WAITING_ROOM = "192.0.2.7"


def guess_from_the_waiting_room(at, times: int) -> None:
    """Each for another account, so that only the sender's limit stops it."""
    for _ in range(times):
        sign_in(Client(), factories.patient(at), "wrong", sender=WAITING_ROOM)


@pytest.mark.parametrize("times", [20, 40])
def test_strangers_behind_the_same_address_do_not_keep_a_known_browser_out(patient, times):
    owner, another = Client(), Client()
    sign_in(owner, patient, sender=WAITING_ROOM)
    leave(owner)

    guess_from_the_waiting_room(patient.clinic, times)
    sign_in(owner, patient, sender=WAITING_ROOM)
    sign_in(another, patient, sender=WAITING_ROOM)

    assert is_in(owner)
    assert not is_in(another), "whom nobody knows is stopped by the sender's limit"


def test_whoever_is_in_shows_who_they_are_whatever_strangers_behind_the_address_do(patient):
    owner = Client()
    owner.force_login(patient)
    guess_from_the_waiting_room(patient.clinic, 20)

    shown = owner.post(
        reverse("account_reauthenticate"),
        {"password": factories.PASSWORD},
        REMOTE_ADDR=WAITING_ROOM,
    )

    assert shown.status_code == 302


def test_a_doctor_gives_the_code_whatever_strangers_behind_the_address_do(patient):
    doctor, desk = factories.doctor(patient.clinic), Client()
    guess_from_the_waiting_room(patient.clinic, 20)
    desk.post(reverse("account_login"), {"login": doctor.email, "password": factories.PASSWORD})

    code = {"code": factories.code_of_the_app()}
    desk.post(reverse("mfa_authenticate"), code, REMOTE_ADDR=WAITING_ROOM)

    assert is_in(desk)


def test_a_code_does_not_open_the_sender_to_guessing_again(patient):
    """Whoever has an account of their own could else start anew after every guess."""
    own = factories.doctor(patient.clinic)
    guess_from_the_waiting_room(patient.clinic, 19)
    attacker = Client()
    sign_in(attacker, own, sender=WAITING_ROOM)
    code = {"code": factories.code_of_the_app()}
    attacker.post(reverse("mfa_authenticate"), code, REMOTE_ADDR=WAITING_ROOM)
    assert is_in(attacker)

    guess_from_the_waiting_room(patient.clinic, 1)
    stranger = Client()
    sign_in(stranger, patient, sender=WAITING_ROOM)

    assert not is_in(stranger)


def test_a_known_browser_is_slowed_down_wherever_it_is(patient):
    known = Client()
    sign_in(known, patient, sender=WAITING_ROOM)
    leave(known)

    for _ in range(10):
        sign_in(known, patient, "wrong", sender=WAITING_ROOM)
    sign_in(known, patient, sender=WAITING_ROOM)

    assert not is_in(known)


def test_one_sender_signs_in_at_a_rate(patient):
    met = [sign_in(Client(), patient, sender=WAITING_ROOM).status_code for _ in range(31)]

    assert met == [302] * 30 + [200]


def test_a_known_browser_is_slowed_down_too(patient):
    known = Client()
    sign_in(known, patient)
    leave(known)

    for number in range(10):
        sign_in(known, patient, "wrong", sender=f"198.51.100.{number}")
    sign_in(known, patient)

    assert not is_in(known)


def test_a_browser_known_for_one_account_is_no_help_with_another(patient):
    other = factories.patient(patient.clinic)
    attacker = Client()
    sign_in(attacker, other)
    leave(attacker)
    guess_from_everywhere(patient, 10)

    sign_in(attacker, patient)

    assert not is_in(attacker)


def test_the_cookie_names_nobody_and_cannot_be_made(patient):
    client = Client()
    sign_in(client, patient)
    cookie = client.cookies[COOKIE]
    assert patient.email not in cookie.value
    assert cookie["httponly"]

    leave(client)
    client.cookies[COOKIE] = cookie.value[:-2] + "xx"
    guess_from_everywhere(patient, 10)
    sign_in(client, patient)
    assert not is_in(client)


def test_a_new_password_by_mail_opens_the_door_again(patient, mailoutbox):
    guess_from_everywhere(patient, 10)
    owner = Client()
    owner.post(reverse("account_reset_password"), {"email": patient.email})
    link = next(word for word in mailoutbox[0].body.split() if word.startswith("http"))
    form = owner.get(link.removeprefix("http://testserver"), follow=True)
    words = {"password1": "another long password", "password2": "another long password"}
    owner.post(form.redirect_chain[-1][0], words)

    sign_in(owner, patient, "another long password")

    assert is_in(owner)


# --- By the API -----------------------------------------------------------------------------------


def sign_in_app(person, password=factories.PASSWORD, sender="192.0.2.1"):
    body = {"email": person.email, "password": password, "device": "A phone"}
    return Client().post(
        reverse("api:sign_in"), body, content_type="application/json", REMOTE_ADDR=sender
    )


def test_an_app_cannot_go_on_guessing_where_the_pages_stopped_nor_the_other_way_round(patient):
    for number in range(5):
        sign_in(Client(), patient, "wrong", sender=f"198.51.100.{number}")
        assert sign_in_app(patient, "wrong", sender=f"198.51.100.{50 + number}").status_code == 401

    stranger = Client()
    sign_in(stranger, patient, sender="203.0.113.9")
    assert not is_in(stranger)
    refused = sign_in_app(patient, sender="203.0.113.10")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert "under Devices" in refused.json()["message"]


def test_an_app_that_signs_in_rightly_uses_up_no_tries(patient):
    for number in range(9):
        sign_in_app(patient, "wrong", sender=f"198.51.100.{number}")

    met = [sign_in_app(patient, sender=f"203.0.113.{number}").status_code for number in range(4)]

    assert met == [201] * 4


def test_whatever_strangers_do_a_key_is_made_on_the_site_where_one_was_before(patient):
    owner = Client()
    sign_in(owner, patient)
    leave(owner)
    guess_from_everywhere(patient, 10)

    sign_in(owner, patient)
    owner.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    key = owner.post(reverse("devices"), {"name": "Tablet"}).context["key"]

    headers = {"Authorization": f"Bearer {key}"}
    assert Client().get(reverse("api:me"), headers=headers).status_code == 200


def test_photos_are_taken_at_a_rate(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"photo": "3/h/user"}
    patient = factories.consenting_patient(factories.clinic())
    visit = factories.visit(patient)
    client.force_login(patient)
    address = reverse("cases:upload", args=[visit.public_id])

    met = [client.post(address, {"view": "front"}).status_code for _ in range(4)]

    assert met == [422, 422, 422, 429]


def test_a_devices_photos_are_taken_at_a_rate(client, monkeypatch):
    monkeypatch.setattr(PhotosPerPerson, "rate", "2/hour", raising=False)
    patient = factories.consenting_patient(factories.clinic())
    visit = factories.visit(patient)
    _device, key = issue(user=patient, name="A phone")
    address = reverse("api:photos", args=[visit.public_id])
    headers = {"Authorization": f"Bearer {key}"}

    met = [client.post(address, {}, headers=headers).status_code for _ in range(3)]

    assert met == [400, 400, 429]


# --- Passwords that everybody knows ---------------------------------------------------------------

LEAKED = "correct horse battery staple"


class Leaks(BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        digest = hashlib.sha1(LEAKED.encode()).hexdigest().upper()  # noqa: S324
        lines = [f"{digest[5:]}:37", "0" * 35 + ":0", "F" * 35 + ":2"]
        self.send_response(200)
        self.end_headers()
        if self.path.endswith(digest[:5]):
            self.wfile.write("\r\n".join(lines).encode())

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def leaks(settings):
    server = HTTPServer(("127.0.0.1", 0), Leaks)
    Thread(target=server.serve_forever, daemon=True).start()
    Leaks.asked.clear()
    settings.BREACHED_PASSWORDS_URL = f"http://127.0.0.1:{server.server_port}/range/"
    yield Leaks.asked
    server.shutdown()
    server.server_close()


def test_a_leaked_password_is_refused_and_only_five_letters_of_its_hash_leave(leaks):
    with pytest.raises(ValidationError, match="leak"):
        NotBreached().validate(LEAKED)

    assert [len(path.removeprefix("/range/")) for path in leaks] == [5]


def test_another_password_is_fine(leaks):
    NotBreached().validate("nobody ever had this one")

    assert len(leaks) == 1


def test_nobody_is_asked_unless_the_setting_says_so():
    NotBreached().validate(LEAKED)


def test_a_service_that_is_down_stops_nobody(settings):
    settings.BREACHED_PASSWORDS_URL = "http://127.0.0.1:1/range/"

    NotBreached().validate(LEAKED)


def test_a_password_that_everybody_uses_is_refused_at_registration(client):
    cache.clear()
    factories.clinic(open_registration=True)

    page = client.post(reverse("account_signup"), {"password1": "password1234"})

    assert "too common" in page.content.decode()
