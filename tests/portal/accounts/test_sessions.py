"""Sessions that nobody uses end; the others are seen by their owner, who can end them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.sessions import browser_of, open_sessions
from tests import factories

pytestmark = pytest.mark.django_db

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0"
)


@pytest.fixture
def patient():
    return factories.consenting_patient(factories.clinic())


def browser(person, agent="") -> Client:
    client = Client(headers={"User-Agent": agent})
    client.force_login(person)
    client.get(reverse("sessions"))
    return client


def leave_alone(client, *, minutes: int) -> None:
    """As if the last click had been so long ago."""
    session = client.session
    session["last_used"] -= timedelta(minutes=minutes).total_seconds()
    session.save()


def is_in(client) -> bool:
    return client.get(reverse("consent:list")).status_code == 200


@pytest.mark.parametrize(("minutes", "stays"), [(29, True), (31, False)])
def test_a_session_ends_when_nobody_uses_it_for_half_an_hour(patient, minutes, stays):
    client = browser(patient)

    leave_alone(client, minutes=minutes)

    assert is_in(client) is stays
    assert is_in(client) is stays


def test_whoever_comes_back_is_told_why_they_have_to_sign_in(patient):
    client = browser(patient)
    leave_alone(client, minutes=31)

    page = client.get(reverse("consent:list"), follow=True).content.decode()

    assert "signed out because the page was not used" in page


def test_a_page_that_asks_by_itself_keeps_no_session_alive(patient):
    client = browser(patient)
    leave_alone(client, minutes=20)
    client.get(reverse("consent:list"), headers={"X-By-Itself": "1"})
    leave_alone(client, minutes=11)

    assert not is_in(client)


def test_a_click_keeps_it_alive(patient):
    client = browser(patient)
    leave_alone(client, minutes=20)
    client.get(reverse("consent:list"))
    leave_alone(client, minutes=11)

    assert is_in(client)


def test_one_sees_where_one_is_signed_in_and_signs_out_everywhere_else(patient):
    phone, desk = browser(patient, IPHONE), browser(patient, WINDOWS)

    page = desk.get(reverse("sessions")).content.decode()
    assert "Safari, iPhone" in page
    assert "Edge, Windows" in page

    desk.post(reverse("sessions"))
    assert is_in(desk)
    assert not is_in(phone)
    assert [one.browser for one in open_sessions(patient)] == ["Edge, Windows"]


def test_nobody_elses_sessions_are_shown_or_ended(patient):
    other = browser(factories.consenting_patient(patient.clinic), IPHONE)
    mine = browser(patient, WINDOWS)

    assert "iPhone" not in mine.get(reverse("sessions")).content.decode()
    mine.post(reverse("sessions"))
    assert is_in(other)


@pytest.mark.parametrize(
    ("agent", "words"),
    [(IPHONE, "Safari, iPhone"), (WINDOWS, "Edge, Windows"), ("curl/8", ""), ("", "")],
)
def test_a_browser_is_named_so_that_its_owner_knows_it(agent, words):
    assert browser_of(agent) == words
