"""`make screenshots`: the README's pictures, taken from the demonstration clinic as it stands."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from portal.demonstration.people import AWAITING, DOCTOR, IMPROVING, REFUSED, Person
from scripts.browsing import chromium, serving, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from scripts.browsing import Portal

DOCS = Path(__file__).resolve().parents[1] / "docs"
DESK = (1440, 900)
TALL_DESK = (1200, 1250)
PHONE = (390, 844)


def open_workstation(page: Page) -> None:
    page.get_by_role("button", name=f"Open {AWAITING.full_name}").click()


def open_visit(page: Page) -> None:
    page.get_by_role("link", name="Go on").click()


def open_report(page: Page) -> None:
    page.get_by_role("link", name="Read the report").click()


def open_trend(page: Page) -> None:
    page.get_by_role("link", name="My skin").first.click()


def stay(_page: Page) -> None:
    """The page after signing in is the picture."""


# In this order: the queue is empty once the doctor has opened its visit.
SHOTS: tuple[tuple[str, Person, tuple[int, int], Callable[[Page], None]], ...] = (
    ("queue", DOCTOR, DESK, stay),
    ("workstation", DOCTOR, DESK, open_workstation),
    ("trend", IMPROVING, TALL_DESK, open_trend),
    ("report", IMPROVING, PHONE, open_report),
    ("visit", REFUSED, PHONE, open_visit),
)


def main() -> None:
    DOCS.mkdir(exist_ok=True)
    print("Starting a portal of its own (a minute or two)", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as portal,
        chromium() as browser,
    ):
        for name, person, screen, go in SHOTS:
            picture = take(browser, portal, person, screen, go)
            picture.save(DOCS / f"{name}.webp", quality=82, method=6)
            print(f"docs/{name}.webp", flush=True)


def take(
    browser: Browser,
    portal: Portal,
    person: Person,
    screen: tuple[int, int],
    go: Callable[[Page], None],
) -> Image.Image:
    width, height = screen
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    page = context.new_page()
    sign_in(page, portal, person)
    go(page)
    page.wait_for_load_state("networkidle")
    shot = page.screenshot()
    context.close()
    return Image.open(io.BytesIO(shot))


if __name__ == "__main__":
    main()
