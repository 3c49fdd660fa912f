"""The doctor's pages beside the workstation: readable on every screen, by keyboard, and live."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.shortcuts import resolve_url
from django.utils import timezone
from playwright.sync_api import expect

from inference.results import LesionType, Region
from portal.cases.models import Visit
from portal.review.queue.services import assign, keep_filter
from portal.review.services import claim, sign
from portal.review.treatments.services import keep_template
from tests import factories
from tests.browser.axe import assert_accessible
from tests.browser.conftest import OVERFLOW, session_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

    from portal.accounts.models import Clinic, User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCREENS = ((360, 780), (768, 1024), (1440, 900))
WORDS_END = """(tag) => {
    const words = document.createRange();
    words.selectNodeContents(document.querySelector(`main ${tag}`));
    return words.getBoundingClientRect().right;
}"""
SIDEWAYS = """[...document.querySelectorAll(".table-wrap")]
    .filter((one) => one.scrollWidth > one.clientWidth).length"""


@pytest.fixture
def doctor() -> User:
    return factories.doctor(factories.clinic(), full_name="Dr Li")


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, doctor: User) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="en-GB", base_url=live_server.url
    )
    context.add_cookies([session_of(doctor, live_server.url)])
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def clinic_of(doctor: User) -> Clinic:
    assert doctor.clinic is not None
    return doctor.clinic


def waiting(doctor: User, name: str, kind: LesionType = LesionType.PAPULE) -> Visit:
    patient = factories.consenting_patient(clinic_of(doctor), full_name=name)
    found = [factories.found_lesion(kind, 40 * place, Region.CHIN) for place in range(1, 6)]
    return factories.sent_visit(patient, factories.result(candidates=found))


def full_queue(doctor: User) -> Visit:
    """Something in every list; the visit to agree on is given back."""
    colleague = factories.doctor(clinic_of(doctor), full_name="Dr Sun")
    late = waiting(doctor, "Late Patient", LesionType.COMEDONE)
    Visit.objects.filter(pk=late.pk).update(
        submitted_at=timezone.now() - timedelta(days=8), cautions=["uneven_light"]
    )
    severe = waiting(doctor, "Severe Patient", LesionType.NODULE)
    assign(by=doctor, visits=[severe.public_id], to=doctor)
    claim(visit=waiting(doctor, "Taken Patient"), doctor=colleague)
    keep_filter(doctor=doctor, name="Late ones", query="late=on")
    keep_template(clinic=clinic_of(doctor), template=None, name="Gel", grade="II", words="A gel.")
    factories.set_rules(clinic_of(doctor), second_reading_percent=100)
    disputed = waiting(doctor, "Disputed Patient")
    for reader, grade in ((doctor, "II"), (colleague, "IV")):
        review = claim(visit=disputed, doctor=reader)
        sign(review=review, grade=grade, assessment="Seen.", override_reason="So I see it.")
    factories.set_rules(clinic_of(doctor), second_reading_percent=0)
    factories.report(factories.consenting_patient(clinic_of(doctor)), by=doctor)
    return disputed


def test_every_page_is_accessible_and_fits_every_screen_in_light_and_dark(
    page: Page, doctor: User
) -> None:
    disputed = full_queue(doctor)
    paths = [
        resolve_url("review:queue"),
        resolve_url("review:queue") + "?late=on",
        resolve_url("review:consensus", disputed.public_id),
        resolve_url("review:templates"),
        resolve_url("review:add_template"),
        resolve_url("review:agreement"),
        resolve_url("review:statistics"),
    ]
    for path in paths:
        page.goto(path)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for width, height in SCREENS:
                page.set_viewport_size({"width": width, "height": height})
                assert page.evaluate(OVERFLOW) <= 0, f"{path} is wider than {width}"
                assert page.evaluate(SIDEWAYS) == 0, f"a table of {path} is wider than {width}"
                assert_accessible(page)


def test_the_queues_heading_stands_clear_of_what_stands_beside_it(page: Page) -> None:
    page.goto(resolve_url("review:queue"))
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        title = page.get_by_role("heading", name="Queue", exact=True).bounding_box()
        beside = page.locator(".page-actions a").first.bounding_box()
        assert title
        assert beside
        is_below = title["y"] >= beside["y"] + beside["height"]
        words = page.evaluate(WORDS_END, "h1")
        assert is_below or words <= beside["x"], f"the heading runs into the links at {width}"


def test_the_queue_is_walked_searched_marked_and_opened_by_keyboard(
    page: Page, doctor: User
) -> None:
    first = waiting(doctor, "First Patient", LesionType.NODULE)
    waiting(doctor, "Second Patient")
    page.goto(resolve_url("review:queue"))

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_label("mark Second Patient")).to_be_checked()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("[name=q]")).to_be_focused()
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**{resolve_url('review:workstation', first.public_id)}")


def test_a_filter_is_dropped_by_its_button_and_brought_back(page: Page, doctor: User) -> None:
    waiting(doctor, "First Patient")
    keep_filter(doctor=doctor, name="Late ones", query="late=on")
    page.goto(resolve_url("review:queue"))

    page.get_by_role("button", name="Drop the filter Late ones").click()
    expect(page.get_by_text("The filter Late ones is dropped.")).to_be_visible()
    expect(page.get_by_role("link", name="Late ones")).to_have_count(0)
    assert_accessible(page)
    page.get_by_role("button", name="Bring it back").click()

    expect(page.get_by_role("link", name="Late ones")).to_have_attribute("aria-current", "true")
    expect(page.get_by_text("Nobody who waits fits this filter.")).to_be_visible()


def test_who_comes_and_goes_is_seen_without_a_reload(page: Page, doctor: User) -> None:
    gone = waiting(doctor, "Gone Patient")
    page.goto(resolve_url("review:queue"))
    page.keyboard.press("j")
    mark = page.get_by_label("mark Gone Patient")
    mark.check()

    waiting(doctor, "New Patient")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("New Patient").first).to_be_visible()
    expect(mark).to_be_checked()

    colleague = factories.doctor(clinic_of(doctor), full_name="Dr Sun")
    claim(visit=gone, doctor=colleague)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("Dr Sun")).to_be_visible()
    expect(mark).to_have_count(0)
