"""The camera's page, with a real camera's part played by a film."""

from __future__ import annotations

import numpy as np
import pytest
from django.shortcuts import resolve_url
from django.utils.translation import gettext
from PIL import Image
from playwright.sync_api import expect

from inference.face import find_faces
from inference.quality.degradations import left_turned_back
from inference.quality.limits import CRITERIA
from inference.results import View
from portal.cases.capture import INSTRUCTIONS, WORDS
from portal.cases.models import Photo
from scripts.film import write_film
from tests import factories
from tests.browser.axe import assert_accessible
from tests.browser.conftest import session_of
from tests.browser.portraits import (
    astronaut,
    defocused,
    exposed,
    on_a_wall,
    scaled,
    turned,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FRAME = 960, 720
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOOKS = "performance.getEntriesByName('look').length"
WATCH_LOOKS = 9  # a good face is taken at the fifth
PATIENT_LOOKS = 16  # how often a word of advice is said at most
MOST_POLLS, POLL_MS = 240, 250


def seen(image=None):
    return on_a_wall(astronaut() if image is None else image, *FRAME)


def begin(page, film, *images):
    write_film(film, *images)
    page.get_by_role("button", name=gettext("Start the camera")).click()


def watch(page):
    """Let the page look often enough to have taken a good photo."""
    for _ in range(MOST_POLLS):
        if page.evaluate(LOOKS) >= WATCH_LOOKS:
            return
        page.wait_for_timeout(POLL_MS)
    pytest.fail(f"the page looked only {page.evaluate(LOOKS)} times")


def step(page, name):
    return page.locator(f"[data-step={name}]")


def test_a_good_face_is_photographed_by_itself_reviewed_and_sent(capture_page, film):
    begin(capture_page, film, seen())
    expect(step(capture_page, "review")).to_be_visible()
    expect(capture_page.locator("[data-verdict]")).to_have_text("The photo is good.")
    assert_accessible(capture_page)
    capture_page.get_by_role("button", name="Use this photo").click()
    expect(capture_page.locator("[data-entry=front]")).to_have_attribute("data-state", "sent")
    photo = Photo.objects.get()
    assert photo.view == "front"
    assert photo.media_type == "image/jpeg"
    expect(step(capture_page, "live")).to_contain_text("Left side")
    assert_accessible(capture_page)


DARK = "Too dark. Turn towards a window or a lamp."
POOR = {
    "dark": (lambda: exposed(seen(), 0.015), DARK),
    "blurred": (lambda: defocused(seen(), 7), "Blurred. Wipe the lens and hold still."),
    "far": (lambda: seen(scaled(astronaut(), 0.45)), "Come closer."),
    "turned": (lambda: seen(turned(astronaut(), 55)), "Look straight at the camera."),
    "aside": (lambda: np.roll(seen(), -230, axis=1), "Move your face into the outline."),
    "near": (lambda: seen(scaled(astronaut(), 1.7)), "Move the phone further away."),
    "absent": (lambda: np.full_like(seen(), 150), "Look at the camera."),
}


@pytest.mark.parametrize("fault", POOR)
def test_a_poor_sight_is_told_and_not_photographed(capture_page, film, fault):
    image, instruction = POOR[fault]
    begin(capture_page, film, image())
    watch(capture_page)
    expect(capture_page.locator("[data-instruction]")).to_have_text(instruction)
    expect(step(capture_page, "live")).to_be_visible()


WAYS = (0, 50, 100, 150, 125, 75, 25)  # pixels: no two looks see the face at one place


def test_a_face_that_moves_is_told_to_hold_still_and_not_photographed(capture_page, film):
    begin(capture_page, film, *(np.roll(seen(), way - 75, axis=1) for way in WAYS))
    expect(capture_page.locator("[data-instruction]")).to_have_text("Hold still.")
    watch(capture_page)
    expect(step(capture_page, "live")).to_be_visible()


def test_a_side_is_photographed_by_itself(capture_page, film):
    side = left_turned_back(astronaut(), find_faces(astronaut())[0], 0)
    capture_page.goto(f"{capture_page.url}?view=left")
    begin(capture_page, film, seen(side))
    review = step(capture_page, "review")
    expect(review).to_contain_text("Left side")
    expect(capture_page.locator("[data-verdict]")).to_have_text("The photo is good.")


def test_every_step_fits_the_narrowest_phone_in_both_languages(narrow, patient, live_server, film):
    visit = factories.visit(patient)
    narrow.context.add_cookies([session_of(patient, live_server.url)])
    narrow.goto(live_server.url + resolve_url("cases:capture", visit.public_id))
    assert_fits(narrow, "start")
    narrow.evaluate("document.querySelector('[data-automatic]').checked = false")
    begin(narrow, film, exposed(seen(), 0.015))
    expect(narrow.locator("[data-instruction]")).to_have_text(str(INSTRUCTIONS["too_dark"]))
    assert_fits(narrow, "live")
    narrow.get_by_role("button", name=gettext("Take the photo now")).click()
    expect(narrow.locator("[data-verdict]")).to_have_text(str(WORDS["poor"]))
    assert_fits(narrow, "review")
    narrow.get_by_role("button", name=gettext("Take it again")).click()
    choose = narrow.get_by_role("button", name=gettext("Choose a picture instead"))
    choose.click()
    assert_fits(narrow, "picker")


def assert_fits(page, name):
    expect(step(page, name)).to_be_visible()
    assert page.evaluate(OVERFLOW) <= 0
    assert_accessible(page)


def test_light_that_could_be_better_is_told_first_and_photographed_after_a_while(
    capture_page, film
):
    begin(capture_page, film, exposed(seen(), 0.15))
    expect(capture_page.locator("[data-instruction]")).to_have_text(DARK)
    expect(step(capture_page, "review")).to_contain_text("It could be better still:")
    assert capture_page.evaluate(LOOKS) > PATIENT_LOOKS


# What the guide says, look by look, of a face that is good but for one thing.
SAID_OF = """async (code) => {
  const { Guide } = await import("/static/js/capture/guide.js");
  const guide = new Guide();
  const face = { x: 300, y: 300, width: 400, height: 400, size: 400 };
  const seen = { reasons: [], cautions: code ? [{ code }] : [], faces: [face] };
  const look = () => guide.look(seen, { width: 1000, height: 1000 }, "front");
  return Array.from({ length: 60 }, look);
}"""
NOT_LET_BE = {"another_face", "rather_small", "rather_close", "slightly_cut_off", "slightly_turned",
              "slightly_tipped", "leaning"}  # fmt: skip


def test_every_caution_is_told_before_the_photo_and_none_of_light_or_cover_keeps_from_it(
    capture_page,
):
    face = [one for one in CRITERIA if View.FRONT in one.views]
    for code in {one.code for one in face if one.consequence == "caution"}:
        looks = capture_page.evaluate(SAID_OF, code)
        first, last = looks[2], looks[-1]
        assert first["code"] in INSTRUCTIONS
        assert first["code"] != "good", code
        assert first["filled"] == 0
        assert (last["filled"] == 1) == (code not in NOT_LET_BE), code
    assert capture_page.evaluate(SAID_OF, None)[2]["code"] == "good"


def test_the_shutter_waits_for_the_hand_where_that_is_chosen(capture_page, film):
    capture_page.evaluate("document.querySelector('[data-automatic]').checked = false")
    begin(capture_page, film, seen())
    watch(capture_page)
    expect(capture_page.locator("[data-instruction]")).to_have_text("Good. Stay like this.")
    capture_page.get_by_role("button", name="Take the photo now").click()
    expect(capture_page.locator("[data-verdict]")).to_have_text("The photo is good.")


# A camera of 48 megapixels that writes down what it is asked for and shows what the film shows.
PHOTOGRAPHER = """(takesOrders) => {
  globalThis.asked = [];
  globalThis.ImageCapture = class {
    async getPhotoCapabilities() {
      return { imageWidth: { max: 8000 }, imageHeight: { max: 6000 } };
    }
    async takePhoto(settings) {
      asked.push(settings ?? null);
      if (settings && !takesOrders) throw new DOMException("", "NotSupportedError");
      const video = document.querySelector("video");
      const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
      canvas.getContext("2d").drawImage(video, 0, 0);
      return canvas.convertToBlob({ type: "image/jpeg" });
    }
  };
}"""


@pytest.mark.parametrize("takes_orders", [True, False])
def test_the_camera_is_asked_for_a_large_photo_and_for_any_where_it_takes_no_orders(
    capture_page, film, takes_orders
):
    capture_page.evaluate(PHOTOGRAPHER, takes_orders)
    begin(capture_page, film, seen())
    expect(step(capture_page, "review")).to_be_visible()
    first, *others = capture_page.evaluate("asked")
    assert first == {"imageWidth": 5656, "imageHeight": 4242}  # no more than 24 megapixels
    assert others == ([] if takes_orders else [None])


def test_pictures_are_judged_in_a_thread_of_their_own(capture_page, film):
    begin(capture_page, film, seen())
    expect(step(capture_page, "review")).to_be_visible()
    assert [one for one in capture_page.workers if one.url.endswith("/js/capture/worker.js")]


# A worker that answers as one does that was asked for what its browser lacks.
CANNOT_DRAW = """onmessage = ({ data: { number } }) =>
  postMessage({ number, problem: "OffscreenCanvas is not defined" });"""

# What of the policy keeps the thread from telling another site, or that nothing does.
TELL_ANOTHER_SITE = """() => new Promise((resolve) => {
  self.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
  const isOut = () => setTimeout(resolve, 1000, "nothing");
  fetch("https://elsewhere.example/").then(isOut, isOut);
})"""


def test_that_thread_speaks_to_this_site_alone(capture_page, film):
    begin(capture_page, film, seen())
    expect(step(capture_page, "review")).to_be_visible()
    (judging,) = capture_page.workers
    assert judging.evaluate(TELL_ANOTHER_SITE) == "connect-src"


def test_where_no_such_thread_can_be_had_the_page_judges(capture_page, film):
    capture_page.evaluate("globalThis.Worker = undefined")
    begin(capture_page, film, seen())
    expect(step(capture_page, "review")).to_be_visible()
    assert capture_page.workers == []


def test_where_such_a_thread_fails_it_is_ended_and_the_page_judges(capture_page, film):
    capture_page.route("**/js/capture/worker.js", lambda route: route.fulfill(body=CANNOT_DRAW))
    begin(capture_page, film, seen())
    expect(step(capture_page, "review")).to_be_visible()
    assert capture_page.workers == []


# One that loads, and fails at what it sees.
CANNOT_LOOK = """onmessage = ({ data: { number, call } }) =>
  postMessage(call === "live" ? { number, problem: "out of memory" } : { number });"""


def test_one_that_fails_while_it_looks_is_ended_and_the_picker_is_there(capture_page, film):
    page = capture_page.context.new_page()
    page.route("**/js/capture/worker.js", lambda route: route.fulfill(body=CANNOT_LOOK))
    page.goto(capture_page.url)
    with page.expect_event("pageerror", timeout=60_000) as told:
        begin(page, film, seen())
    assert told.value.message == "out of memory"
    expect(step(page, "picker")).to_be_visible()
    assert page.workers == []
    page.close()


def test_a_photo_taken_by_hand_in_the_dark_is_called_poor_and_may_be_taken_again(
    capture_page, film
):
    begin(capture_page, film, exposed(seen(), 0.015))
    capture_page.get_by_role("button", name="Take the photo now").click()
    review = step(capture_page, "review")
    expect(review).to_contain_text("The picture is too dark.")
    write_film(film, seen())
    review.get_by_role("button", name="Take it again").click()
    expect(capture_page.locator("[data-verdict]")).to_have_text("The photo is good.")


def test_photos_are_taken_without_a_connection_and_sent_when_it_is_back(capture_page, film):
    begin(capture_page, film, seen())
    expect(capture_page.locator("[data-verdict]")).to_have_text("The photo is good.")
    capture_page.context.set_offline(True)
    capture_page.get_by_role("button", name="Use this photo").click()
    entry = capture_page.locator("[data-entry=front]")
    expect(entry).to_have_attribute("data-state", "offline")
    expect(step(capture_page, "live")).to_be_visible()
    capture_page.context.set_offline(False)
    expect(entry).to_have_attribute("data-state", "sent")


def test_a_photo_that_is_not_sent_yet_outlives_a_reload(capture_page, film):
    capture_page.route("**/uploads/**", lambda route: route.abort())
    begin(capture_page, film, seen())
    expect(capture_page.locator("[data-verdict]")).to_have_text("The photo is good.")
    capture_page.reload()
    expect(step(capture_page, "review")).to_contain_text("Front")  # taken, not chosen yet
    expect(capture_page.locator("[data-verdict]")).to_have_text("The photo is good.")
    capture_page.get_by_role("button", name="Use this photo").click()
    expect(capture_page.locator("[data-entry=front]")).to_have_attribute("data-state", "offline")
    capture_page.unroute("**/uploads/**")
    capture_page.reload()
    expect(capture_page.locator("[data-kept]")).to_be_visible()
    assert_accessible(capture_page)
    expect(capture_page.locator("[data-entry=front]")).to_have_attribute("data-state", "sent")
    assert Photo.objects.get().view == "front"
    assert capture_page.evaluate(KEPT) == []


def test_a_kept_photo_cannot_be_read_without_the_page_it_was_taken_on(capture_page, film):
    begin(capture_page, film, seen())
    expect(capture_page.locator("[data-verdict]")).to_have_text("The photo is good.")
    (kept,) = capture_page.evaluate(KEPT)
    assert not kept.startswith("ÿØÿ")  # a JPEG's first bytes


# The first bytes of each photo that lies on the device.
KEPT = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("cleargrade-stills");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const all = opening.result.transaction("stills").objectStore("stills").getAll();
    all.onsuccess = () => {
      opening.result.close();
      const start = ({ data }) => String.fromCharCode(...new Uint8Array(data.slice(0, 8)));
      resolve(all.result.map(start));
    };
  };
})"""

NO_CAMERA = """name => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", name));
}"""


@pytest.mark.parametrize(
    ("error", "words"),
    [("NotAllowedError", "The camera is blocked."), ("NotFoundError", "No camera was found")],
)
def test_without_a_camera_a_picture_is_chosen_and_judged_all_the_same(
    capture_page, tmp_path, error, words
):
    capture_page.evaluate(NO_CAMERA, error)
    capture_page.get_by_role("button", name="Start the camera").click()
    picker = step(capture_page, "picker")
    expect(picker).to_contain_text(words)
    assert_accessible(capture_page)
    Image.fromarray(exposed(seen(), 0.015)).save(tmp_path / "chosen.jpg")
    picker.locator("input[type=file]").last.set_input_files(tmp_path / "chosen.jpg")
    expect(step(capture_page, "review")).to_contain_text("The picture is too dark.")


def test_the_page_is_small_until_the_camera_is_wanted_and_fits_a_narrow_phone(capture_page):
    capture_page.set_viewport_size({"width": 360, "height": 640})
    assert capture_page.evaluate(OVERFLOW) <= 0
    assert_accessible(capture_page)
    fetched = capture_page.evaluate("performance.getEntriesByType('resource').map((r) => r.name)")
    assert not [name for name in fetched if "/vendor/" in name]
