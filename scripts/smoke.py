"""`make smoke`: does `make run` serve, read a photo and end cleanly? In this checkout, as a person.

It signs in as the demonstration patient, uploads a photo by HTTP, waits until the worker has read
it, presses Ctrl-C and looks for processes left behind.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import psutil
from urllib3 import encode_multipart_formdata

from portal.demonstration.people import IMPROVING
from scripts.ports import free_port
from scripts.serve import VAR, answers

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 300
START_SECONDS = 900  # a first start makes the environment and draws the demonstration photos


class SmokeError(Exception):
    """What `make run` did not do."""


class Browser:
    """As much of one as signing in and uploading takes."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies = CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> str:
        return self._open(Request(self.address + path))[1]

    def post(self, path: str, fields: Mapping[str, str]) -> tuple[str, str]:
        return self._post(path, urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def upload(self, path: str, view: str, photo: Path) -> tuple[str, str]:
        file = ("photo.jpg", photo.read_bytes(), "image/jpeg")
        return self._post(path, *encode_multipart_formdata([("view", view), ("photo", file)]))

    def _post(self, path: str, body: bytes, content_type: str) -> tuple[str, str]:
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        headers = {"Content-Type": content_type, "X-CSRFToken": str(token)}
        return self._open(Request(self.address + path, body, headers))

    def _open(self, request: Request) -> tuple[str, str]:
        with self.opener.open(request, timeout=30) as response:
            return response.url.removeprefix(self.address), response.read().decode()


def main() -> None:
    port = free_port()
    command = ["make", "--no-print-directory", "run", f"PORT={port}"]
    made = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        address = f"http://127.0.0.1:{port}"
        require(answers(f"{address}/healthz", START_SECONDS, made), "/healthz does not answer")
        require(answers(f"{address}/readyz", PATIENCE_SECONDS, made), "/readyz does not answer")
        have_a_photo_read(Browser(address))
        started = psutil.Process(made.pid).children(recursive=True)
    finally:
        os.killpg(made.pid, signal.SIGINT)
        made.wait(timeout=60)
    left = [process.cmdline() for process in started if process.is_running()]
    require(not left, f"left running: {left}")
    print("make run serves, reads a photo and leaves nothing running.")


def have_a_photo_read(browser: Browser) -> None:
    browser.get("/accounts/login/")
    browser.post("/accounts/login/", {"login": IMPROVING.email, "password": "demonstration"})
    visit, _page = browser.post("/visits/open/", {})
    require(visit.startswith("/visits/"), f"no visit was opened, but {visit}")
    visit = visit.split("#")[0]
    browser.upload(f"{visit}photos/", "front", VAR / "demonstration" / "awaiting-1-front.jpg")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (state := front_state(browser.get(visit))) in ("queued", "running"):
        require(time.monotonic() < deadline, f"the photo is still {state}")
        time.sleep(0.5)
    require(state == "done", f"the photo is {state}")


def front_state(page: str) -> str:
    found = re.search(r'data-view="front"\s+data-state="(\w+)', page)
    require(found is not None, "the visit's page shows no front view")
    return found[1] if found else ""


def require(holds: bool, complaint: str) -> None:
    if not holds:
        raise SmokeError(complaint)


if __name__ == "__main__":
    try:
        main()
    except SmokeError as error:
        sys.exit(f"make run failed: {error}")
