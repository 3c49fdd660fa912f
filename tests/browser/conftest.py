"""Debian's Chromium against what `make run` starts: real site, worker, beat and weights."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.management import CommandError
from django.db import OperationalError
from django.shortcuts import resolve_url
from django.test import Client, TransactionTestCase
from django.utils import translation
from playwright.sync_api import ViewportSize, expect

from portal.demonstration.people import EVERYBODY
from portal.demonstration.services import LETTERS, SIGNED_VISITS
from scripts.browsing import chromium, serving, sign_in
from tests import factories
from tests.browser.axe import assert_accessible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright._impl._api_structures import SetCookieParam
    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page
    from pytest_django.live_server_helper import LiveServer

    from portal.accounts.models import User
    from portal.demonstration.people import Person
    from scripts.browsing import Portal

FROM_A_PROCESS = re.compile(r"(?:\x1b\[[\d;]*m)*\d\d:\d\d:\d\d \w+ +\|")
NARROW: ViewportSize = {"width": 360, "height": 740}
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1440, "height": 900}
LOCALES = {"en": "en-GB", "zh-hans": "zh-CN"}
NO_CONNECTION = "net::ERR_INTERNET_DISCONNECTED"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

# A phone that holds keys and answers every question about its owner with yes.
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}

expect.set_options(timeout=60_000)  # of waiting at most, for machines that have other work too


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with serving(folder) as running:
        yield running
    assert_nobody_named((folder / "log").read_text(errors="replace"))


def assert_nobody_named(log: str) -> None:
    """Of all that the site, its worker and its beat have said: nothing of the people in it."""
    said = [line for line in log.splitlines() if FROM_A_PROCESS.match(line)]
    assert said, "the processes' lines are not known by their form any more"
    born = [person.date_of_birth.isoformat() for person in EVERYBODY if person.date_of_birth]
    people = [word for person in EVERYBODY for word in (person.full_name, person.email) if word]
    words = [visit.assessment for visit in SIGNED_VISITS] + [letter.text for letter in LETTERS]
    for told in (*people, *born, *words):
        named = [line for line in said if told.lower() in line.lower()]
        assert not named, f"the log names {told}"


@pytest.fixture(scope="session", autouse=True)
def _files_as_the_site_sends_them() -> Iterator[None]:
    """By WhiteNoise, with their headers; the tests' server has two ways past all that."""
    with pytest.MonkeyPatch.context() as patch:
        for way in (
            "contrib.staticfiles.handlers.StaticFilesHandler",
            "test.testcases._MediaFilesHandler",
        ):
            patch.setattr(f"django.{way}", lambda application: application)
        yield


@pytest.fixture(scope="session", autouse=True)
def _last_requests_end_first() -> Iterator[None]:
    """A page that was closed may have a request under way, which holds tables to be emptied."""
    empty = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined] # Django's own

    def patiently(case: TransactionTestCase) -> None:
        for left in range(5, -1, -1):
            try:
                empty(case)
            except CommandError as error:
                if not isinstance(error.__cause__, OperationalError) or not left:
                    raise
                time.sleep(1)
            else:
                return

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", patiently)
        yield


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser's camera films: to be written before it is opened."""
    return tmp_path_factory.mktemp("camera") / "film.y4m"


@pytest.fixture
def capture_page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """The camera's page of a new patient's visit, on a phone; its complaints fail the test."""
    patient = factories.consenting_patient(factories.clinic())
    visit = factories.visit(patient)
    context = browser.new_context(viewport=PHONE, locale="en-GB", service_workers="block")
    context.add_cookies([session_of(patient, live_server.url)])
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(live_server.url + resolve_url("cases:capture", visit.public_id))
    yield page
    context.close()
    assert complaints == []


def hold_keys(page: Page) -> None:
    debugger = page.context.new_cdp_session(page)
    debugger.send("WebAuthn.enable")
    debugger.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


def session_of(person: User, address: str) -> SetCookieParam:
    client = Client()
    client.force_login(person)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    return {"name": cookie.key, "value": cookie.value, "url": address}


@pytest.fixture(scope="session")
def browser(film: Path) -> Iterator[Browser]:
    # The driver runs its loop in this thread, where tests also use the database.
    with (
        pytest.MonkeyPatch.context() as patch,
        chromium(
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",  # as if the person had allowed the camera
            f"--use-file-for-fake-video-capture={film}",
        ) as running,
    ):
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield running


class Visitor:
    """Somebody at a screen; whatever their browser complains about fails the test."""

    def __init__(self, page: Page, portal: Portal, screen: ViewportSize) -> None:
        self.page = page
        self.portal = portal
        self.screen = screen
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)

    def _listen(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.complaints.append(line.text)

    def open(self, path: str) -> None:
        self.page.goto(self.portal.address + path)

    def sign_in(self, person: Person) -> None:
        sign_in(self.page, self.portal, person)

    def press(self, name: str) -> None:
        self.go_by(self.page.get_by_role("button", name=name))

    def follow(self, name: str) -> None:
        self.go_by(self.page.get_by_role("main").get_by_role("link", name=name).first)

    def go_by(self, way: Locator) -> None:
        """Click what leads to another page, and be there."""
        with self.page.expect_navigation():
            way.click()

    def check_page(self) -> None:
        """Nothing runs out of the screen and axe finds nothing, on a phone and on a desk."""
        for screen in (PHONE, DESK):
            self.page.set_viewport_size(screen)
            assert self.page.evaluate(OVERFLOW) <= 0, f"{self.page.url} is wider than {screen}"
            assert_accessible(self.page)
        self.page.set_viewport_size(self.screen)


@pytest.fixture(params=LOCALES)
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """The test runs in each; what it looks for by gettext is what the pages say."""
    with translation.override(request.param):
        yield request.param


@pytest.fixture
def narrow(browser: Browser, language: str) -> Iterator[Page]:
    """A page on the narrowest phone; an error of its scripts fails the test."""
    context = browser.new_context(
        viewport=NARROW, locale=LOCALES[language], service_workers="block"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def patient(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's driver runs a loop here
    return factories.consenting_patient(factories.clinic())


@pytest.fixture
def phone(browser: Browser, patient: User, live_server: LiveServer) -> Iterator[Page]:
    """The patient's phone; whatever its browser complains about fails the test."""
    # A worker that minds the pages would hide their requests from the tests that hold them up.
    context = browser.new_context(viewport=NARROW, locale="en-GB", service_workers="block")
    context.add_cookies([session_of(patient, live_server.url)])
    page = context.new_page()
    page.set_default_timeout(60_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def listen(line: ConsoleMessage) -> None:
        if line.type == "error":
            complaints.append(line.text)

    page.on("console", listen)
    yield page
    context.close()
    assert [line for line in complaints if NO_CONNECTION not in line] == []


@pytest.fixture
def at(phone: Page, live_server: LiveServer) -> Callable[..., None]:
    def go(name: str, *args: object) -> None:
        phone.goto(live_server.url + resolve_url(name, *args))

    return go


@pytest.fixture
def visiting(browser: Browser, portal: Portal) -> Callable[..., AbstractContextManager[Visitor]]:
    @contextmanager
    def at(screen: ViewportSize) -> Iterator[Visitor]:
        context = browser.new_context(viewport=screen, locale="en-GB")
        visitor = Visitor(context.new_page(), portal, screen)
        yield visitor
        context.close()
        assert visitor.complaints == []

    return at
