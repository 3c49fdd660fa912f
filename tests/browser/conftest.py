"""Debian's Chromium against what `make run` starts: real site, worker, beat and weights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

from scripts.ports import free_port
from scripts.serve import answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from portal.demonstration.people import Person

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "demonstration"
START_SECONDS = 300
READ_MS = 60_000
NOT_FOR_THE_SITE = ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "DJANGO_SETTINGS_MODULE")
SCREENS = {"phone": (390, 844), "desk": (1440, 900)}

expect.set_options(timeout=15_000)


@dataclass(frozen=True)
class Portal:
    address: str
    photos: Path


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The demonstration clinic on SQLite, local files and the filesystem broker."""
    folder = tmp_path_factory.mktemp("portal")
    port = free_port()
    environment = {name: v for name, v in os.environ.items() if name not in NOT_FOR_THE_SITE}
    environment["CLEARGRADE_VAR"] = str(folder)
    command = [sys.executable, "-m", "scripts.serve", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        if not answers(f"{address}/readyz", START_SECONDS):
            pytest.fail(f"the portal did not start:\n{(folder / 'log').read_text()}")
        yield Portal(address, folder / "demonstration")
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(timeout=60)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ["CLEARGRADE_CHROMIUM"], args=arguments
        )
        yield chromium
        chromium.close()


class Visitor:
    """Somebody at a screen; whatever their browser complains about fails the test."""

    def __init__(self, page: Page, portal: Portal) -> None:
        self.page = page
        self.portal = portal
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: line.type == "error" and self._note(line.text))

    def _note(self, text: str) -> None:
        # The browser reports a refused upload's status itself; the page says it in words.
        if "the server responded with a status of 4" not in text:
            self.complaints.append(text)

    def open(self, path: str) -> None:
        self.page.goto(self.portal.address + path)

    def sign_in(self, person: Person) -> None:
        self.open("/accounts/login/")
        self.page.get_by_label("E-mail").fill(person.email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(lambda url: "/accounts/login" not in url)


@contextmanager
def visiting(browser: Browser, portal: Portal, screen: str) -> Iterator[Visitor]:
    width, height = SCREENS[screen]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="en-GB", has_touch=screen == "phone"
    )
    visitor = Visitor(context.new_page(), portal)
    try:
        yield visitor
        assert visitor.complaints == []
    finally:
        context.close()
