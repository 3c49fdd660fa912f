"""What the guided camera costs a phone: python -m scripts.phone_speed [--slower 4] [--looks 40]

Starts a portal of its own and opens the camera's page in Chromium before a film of a drawn face.
Prints what a look costs the page's thread, all that the page does counted, and the judge's own:
times on the processor as Linux counts them for each thread. Other work on the machine hardly moves
them, though it makes looks come later. For a slower phone they are counted so many times. The
DevTools' throttling is not used: it keeps the thread busy between looks too, which would count.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from portal.demonstration.people import REFUSED
from scripts.browsing import chromium, serving, sign_in
from scripts.film import write_film

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

    from inference.photo import Pixels
    from scripts.browsing import Portal

FRAME = 1280, 960
PHONE: ViewportSize = {"width": 390, "height": 844}
WARMING = 8  # looks: the browser compiles what it runs often
POLL_MS = 250
A_LOOK = 0.25  # seconds from one to the next
LOOKS = "performance.getEntriesByName('look').length"
WORKER = "DedicatedWorker"  # how Chromium names the thread


@dataclass(frozen=True, slots=True)
class Cost:
    """``page`` and ``worker``: seconds that the threads worked in the ``passed`` seconds."""

    looks: int
    passed: float
    page: float
    worker: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What the guided camera costs a phone.")
    parser.add_argument("--slower", type=int, default=4, help="times, the phone")
    parser.add_argument("--looks", type=int, default=40)
    args = parser.parse_args()
    print("Starting a portal of its own (a minute or two)", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder) as portal:
            film = folder / "film.y4m"
            write_film(film, framed(portal.photos / "awaiting-1-front.jpg"))
            report(cost_of(portal, film, looks=args.looks), args.slower)


def framed(path: Path) -> Pixels:
    """The middle of a photo as large as a phone's camera shows it."""
    photo = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    width, height = FRAME
    scale = max(width / photo.shape[1], height / photo.shape[0])
    large = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return large[top : top + height, left : left + width].astype(np.uint8)


def cost_of(portal: Portal, film: Path, *, looks: int) -> Cost:
    """Of so many looks, after those in which the browser compiles what it runs often."""
    with chromium(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ) as browser:
        page = browser.new_page(viewport=PHONE, locale="en-GB")
        sign_in(page, portal, REFUSED)
        page.get_by_role("link", name="Go on").click()
        page.locator("main a[href*='/camera/']").first.click()
        page.evaluate("document.querySelector('[data-automatic]').checked = false")
        page.get_by_role("button", name="Start the camera").click()
        page.wait_for_selector("[data-step=live]:not([hidden])", timeout=120_000)
        first = wait_for(page, WARMING)
        began, before = time.monotonic(), worked(browser)
        last = wait_for(page, first + looks)
        passed, after = time.monotonic() - began, worked(browser)
        return Cost(last - first, passed, after[0] - before[0], after[1] - before[1])


def wait_for(page: Page, looks: int) -> int:
    """Until there were so many; how many there were then."""
    while (count := page.evaluate(LOOKS)) < looks:
        page.wait_for_timeout(POLL_MS)
    return int(count)


def worked(browser: Browser) -> tuple[float, float]:
    """Seconds on the processor so far: of the page's thread, and of the judge's."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    for process in processes:
        threads = Path(f"/proc/{process['id']}/task")
        for thread in threads.iterdir():
            if (thread / "comm").read_text().startswith(WORKER):
                return seconds_of(threads / str(process["id"])), seconds_of(thread)
    raise SystemExit("The judge runs in no thread of its own in this browser.")


def seconds_of(thread: Path) -> float:
    return int((thread / "schedstat").read_text().split()[0]) / 1e9


def report(cost: Cost, slower: int) -> None:
    """Print what a look costs each thread, and its share of the time at four looks a second."""
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores,", end=" ")
    print(f"load {os.getloadavg()[0]:.1f}")
    print(f"{cost.looks} looks, one every {1000 * cost.passed / cost.looks:.0f} ms")
    for thread, seconds in (("page", cost.page), ("judge", cost.worker)):
        a_look = seconds / cost.looks
        print(f"{thread}'s thread: {1000 * a_look:.1f} ms a look;", end=" ")
        print(f"{slower} times slower {a_look * slower / A_LOOK:.1%} of the time at four a second")


if __name__ == "__main__":
    main()
