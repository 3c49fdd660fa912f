"""Lesions from visit to visit, as both roles see them: on every screen, in any light, on paper."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from django.shortcuts import resolve_url
from playwright.sync_api import ViewportSize, expect

from inference.results import Face, Lesion, LesionType, Pose, Region
from portal.cases.services import submit
from portal.review.selectors import machine_grade_of
from portal.review.services import claim, sign
from portal.trends.models import VisitMatching
from portal.trends.services import match_waiting
from tests import factories
from tests.browser.axe import assert_accessible
from tests.browser.conftest import DESK, LOCALES, NARROW, OVERFLOW, PHONE, session_of
from tests.browser.seeded import portrait
from tests.inference.tracking.faces import landmarks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

    from portal.accounts.models import User

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TABLET: ViewportSize = {"width": 820, "height": 1180}
PAPER: ViewportSize = {"width": 673, "height": 1000}  # what A4's margins leave, at 96 dpi
SIZE = (1200, 1400)
FACE = Face((200.0, 200.0, 800.0, 900.0), tuple(landmarks()), Pose(0.0, 0.0, 0.0), regions={})
PLACES = [(600 + x, 650 + y) for x in (-200, -60, 90, 220) for y in (-140, 80)]
STAY, GONE, CAME = PLACES[:3], PLACES[3:6], PLACES[6:]


def signed(patient, doctor, places) -> None:
    visit = factories.visit(patient)
    found = [
        Lesion(kind, 0.9, (x - 12, y - 12, 24.0, 24.0), Region.NOSE)
        for (x, y), kind in zip(places, [*LesionType] * 2, strict=False)
    ]
    reading = factories.result(candidates=found, face=FACE, width=SIZE[0], height=SIZE[1])
    factories.read(factories.photo(visit), reading, display=portrait(*SIZE))
    submit(visit=visit)
    review = claim(visit=visit, doctor=doctor)
    sign(review=review, grade=machine_grade_of(visit), assessment="Much better.")


@pytest.fixture
def doctor(patient):
    doctor = factories.doctor(patient.clinic)
    signed(patient, doctor, [*STAY, *GONE])
    signed(patient, doctor, [*STAY, *CAME])
    match_waiting()
    return doctor


@pytest.fixture
def seeing(
    browser: Browser, live_server: LiveServer
) -> Callable[..., AbstractContextManager[Page]]:
    """Somebody's course; what its scripts complain about fails the test."""

    @contextmanager
    def open_course(person: User, language: str = "en") -> Iterator[Page]:
        complaints: list[str] = []
        context = browser.new_context(
            viewport=DESK,
            locale=LOCALES[language],
            service_workers="block",
            reduced_motion="reduce",
        )
        context.add_cookies([session_of(person, live_server.url)])
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        case = VisitMatching.objects.get().later.visit.case.public_id
        name = ["trends:mine"] if person.role == "patient" else ["trends:case", case]
        page.goto(live_server.url + resolve_url(*name))
        yield page
        context.close()
        assert complaints == []

    return open_course


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("role", ["patient", "doctor"])
def test_the_course_fits_every_screen_and_trips_nobody_in_either_light(
    seeing, patient, doctor, role, language
):
    with seeing({"patient": patient, "doctor": doctor}[role], language) as page:
        for details in page.locator("details").all():
            details.evaluate("one => { one.open = true; }")
        for screen, light in (
            (NARROW, "light"),
            (TABLET, "dark"),
            (DESK, "light"),
            (NARROW, "dark"),
        ):
            page.set_viewport_size(screen)
            page.emulate_media(color_scheme=light)
            assert page.evaluate(OVERFLOW) <= 0, f"{role}'s course is wider than {screen}"
            expect(page.locator("svg.chart:visible")).to_have_count(3)
            assert page.evaluate(CUT_OFF) == [], f"something lies beyond the edge of {screen}"
            assert page.evaluate(OFF_THE_SHEET) == [], "something is written off the drawing"
            assert_accessible(page)


def test_the_photos_lie_on_each_other_and_one_outcome_is_picked_out(seeing, doctor):
    with seeing(doctor) as page:
        page.set_viewport_size(PHONE)
        laid = page.locator("[data-laid]")
        page.get_by_role("checkbox", name="blend the photos").check()
        page.get_by_role("slider").fill("30")
        expect(laid).to_have_attribute("opacity", "0.3")
        numbers = page.locator(".side-by-side .fate__number")
        expect(numbers).to_have_count(6 + 5)
        page.locator("[name=show]").select_option("new")
        page.get_by_role("button", name="Compare").click()
        expect(numbers).to_have_count(2)
        expect(page.locator(".face-map .fate--map")).to_have_count(2)
        page.locator("tr[data-link]").first.hover()
        expect(page.locator(".face-map .fate--lit")).to_have_count(1)


def test_the_keyboard_passes_by_the_spots_and_a_row_lights_its_own(seeing, doctor):
    with seeing(doctor) as page:
        page.get_by_role("checkbox", name="blend the photos").focus()
        page.keyboard.press("Tab")
        expect(page.locator(".side-by-side a").first).to_be_focused()
        page.locator("tr[data-link] button").first.focus()
        expect(page.locator(".face-map .fate--lit")).to_have_count(1)


def test_the_numbers_on_the_photos_can_be_read_on_a_phone(seeing, doctor):
    with seeing(doctor) as page:
        page.set_viewport_size(PHONE)
        for number in page.locator(".side-by-side .fate__number").all():
            box = number.bounding_box()
            assert box
            assert box["height"] >= 10


def test_a_match_is_corrected_on_a_phone_without_scrolling_to_the_side(seeing, doctor):
    with seeing(doctor) as page:
        page.set_viewport_size(NARROW)
        buttons = page.locator(".link-form button").all()
        assert len(buttons) >= len(PLACES)
        for button in buttons:
            box = button.bounding_box()
            assert box
            assert box["x"] + box["width"] <= 360
        page.get_by_role("button", name="these are two").first.click()
        expect(page.get_by_role("cell", name="doctor", exact=True)).not_to_have_count(0)
        expect(page.get_by_role("columnheader", name="Correct it")).to_have_count(1)


@pytest.mark.parametrize("role", ["patient", "doctor"])
def test_the_course_is_printed_with_its_photos_and_without_what_works_on_screen_only(
    seeing, patient, doctor, role
):
    with seeing({"patient": patient, "doctor": doctor}[role]) as page:
        page.set_viewport_size(PAPER)
        page.emulate_media(media="print", color_scheme="dark")
        for furniture in (".site-nav", "[data-compare]", ".toolbar", ".link-form"):
            for one in page.locator(furniture).all():
                expect(one).to_be_hidden()
        for part in (".chart", ".side-by-side image", ".face-map svg"):
            expect(page.locator(part).first).to_be_visible()
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
        assert page.evaluate(OVERFLOW) <= 0
        assert page.evaluate(CUT_OFF) == [], "a table is cut off at the edge of the paper"


CUT_OFF = """() => [...document.querySelectorAll(".site-nav, .table-wrap, .chart-wrap")]
    .filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth)
    .map((one) => one.innerText.slice(0, 40))"""
OFF_THE_SHEET = """() => [...document.querySelectorAll("svg.chart text")].filter((one) => {
    const [sheet, words] = [one.closest("svg"), one].map((part) => part.getBoundingClientRect());
    return sheet.width && (words.left < sheet.left || words.right > sheet.right);
}).map((one) => one.textContent)"""
