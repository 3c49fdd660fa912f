"""The phone and the server judge pictures alike: one standard, two implementations."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from inference.face import EYES, MIRRORED_PAIRS, find_faces
from inference.photo import read_photo
from inference.quality import check, degradations
from inference.quality.degradations import (
    bluer,
    cut,
    fringed,
    greener,
    leaning,
    lit_by_two,
    spectacled,
    tipped,
)
from inference.regions import REGION_VERTICES
from inference.results import Request, View
from scripts.browsing import ROOT
from tests.browser.portraits import (
    astronaut,
    coloured,
    defocused,
    exposed,
    grey,
    hopper,
    masked,
    moved,
    on_a_wall,
    scaled,
    shadowed,
    tinted,
    turned,
)
from tests.pictures import encoded, noise

if TYPE_CHECKING:
    from inference.quality.degradations import Change
    from inference.results import Quality
    from tests.browser.portraits import Picture

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HEAD = 1280, 960  # the frame of a phone's camera on its side
LEAST_AGREEMENT = 0.95


def head() -> Picture:
    return on_a_wall(astronaut(), 1100, 1100)


def cases() -> dict[str, tuple[View, Picture]]:
    """Good, poor and useless pictures: the view asked for, and upright RGB pixels."""
    face, other = head(), on_a_wall(hopper(), 1100, 1100)
    front = {
        "good": face,
        "good, another person": other,
        "good, larger": on_a_wall(astronaut(), 800, 760),
        "dark": exposed(face, 0.02),
        "dark, another person": exposed(other, 0.02),
        "darker": exposed(face, 0.1),
        "rather dark": exposed(face, 0.15),
        "overexposed": exposed(face, 6),
        "rather bright": exposed(face, 1.4),
        "defocused": defocused(face, 5),
        "defocused, another person": defocused(other, 5),
        "moved": moved(face, 25),
        "enlarged from few pixels": scaled(scaled(face, 0.2), 5),
        "far": on_a_wall(scaled(face, 0.4), *HEAD),
        "very far": on_a_wall(scaled(face, 0.1), *HEAD),
        "near": on_a_wall(astronaut(), 330, 440),
        "slightly turned": turned(face, 40),
        "turned": turned(face, 65),
        "turned the other way": turned(other, -65),
        **{f"another person turned by {one}": turned_by(other, one) for one in (-30, 12, 24, 40)},
        "a wall": on_a_wall(face[:10, :10], *HEAD),
        "noise": np.asarray(noise(900, 900)),
        "fair skin": coloured(face, -0.2),
        "brown skin": coloured(face, 0.8),
        "dark skin": coloured(face, 2.4),
        "dark skin, another person": coloured(other, 2.4),
        "very dark skin": coloured(face, 3.2),
        "dark skin in the dark": exposed(coloured(face, 2.4), 0.06),
        "cool light": tinted(face, 1.1, 1.25, 1.3),
        "dim warm light": tinted(face, 0.4, 0.3, 0.24),
        "dimmer": tinted(face, 0.16, 0.1, 0.075),
        "dimmer still": tinted(face, 0.08, 0.05, 0.04),
        "hardly any light": tinted(face, 0.01, 0.006, 0.005),
        "black and white": grey(face),
        "green light": tinted(face, 0.15, 1, 0.2),
        "a deep shadow": shadowed(face, 7),
        "a slight shadow": shadowed(face, 1),
        "a white mask": masked(face, 240),
        "a black cloth": masked(face, 25),
        "two people": np.hstack([face[:, 150:950], other[:, 150:950]]),
        **{name: image for name, (_code, image) in warned().items()},
        **graded(face),
    }
    sides = {
        "left": (View.LEFT, turned(face, 40)),
        "right": (View.RIGHT, turned(face, -40)),
        "left, but from the front": (View.LEFT, face),
        "right, but turned to the left": (View.RIGHT, turned(face, 40)),
    }
    return {**{name: (View.FRONT, image) for name, image in front.items()}, **sides}


GRADED = ((tipped, (20, 35, 50)), (leaning, (15, 30, 45)), (cut, (0.05, 0.15, 0.3)),
          (bluer, (1, 2)), (greener, (0.5, 1, 2)))  # fmt: skip


def graded(face: Picture) -> dict[str, Picture]:
    """Faults by degrees, from hardly any to too much."""
    return {
        f"{change.__name__} by {degree}": changed(face, change, degree)
        for change, degrees in GRADED
        for degree in degrees
    }


def turned_by(image: Picture, degrees: float) -> Picture:
    """The mesh itself turned, so that the far cheek goes out of sight."""
    return changed(image, degradations.turned, degrees)


def changed(image: Picture, change: Change, degree: float) -> Picture:
    return change(image, find_faces(image)[0], degree)


def warned() -> dict[str, tuple[str, Picture]]:
    """By name: what the doctor is to be cautioned of, and a picture that has it."""
    face, other = head(), on_a_wall(hopper(), 1100, 1100)
    return {
        "glasses": ("glasses", changed(face, spectacled, 6)),
        "glasses, another person": ("glasses", changed(other, spectacled, 6)),
        "glasses on dark skin": ("glasses", changed(tinted(face, 0.3, 0.2, 0.16), spectacled, 6)),
        "daylight and a lamp": ("mixed_light", changed(face, lit_by_two, 4)),
        "daylight and a lamp, another person": ("mixed_light", changed(other, lit_by_two, 4)),
        "hair over the brows": ("partly_covered", changed(face, fringed, 1.3)),
    }


JUDGE = """async ([view, coded]) => {
  const setup = JSON.parse(document.getElementById("capture-setup").textContent);
  const { loadJudge } = await import("/static/js/capture/judges.js");
  window.judge ??= loadJudge(setup);
  const bytes = Uint8Array.from(atob(coded), (character) => character.charCodeAt(0));
  const picture = new Blob([bytes], { type: "image/jpeg" });
  const { measures, reasons, cautions } = await (await window.judge).still(picture, view);
  const codes = (findings) => findings.map((one) => one.code);
  return { measures, reasons: codes(reasons), cautions: codes(cautions) };
}"""


def test_phone_and_server_accept_and_refuse_the_same_pictures(capture_page):
    asked = cases()
    verdicts = {
        name: (on_the_phone(capture_page, view, image), on_the_server(view, image))
        for name, (view, image) in asked.items()
    }
    differing = {name: both for name, both in verdicts.items() if bool(both[0]) != bool(both[1])}
    assert len(differing) <= (1 - LEAST_AGREEMENT) * len(verdicts), differing
    accepted = [name for name, (phone, _server) in verdicts.items() if not phone]
    assert 8 <= len(accepted) <= len(asked) - 8, "the set decides too little"


@pytest.mark.parametrize(("measure", "apart"), [("far_cheek", 0.08), ("sharpness", 0.15)])
def test_phone_and_server_measure_the_same(capture_page, measure, apart):
    known = {name: image for name, (_view, image) in cases().items()}
    known["a little out of focus"] = defocused(head(), 1.5)
    for name in ("good", "good, another person", "a little out of focus", "very dark skin",
                 "another person turned by 24", "dim warm light"):  # fmt: skip
        phone = judged_by_phone(capture_page, View.FRONT, known[name])["measures"][measure]
        server = checked(View.FRONT, known[name]).measures[measure]
        assert phone == pytest.approx(server, abs=apart), name


def on_the_phone(page, view: View, image: Picture, kind: str = "reasons") -> list[str]:
    return judged_by_phone(page, view, image)[kind]


def on_the_server(view: View, image: Picture, kind: str = "reasons") -> list[str]:
    return [one.code for one in getattr(checked(view, image), kind)]


def judged_by_phone(page, view: View, image: Picture) -> dict[str, Any]:
    coded = base64.b64encode(jpeg(image)).decode()
    return page.evaluate(JUDGE, [view.value, coded])


def checked(view: View, image: Picture) -> Quality:
    return check(read_photo(jpeg(image)), Request(view=view))[0]


def jpeg(image: Picture) -> bytes:
    return encoded(Image.fromarray(image), quality=95)


def test_phone_and_server_warn_of_the_same(capture_page):
    plain = on_the_phone(capture_page, View.FRONT, head(), "cautions")
    for name, (code, image) in warned().items():
        assert code not in plain
        assert code in on_the_phone(capture_page, View.FRONT, image, "cautions"), name
        assert code in on_the_server(View.FRONT, image, "cautions"), name


def test_phone_and_server_mean_the_same_points_of_a_face():
    source = (ROOT / "static/js/capture/mesh.js").read_text()
    regions = {name: list(vertices) for name, vertices in REGION_VERTICES.items()}
    assert constant(source, "REGIONS") == regions
    assert constant(source, "EYES") == [list(eye) for eye in EYES]
    assert constant(source, "MIRRORED_PAIRS") == [list(pair) for pair in MIRRORED_PAIRS]


def constant(source: str, name: str):
    """An exported literal of a module, as JSON."""
    literal = re.search(rf"export const {name} = (.*?);\n", source, re.DOTALL)
    assert literal is not None
    quoted = re.sub(r"(\w+):", r'"\1":', literal[1])
    return json.loads(re.sub(r",(\s*[\]}])", r"\1", quoted))
