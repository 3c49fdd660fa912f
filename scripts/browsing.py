"""A portal as `make run` starts it and a Chromium to look at it, for pictures and for tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from scripts.ports import free_port
from scripts.serve import answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from portal.demonstration.people import Person

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 420
STOP_SECONDS = 60
OTHERS = ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "S3_BUCKET", "DJANGO_SETTINGS_MODULE")
PASSWORD = "demonstration"  # noqa: S105 - everybody's, in a clinic of synthetic people


class NotStartedError(Exception):
    """The portal did not get ready; carries what it printed."""


@dataclass(frozen=True)
class Portal:
    address: str
    photos: Path
    """The drawn photos that the demonstration clinic was made from."""


@contextmanager
def serving(folder: Path) -> Iterator[Portal]:
    """The demonstration clinic on SQLite, local files and the filesystem broker in a folder."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name not in OTHERS}
    environment["CLEARGRADE_VAR"] = str(folder)
    environment["EMAIL_URL"] = f"filemail:///{folder / 'mail'}"  # a log holds no addresses
    command = [sys.executable, "-m", "scripts.serve", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        if not answers(f"{address}/readyz", START_SECONDS, while_running=running):
            raise NotStartedError((folder / "log").read_text())
        yield Portal(address, folder / "demonstration")
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(timeout=STOP_SECONDS)


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # it refuses root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CLEARGRADE_CHROMIUM"], args=[*sandbox, *arguments]
        )
        yield browser
        browser.close()


def sign_in(page: Page, portal: Portal, person: Person) -> None:
    page.goto(f"{portal.address}/accounts/login/")
    page.locator("[name=login]").fill(person.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
