"""The doctor's workstation in Chromium: real pictures, readings made by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.shortcuts import resolve_url
from playwright.sync_api import expect

from inference.results import Lesion, LesionType
from portal.cases.models import View, VisitStatus
from portal.cases.models import Visit as VisitRow
from portal.review.corrections.models import Correction, Kind
from portal.review.corrections.selectors import corrected
from portal.review.models import Review
from tests import factories
from tests.browser import seeded
from tests.browser.axe import assert_accessible
from tests.browser.conftest import DESK, OVERFLOW, PHONE, session_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TABLET = {"width": 1024, "height": 768}
CASES = 10
MOST_PRESSES = 10
REFUSED = r"409|net::ERR_FAILED|^Tile %s failed to load"  # a finer picture than may be loaded now


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "media", "base_url": None},
        },
    }


@pytest.fixture
def doctor(live_server):
    return factories.doctor(factories.clinic())


@pytest.fixture
def desk(browser, live_server):
    """A page of somebody signed in; what its browser complains about fails the test."""
    contexts, complaints = [], []

    def at(person, path: str, screen=DESK) -> Page:
        context = browser.new_context(viewport=screen, locale="en-GB", reduced_motion="reduce")
        contexts.append(context)
        context.add_cookies([session_of(person, live_server.url)])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if is_bad(line) else None)
        page.goto(live_server.url + path)
        return page

    yield at
    for context in contexts:
        context.close()
    assert complaints == []


def is_bad(line) -> bool:
    """What the browser itself says of a refusal, or of a request cut off, is not the page's."""
    return line.type == "error" and not re.search(REFUSED, line.text)


def station(review: Review) -> str:
    return resolve_url("review:workstation", review.visit.public_id)


def opened(page: Page) -> Page:
    """Wait until the photo is there, and the decision's scripts are at work."""
    expect(page.locator("[data-pane][data-open]").first).to_be_visible()
    expect(page.locator("[data-words-of]:visible")).to_have_count(1)
    return page


def press(page: Page, *keys: str) -> int:
    for key in keys:
        page.keyboard.press(key)
    return len(keys)


NOTHING_UNDER_WAY = """() => Object.entries(localStorage)
    .every(([place, steps]) => !place.startsWith("cleargrade:steps:") || steps === "[]")"""


def saved(page: Page) -> None:
    """The words alone may still be those of the step before."""
    page.wait_for_function(NOTHING_UNDER_WAY)
    expect(page.locator("[data-saved-state]")).to_have_text("All saved")


# --- By keyboard --------------------------------------------------------------------------------


def test_ten_cases_are_read_corrected_and_signed_by_keyboard_alone(desk, doctor):
    visits = [
        seeded.visit(factories.consenting_patient(doctor.clinic), seeded.lesions(5))
        for _ in range(CASES)
    ]
    page = desk(doctor, resolve_url("review:queue"))
    press(page, "j", "Enter")
    for _ in range(CASES):
        expect(page.locator("[data-station]")).to_be_visible()
        opened(page)
        here = page.url
        # Worst first: the nodule is none, the cyst is a pustule.
        presses = press(page, "Tab", "Delete", "Tab", "3", "a", "w", "Control+Enter")
        assert presses <= MOST_PRESSES
        page.wait_for_url(lambda url, before=here: url != before)
    assert page.url.endswith(resolve_url("review:queue"))

    for visit in visits:
        visit.refresh_from_db()
        assert visit.status == VisitStatus.REPORTED
        assert Correction.objects.filter(review__visit=visit).count() == 3
        held = corrected(visit.reviews.get())
        assert held.graded.counts["nodule"] == held.graded.counts["cyst"] == 0
        assert held.graded.counts["pustule"] == 2
        assert visit.report.content["grade"] == held.graded.grade


def test_a_plain_case_is_accepted_and_signed_in_at_most_ten_presses(desk, doctor):
    visit = seeded.visit(factories.consenting_patient(doctor.clinic), seeded.lesions(12))
    page = desk(doctor, resolve_url("review:queue"))

    presses = press(page, "j", "Enter")
    opened(page)
    presses += press(page, "a", "w", "Control+Enter")

    page.wait_for_url(re.compile(r"/review/$"))
    visit.refresh_from_db()
    assert visit.status == VisitStatus.REPORTED
    assert Correction.objects.get().kind == Kind.ACCEPT_ALL
    assert presses <= MOST_PRESSES


def test_the_next_cases_pictures_are_there_before_it_is_opened(desk, doctor):
    for _ in range(2):
        seeded.visit(factories.consenting_patient(doctor.clinic), seeded.lesions(3))
    page = desk(doctor, resolve_url("review:queue"))
    press(page, "j", "Enter")
    opened(page)
    page.wait_for_load_state("networkidle")
    here = page.url

    press(page, "w", "Control+Enter")
    page.wait_for_url(lambda url: url != here)
    opened(page)

    loaded = page.evaluate(
        "performance.getEntriesByType('resource').filter((one) => /image.[?]size/.test(one.name))"
        ".map((one) => [one.transferSize, one.encodedBodySize])"
    )
    assert loaded
    assert all(sent < 1000 < size for sent, size in loaded), "only asked whether it may be shown"


def test_what_decides_is_shown_on_the_view_it_lies_on(desk, doctor):
    patient = factories.consenting_patient(doctor.clinic)
    visit = seeded.visit(patient, seeded.lesions(6), views=(View.FRONT, View.LEFT))
    page = opened(desk(doctor, station(factories.claim(visit=visit, doctor=doctor))))
    expect(page.locator("[data-view=front]")).to_have_attribute("aria-pressed", "true")

    press(page, "d")  # the left cheek counts from its own side

    expect(page.locator("[data-view=left]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-list] [data-lesion]")).to_have_count(2)
    expect(page.locator("[data-told]")).to_have_text("Only what decides the grade is shown: 2.")


def test_tab_walks_the_findings_is_told_and_leaves_at_the_end(desk, doctor):
    review = seeded.review(doctor, seeded.lesions(3))
    page = opened(desk(doctor, station(review)))
    told = page.locator("[data-told]")
    on_photo = "document.activeElement.matches('[data-pane]')"

    assert page.evaluate(on_photo), "the photo has the focus from the start"
    for place, kind in enumerate(("pustule", "papule", "comedone"), start=1):
        press(page, "Tab")
        expect(told).to_have_text(re.compile(rf"^{kind}, left cheek, \d+ %\. {place} of 3$"))
        expect(page.locator("[data-list] [aria-current]")).to_contain_text(kind)
    press(page, "Tab")
    assert not page.evaluate(on_photo), "no trap: Tab goes on"


def test_a_finding_is_moved_resized_and_one_is_added_by_keyboard(desk, doctor):
    review = seeded.review(doctor, seeded.lesions(1))
    page = opened(desk(doctor, station(review)))
    [before] = corrected(review).findings.table.values()

    press(page, "Tab", "ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight", "Escape")
    press(page, "5", "n", "Enter", "ArrowLeft", "Escape")
    press(page, "p", "Enter")
    saved(page)

    held = corrected(review)
    moved = held.findings.table[before.key]
    assert moved.box[0] > before.box[0]
    assert moved.box[1] > before.box[1]
    assert moved.box[2] > before.box[2]
    assert moved.box[3] == before.box[3]
    added = [one for one in held.findings.table.values() if one.found is None]
    assert [one.type for one in added] == ["cyst", "cyst"]
    assert [one.polygon is not None for one in added] == [False, True]
    kinds = list(Correction.objects.order_by("number").values_list("kind", flat=True))
    assert kinds == ["reshape", "add", "reshape", "add"], "presses in a row are one step"


def test_undo_and_redo_survive_a_reload(desk, doctor):
    review = seeded.review(doctor, seeded.lesions(3))
    page = opened(desk(doctor, station(review)))
    grade = page.locator("[data-panel] [data-grade]")
    expect(grade).to_have_attribute("data-grade", "III")
    press(page, "Tab", "4")
    expect(grade).to_have_attribute("data-grade", "IV")
    press(page, "Delete")
    expect(grade).to_have_attribute("data-grade", "II")
    saved(page)

    page.reload()
    opened(page)
    for keys, expected in (
        ("Control+z", "IV"),
        ("Control+z", "III"),
        ("Control+Shift+Z", "IV"),
        ("Control+y", "II"),
        ("Control+z", "IV"),
    ):
        press(page, keys)
        expect(grade).to_have_attribute("data-grade", expected)
    checked = page.locator("[name=grade]:checked")
    expect(checked).to_have_value("IV")


def test_what_was_not_sent_before_a_crash_is_sent_by_the_next_page(desk, doctor):
    review = seeded.review(doctor, seeded.lesions(3))
    page = opened(desk(doctor, station(review)))
    page.route("**/corrections/", lambda route: route.abort())
    press(page, "Tab", "4")
    expect(page.locator("[data-saved-state]")).to_contain_text("Not saved")
    assert not Correction.objects.exists()

    page.unroute("**/corrections/")
    page.goto(page.url)
    opened(page)

    expect(page.locator("[data-panel] [data-grade]")).to_have_attribute("data-grade", "IV")
    saved(page)
    assert Correction.objects.get().change == {"type": "nodule"}


def test_what_was_changed_after_the_session_ended_is_kept_until_the_doctor_is_back(
    desk, doctor, live_server, settings
):
    review = seeded.review(doctor, seeded.lesions(3))
    page = opened(desk(doctor, station(review)))
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    press(page, "Tab", "4")
    expect(page.locator("[data-saved-state]")).to_contain_text("is kept here")
    assert not Correction.objects.exists()

    page.context.add_cookies([session_of(doctor, live_server.url)])
    page.goto(page.url)
    opened(page)

    saved(page)
    assert Correction.objects.get().change == {"type": "nodule"}


# --- Two at one visit ---------------------------------------------------------------------------


def test_two_browsers_compete_for_one_visit_and_one_is_told_who_has_it(desk, doctor):
    colleague = factories.doctor(doctor.clinic)
    visit = seeded.visit(factories.consenting_patient(doctor.clinic), seeded.lesions(3))
    pages = [desk(person, resolve_url("review:queue")) for person in (doctor, colleague)]
    for page in pages:
        press(page, "j")

    press(pages[0], "Enter")
    expect(pages[0].locator("[data-station]")).to_be_visible()
    press(pages[1], "Enter")

    expect(pages[1].get_by_role("heading", level=1)).to_have_text(f"{doctor} is reading this visit")
    assert Review.objects.get(visit=visit).doctor == doctor


def test_whoever_lost_the_visit_is_told_and_changes_nothing(desk, doctor):
    review = seeded.review(doctor, seeded.lesions(3))
    page = opened(desk(doctor, station(review)))
    colleague = factories.doctor(doctor.clinic)
    VisitRow.objects.filter(pk=review.visit_id).update(status=VisitStatus.IN_REVIEW)
    Review.objects.filter(pk=review.pk).update(doctor=colleague)

    press(page, "a")

    expect(page.locator("[data-saved-state]")).to_contain_text(f"{colleague} is reading")
    assert not Correction.objects.exists()


# --- What is drawn ------------------------------------------------------------------------------

EDGES = """([x, y]) => {
  // The drawn line's middle, in device pixels, on the row and column through the lesion's centre.
  const pane = [...document.querySelector("[data-station]").panes.values()][0];
  const { canvas } = pane.overlay;
  const context = canvas.getContext("2d");
  const ratio = window.devicePixelRatio;
  const { spare } = pane.overlay.drawn;  // what is drawn beyond the pane's edges
  const place = pane.toScreen([x, y]);
  const inside = [place[0] + spare.x, place[1] + spare.y];
  const [left, top] = inside.map((one) => Math.round(one * ratio));
  const across = context.getImageData(0, top, canvas.width, 1).data;
  const down = context.getImageData(left, 0, 1, canvas.height).data;
  const ends = (data, from, step) => {
    const run = [];
    for (let at = from; at >= 0 && at < data.length / 4; at += step) {
      if (data[4 * at + 3] > 127) run.push(at);
      else if (run.length) break;
    }
    return (run[0] + run[run.length - 1] + 1) / 2;
  };
  const { x: wide } = pane.viewport.getContainerSize();
  const shown = pane.viewer.world.getItemAt(0).imageToViewerElementCoordinates(
    new OpenSeadragon.Point(x, y));
  return {
    left: ends(across, left, -1), right: ends(across, left, 1),
    top: ends(down, top, -1), bottom: ends(down, top, 1),
    scale: pane.scale * ratio,
    centre: [(shown.x + spare.x) * ratio, (shown.y + spare.y) * ratio],
    inView: place[0] > 0 && place[0] < wide,
  };
}"""


@pytest.mark.parametrize("keys", [(), ("+",) * 3, ("9",), ("+",) * 7, ("9", "+", "+", "+", "+")])
def test_a_finding_is_drawn_on_its_pixels_at_any_zoom(desk, doctor, keys):
    box = (560.0, 760.0, 81.0, 63.0)  # in the middle, where every zoom shows it
    found = [Lesion(LesionType.PAPULE, 0.9, box)]
    page = opened(desk(doctor, station(seeded.review(doctor, found))))
    press(page, *keys)
    page.wait_for_timeout(400)

    drawn = page.evaluate(EDGES, [box[0] + box[2] / 2, box[1] + box[3] / 2])

    x, y = drawn["centre"]  # where OpenSeadragon itself shows that pixel of the photo
    half = drawn["scale"] * box[2] / 2, drawn["scale"] * box[3] / 2
    assert drawn["inView"]
    for side, expected in (
        ("left", x - half[0]),
        ("right", x + half[0]),
        ("top", y - half[1]),
        ("bottom", y + half[1]),
    ):
        assert drawn[side] == pytest.approx(expected, abs=1), side


ASTRAY = """async () => {
  // How far from its place on the screen a finding lies in each frame of a movement, and how many
  // frames were drawn for it.
  const pane = [...document.querySelector("[data-station]").panes.values()][0];
  const { overlay, viewer, viewport } = pane;
  viewport.centerSpringX.animationTime = viewport.centerSpringY.animationTime = 1;
  viewport.zoomSpring.animationTime = 1;
  const corner = pane.element.querySelector(".openseadragon-canvas").getBoundingClientRect();
  const astray = [], drawings = new Set();
  viewer.addHandler("update-viewport", () => {
    drawings.add(overlay.drawn);
    const { drawn } = overlay;
    const by = new DOMMatrix(getComputedStyle(overlay.canvas).transform);
    const points = [[100, 100], [600, 800], [1100, 1500]].map(([x, y]) => {
      const onCanvas = new DOMPoint(
        drawn.origin.x + drawn.spare.x + x * drawn.scale,
        drawn.origin.y + drawn.spare.y + y * drawn.scale,
      ).matrixTransform(by);
      const shown = viewer.world.getItemAt(0).imageToViewerElementCoordinates(
        new OpenSeadragon.Point(x, y), true);
      return Math.hypot(onCanvas.x - shown.x, onCanvas.y - shown.y);
    });
    astray.push(Math.max(...points));
  });
  const done = new Promise((resolve) => viewer.addOnceHandler("animation-finish", resolve));
  pane.zoom(6);
  viewport.panBy(new OpenSeadragon.Point(0.1, 0.08));
  await done;
  return { most: Math.max(...astray), frames: astray.length, drawings: drawings.size };
}"""


def test_a_finding_stays_on_its_pixels_while_the_photo_moves(desk, doctor):
    page = opened(desk(doctor, station(seeded.review(doctor, seeded.lesions(20)))))

    seen = page.evaluate(ASTRAY)

    assert seen["most"] < 0.5
    assert seen["drawings"] < seen["frames"] / 2, "most frames move what is drawn already"


def test_a_tool_says_how_it_is_used_until_it_is_left(desk, doctor):
    page = opened(desk(doctor, station(seeded.review(doctor, seeded.lesions(3))), TABLET))
    hint = page.locator("[data-measured]")

    page.get_by_role("button", name="Outline").click()
    expect(hint).to_contain_text("a double click or Enter closes it")
    page.get_by_role("button", name="Outline").click()
    expect(hint).to_be_hidden()


def test_a_photo_that_filled_the_pane_fills_it_when_the_tablet_is_turned(desk, doctor):
    page = opened(desk(doctor, station(seeded.review(doctor, seeded.lesions(3))), TABLET))
    level = page.locator("[data-zoom-now]")
    lying = level.inner_text()

    page.set_viewport_size({"width": TABLET["height"], "height": TABLET["width"]})

    expect(level).not_to_have_text(lying)
    page.wait_for_function(
        "Math.abs(document.querySelector('[data-station]').panes.get('now-front').stand.zoom - 1)"
        " < 0.01"
    )


def test_on_a_laptop_all_that_changes_the_photos_look_is_in_sight(desk, doctor):
    laptop = {"width": 1280, "height": 800}
    page = opened(desk(doctor, station(seeded.review(doctor, seeded.lesions(3))), laptop))
    switches = page.locator(".look__switches").first
    expect(switches).to_be_in_viewport(ratio=1)
    column = page.locator(".station__photos")
    assert column.evaluate("it => it.scrollHeight - it.clientHeight") <= 1


def test_a_finding_is_judged_and_one_is_outlined_without_a_keyboard(desk, doctor):
    review = seeded.review(doctor, seeded.lesions(2))
    page = opened(desk(doctor, station(review), TABLET))
    bar, hand = page.locator("[data-finding]"), page.locator("[data-pane=front]")
    expect(bar).to_be_hidden()
    first = page.locator("[data-lesion]").first

    first.click()
    bar.get_by_role("button", name="nodule").click()
    bar.get_by_role("button", name="Reject").click()
    saved(page)
    expect(bar.get_by_role("button", name="Reject")).to_have_attribute("aria-pressed", "true")
    expect(hand).to_be_focused()

    page.get_by_role("button", name="Outline").click()
    close = page.get_by_role("button", name="Close the outline")
    expect(bar).to_be_hidden()
    for place in ((400, 250), (460, 250), (460, 300), (380, 320)):
        hand.click(position={"x": place[0], "y": place[1]})
        page.wait_for_timeout(400)  # two quick ones would close it
    page.get_by_role("button", name="Take back a corner").click()
    with page.expect_response(
        f"**{resolve_url('review:record_correction', review.visit.public_id)}"
    ):
        close.click()
    expect(close).to_be_hidden()

    kinds = list(Correction.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [Kind.RETYPE, Kind.REJECT, Kind.ADD]
    assert len(Correction.objects.get(kind=Kind.ADD).change["polygon"]) == 3


def test_the_last_visit_comes_up_at_the_place_that_is_looked_at(desk, doctor):
    patient = factories.consenting_patient(doctor.clinic)
    factories.report(patient, by=doctor)
    review = factories.claim(visit=seeded.visit(patient, seeded.lesions(4)), doctor=doctor)
    page = opened(desk(doctor, station(review)))
    press(page, "+", "+", "+", "+")
    page.wait_for_timeout(600)

    press(page, "b")

    page.locator("[data-visit=before][data-open]").wait_for()
    page.wait_for_timeout(600)
    now, before = page.evaluate(
        "['now-front', 'before-front'].map("
        "(n) => document.querySelector('[data-station]').panes.get(n).stand)"
    )
    assert now["zoom"] > 1.2
    assert before["zoom"] == pytest.approx(now["zoom"], rel=0.02)


def test_views_and_the_last_visit_are_zoomed_together(desk, doctor):
    patient = factories.consenting_patient(doctor.clinic)
    factories.report(patient, by=doctor)
    views = (View.FRONT, View.LEFT)
    visit = seeded.visit(patient, seeded.lesions(4), views=views)
    review = factories.claim(visit=visit, doctor=doctor)
    page = opened(desk(doctor, station(review)))

    for layout, name in (("x", "now-left"), ("b", "before-front")):
        press(page, layout)
        page.wait_for_timeout(600)
        press(page, "+", "+", "+")
        page.wait_for_timeout(600)
        stands = page.evaluate(
            "(names) => names.map("
            "(n) => document.querySelector('[data-station]').panes.get(n).stand)",
            ["now-front", name],
        )
        assert stands[1]["zoom"] == pytest.approx(stands[0]["zoom"], rel=0.02)
        assert stands[0]["zoom"] > 1.2
        assert stands[1]["x"] == pytest.approx(stands[0]["x"], abs=0.02)


def test_the_grade_follows_the_slider(desk, doctor):
    page = opened(desk(doctor, station(seeded.review(doctor, seeded.lesions(6)))))
    grade = page.locator("[data-panel] [data-grade]")
    expect(grade).to_have_attribute("data-grade", "IV")

    page.locator("[data-threshold]").fill("0.72")  # nodule, cyst and scar are less sure

    expect(grade).to_have_attribute("data-grade", "III")
    saved(page)
    page.locator("[data-threshold-own]").click()
    expect(grade).to_have_attribute("data-grade", "IV")


@pytest.mark.parametrize("screen", [DESK, TABLET, PHONE])
def test_the_workstation_is_accessible_and_fits(desk, doctor, screen):
    page = opened(desk(doctor, station(seeded.review(doctor, seeded.lesions(8))), screen))

    assert page.evaluate(OVERFLOW) <= 0
    assert_accessible(page)
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
