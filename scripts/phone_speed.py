"""What a look of the guided camera costs: python -m scripts.phone_speed [--slower 4] [--looks 40]

Starts a portal of its own and opens the camera's page in Chromium, the main thread slowed down as
the DevTools do it, before a film of a drawn face. Prints the milliseconds of a look and their share
of the page's time. Other work on the machine makes both worse; the load is printed beside them.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from portal.demonstration.people import REFUSED
from scripts.browsing import chromium, serving, sign_in
from scripts.film import write_film

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

    from inference.photo import Pixels
    from scripts.browsing import Portal

FRAME = 1280, 960
PHONE: ViewportSize = {"width": 390, "height": 844}
WARMING = 8  # looks: the browser compiles what it runs often
POLL_MS = 250
LOOKS = "performance.getEntriesByName('look').map((one) => [one.startTime, one.duration])"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What a look of the guided camera costs.")
    parser.add_argument("--slower", type=int, default=4, help="times, of the page's main thread")
    parser.add_argument("--looks", type=int, default=40)
    args = parser.parse_args()
    print("Starting a portal of its own (a minute or two)", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder) as portal:
            film = folder / "film.y4m"
            write_film(film, framed(portal.photos / "awaiting-1-front.jpg"))
            report(looks_at(portal, film, slower=args.slower, looks=args.looks), args.slower)


def framed(path: Path) -> Pixels:
    """The middle of a photo as large as a phone's camera shows it."""
    photo = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    width, height = FRAME
    scale = max(width / photo.shape[1], height / photo.shape[0])
    large = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return large[top : top + height, left : left + width].astype(np.uint8)


def looks_at(portal: Portal, film: Path, *, slower: int, looks: int) -> list[tuple[float, float]]:
    """When each look began and how long it took, in milliseconds."""
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
        slow_down(page, slower)
        while len(page.evaluate(LOOKS)) < WARMING + looks:
            page.wait_for_timeout(POLL_MS)
        return [(start, took) for start, took in page.evaluate(LOOKS)[WARMING:]]


def slow_down(page: Page, times: int) -> None:
    """The DevTools' throttling of the page's main thread."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": times})


def report(looks: list[tuple[float, float]], slower: int) -> None:
    """Print the spread of the looks and the share of the time that they take."""
    took = sorted(duration for _start, duration in looks)
    tenths = statistics.quantiles(took, n=10)
    passed = looks[-1][0] - looks[0][0]
    share = sum(duration for _start, duration in looks[:-1]) / passed
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores,", end=" ")
    print(f"load {os.getloadavg()[0]:.1f}, main thread {slower} times slower")
    print(f"{len(took)} looks: {took[0]:.0f} ms at least, {tenths[0]:.0f} first tenth,", end=" ")
    print(f"{statistics.median(took):.0f} median, {tenths[-1]:.0f} last tenth")
    print(f"{share:.0%} of the page's time, a look every {passed / (len(looks) - 1):.0f} ms")


if __name__ == "__main__":
    main()
