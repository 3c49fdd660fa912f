"""Debian's Chromium against what `make run` starts: real site, worker, beat and weights."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from scripts.browsing import chromium, serving, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page

    from portal.demonstration.people import Person
    from scripts.browsing import Portal

SCREENS = {"phone": (390, 844), "desk": (1440, 900)}

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with serving(tmp_path_factory.mktemp("portal")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


class Visitor:
    """Somebody at a screen; whatever their browser complains about fails the test."""

    def __init__(self, page: Page, portal: Portal) -> None:
        self.page = page
        self.portal = portal
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


@contextmanager
def visiting(browser: Browser, portal: Portal, screen: str) -> Iterator[Visitor]:
    width, height = SCREENS[screen]
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    visitor = Visitor(context.new_page(), portal)
    try:
        yield visitor
        assert visitor.complaints == []
    finally:
        context.close()
