"""The patient's visit on a phone: a connection that goes, and little to download."""

from __future__ import annotations

import pytest
from django.shortcuts import resolve_url
from playwright.sync_api import expect

from portal.cases.models import Photo, UploadPiece, VisitStatus
from portal.cases.services import submit
from portal.review.services import ask_for_retake, claim
from tests import factories
from tests.browser.axe import assert_accessible
from tests.browser.conftest import NARROW, OVERFLOW, session_of
from tests.browser.sending import PIECE, choose, hold_piece, large, wait_until
from tests.pictures import encoded, face

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BUDGET = 100_000  # bytes of a first page without the camera's code
NO_CONNECTION = "net::ERR_INTERNET_DISCONNECTED"


@pytest.fixture
def patient(live_server, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's driver runs a loop here
    return factories.consenting_patient(factories.clinic())


@pytest.fixture
def phone(browser, patient, live_server):
    """The patient's phone; whatever its browser complains about fails the test."""
    # A worker that minds the pages would hide their requests from the tests that hold them up.
    context = browser.new_context(viewport=NARROW, locale="en-GB", service_workers="block")
    context.add_cookies([session_of(patient, live_server.url)])
    page = context.new_page()
    page.set_default_timeout(60_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: line.type == "error" and complaints.append(line.text))
    yield page
    context.close()
    assert [line for line in complaints if NO_CONNECTION not in line] == []


@pytest.fixture
def at(phone, live_server):
    def go(name: str, *args: object) -> None:
        phone.goto(live_server.url + resolve_url(name, *args))

    return go


def check(page) -> None:
    assert page.evaluate(OVERFLOW) <= 0, page.url
    assert_accessible(page)


def test_a_photo_goes_on_after_the_connection_was_lost(phone, at, patient):
    data = large()
    at("cases:visit", factories.visit(patient).public_id)
    held, offsets = hold_piece(phone, 2)
    choose(phone, "front", data)
    wait_until(phone, lambda: held)
    phone.context.set_offline(True)
    held[0].abort("internetdisconnected")
    card = phone.locator("#view-front")
    expect(card).to_contain_text("what was sent stays sent")
    check(phone)
    assert UploadPiece.objects.count() == 1

    phone.context.set_offline(False)

    expect(card).to_contain_text("Waiting to be checked")
    assert Photo.objects.get().byte_size == len(data)
    assert offsets[:3] == [0, PIECE, PIECE], "only the piece that was cut off is sent again"


def test_a_photo_goes_on_when_the_page_was_closed_in_between(phone, at, patient):
    visit = factories.visit(patient)
    data = large()
    at("cases:visit", visit.public_id)
    held, _offsets = hold_piece(phone, 2)
    choose(phone, "front", data)
    wait_until(phone, lambda: held)
    phone.on("dialog", lambda dialog: dialog.accept())  # the page would rather not be left
    at("cases:visit", visit.public_id)
    phone.unroute_all()

    _held, offsets = hold_piece(phone, 0)
    choose(phone, "front", data)

    expect(phone.locator("#view-front")).to_contain_text("Waiting to be checked")
    assert offsets[0] == PIECE


def test_several_photos_are_chosen_at_once_and_each_is_told_what_it_shows(phone, at, patient):
    at("cases:visit", factories.visit(patient).public_id)
    files = [
        {"name": f"{i}.jpg", "mimeType": "image/jpeg", "buffer": encoded(face(), quality=80 + i)}
        for i in range(3)
    ]
    phone.locator("[data-several] input[type=file]").set_input_files(files)
    dialog = phone.get_by_role("dialog")
    check(phone)
    dialog.get_by_label("Photo 2").select_option("front")
    dialog.get_by_role("button", name="Send these photos").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Two photos show the same view")
    dialog.get_by_label("Photo 1").select_option("left")
    dialog.get_by_label("Photo 3").select_option("")
    dialog.get_by_role("button", name="Send these photos").click()

    for view in ("front", "left"):
        expect(phone.locator(f"#view-{view}")).to_contain_text("Waiting to be checked")
    assert set(Photo.objects.values_list("view", flat=True)) == {"front", "left"}


def test_a_photo_asked_for_again_is_all_the_patient_is_asked_for(phone, at, patient):
    visit = factories.visit(patient)
    for view in ("front", "left"):
        factories.read(factories.photo(visit, view))
    submit(visit=visit)
    review = claim(visit=visit, doctor=factories.doctor(patient.clinic))
    ask_for_retake(review=review, views=["left"], reason="Tie your hair back, please.")
    at("cases:visit", visit.public_id)

    expect(phone.locator("[data-view]")).to_have_count(1)
    expect(phone.get_by_text("Tie your hair back, please.")).to_be_visible()
    check(phone)
    choose(phone, "left", encoded(face(), quality=70))
    expect(phone.locator("#view-left")).to_contain_text("Waiting to be checked")
    phone.get_by_role("button", name="Send to the doctor").click()
    expect(phone.locator("#visit-state")).to_have_attribute("data-state", VisitStatus.SUBMITTED)


def test_what_was_counted_stays_hidden_and_the_photos_slide(phone, at, patient):
    doctor = factories.doctor(patient.clinic)
    report = factories.report(patient, by=doctor)
    factories.report(patient, by=doctor)
    at("reports:report", report.public_id)
    expect(phone.locator(".lesion").first).to_be_visible()
    check(phone)
    phone.get_by_label("show what was counted").uncheck()
    expect(phone.locator(".lesion").first).to_be_hidden()

    at("trends:mine")
    expect(phone.get_by_label("show what was counted")).not_to_be_checked()
    expect(phone.locator(".compare .lesion").first).to_be_hidden()
    check(phone)
    earlier = phone.locator("[data-earlier]")
    before = earlier.get_attribute("width")
    phone.get_by_role("slider").press("End")
    assert float(earlier.get_attribute("width")) > float(before)


@pytest.mark.parametrize("name", ["account_login", "cases:home", "cases:visit"])
def test_a_first_page_is_light(phone, live_server, patient, name):
    args = [factories.visit(patient).public_id] if name == "cases:visit" else []
    if name == "account_login":
        phone.context.clear_cookies()
    client = phone.context.new_cdp_session(phone)
    client.send("Network.enable")
    sizes: list[float] = []
    client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))

    phone.goto(live_server.url + resolve_url(name, *args), wait_until="networkidle")

    assert sizes
    assert sum(sizes) < BUDGET, f"{sum(sizes):.0f} bytes in {len(sizes)} files"
