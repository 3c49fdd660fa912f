"""Good pictures made worse by degrees, one fault at a time: what the curves and tests are drawn on.

Every change takes (image, face, degree): uint8 RGB (height, width, 3), the face found in it, and
how strong the fault is, 0 for none; it returns a picture of the same kind, perhaps of another size.
Lengths are shares of the face, or pixels of a face 480 px long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from inference.face import face_size, outline
from inference.quality.framed import FACE_SIDE, LINEAR
from inference.results import View
from inference.training.tracking.scene import Model, Pose

if TYPE_CHECKING:
    from inference.photo import Pixels
    from inference.results import Face

Change = Callable[["Pixels", "Face", float], "Pixels"]
Floats = npt.NDArray[np.float32]

EYE_CORNERS = ((33, 133), (362, 263))
BROWS, LOW_NOSE = (70, 105, 9, 334, 300), 5
CLOTH, HAIR = (95, 120, 165), (22, 18, 17)
SIDE_TURN = 40.0  # degrees: a good view of the side


@dataclass(frozen=True, slots=True)
class Fault:
    """``measure`` moves one way with the ``degrees``, and the last of them earns ``code``."""

    name: str
    measure: str
    code: str
    degrees: tuple[float, ...]
    change: Change
    unit: str
    view: View = View.FRONT


def underexposed(image: Pixels, stops: float) -> Pixels:
    """Exposed so many stops less, a face or not."""
    return _coded(LINEAR[image] / 2**stops)


def darker(image: Pixels, _face: Face, stops: float) -> Pixels:
    """Exposed so many stops less."""
    return underexposed(image, stops)


def brighter(image: Pixels, _face: Face, stops: float) -> Pixels:
    """Exposed so many stops more, what is too bright cut off."""
    return _coded(LINEAR[image] * 2**stops)


def shaded(image: Pixels, face: Face, stops: float) -> Pixels:
    """A shadow that falls across the face and is deepest from its edge on."""
    return _coded(LINEAR[image] * 2 ** (-stops * _across(image, face))[None, :, None])


def lit_by_two(image: Pixels, face: Face, stops: float) -> Pixels:
    """From daylight on one side to a lamp as much redder on the other."""
    warmth = (stops * (_across(image, face) - 0.5))[None, :, None] * np.array((0.5, 0.0, -0.5))
    return _coded((LINEAR[image] * 2**warmth).astype(np.float32))


def bluer(image: Pixels, _face: Face, stops: float) -> Pixels:
    """Under light as much bluer, as of a screen."""
    return _cast(image, (-stops, -stops / 2, 0.0))


def greener(image: Pixels, _face: Face, stops: float) -> Pixels:
    """Under light as much greener, as of an old tube."""
    return _cast(image, (-stops, 0.0, -stops))


def greyer(image: Pixels, _face: Face, share: float) -> Pixels:
    """With a share of its colour gone."""
    grey = image.mean(axis=2, keepdims=True)
    return _bytes(image * (1 - share) + grey * share)


def defocused(image: Pixels, face: Face, radius: float) -> Pixels:
    """Out of focus: every point a disc of that radius."""
    radius *= face_size(face) / FACE_SIDE
    reach = np.arange(-int(np.ceil(radius)), int(np.ceil(radius)) + 1)
    disc = (np.hypot(reach[:, None], reach[None]) <= max(radius, 0.1)).astype(np.float32)
    return cv2.filter2D(image, -1, disc / disc.sum()).astype(np.uint8, copy=False)


def farther(image: Pixels, _face: Face, times: float) -> Pixels:
    """Taken from so many times farther away (1 more than the degree)."""
    scale = 1 / (1 + times)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def closer(image: Pixels, face: Face, share: float) -> Pixels:
    """The frame drawn in until the face, in the middle, overflows it by the degree."""
    x, y, w, h = face.box
    keep = 1 - share
    cx, cy, height, width = x + w / 2, y + h / 2, *image.shape[:2]
    left, right = _towards(0, cx - keep * w / 2, share), _towards(width, cx + keep * w / 2, share)
    top, bottom = _towards(0, cy - keep * h / 2, share), _towards(height, cy + keep * h / 2, share)
    return np.ascontiguousarray(image[top:bottom, left:right])


def cut(image: Pixels, face: Face, share: float) -> Pixels:
    """The picture ends in the face, which loses a share of its width."""
    if not share:
        return image
    return np.ascontiguousarray(image[:, max(0, round(face.box[0] + share * face.box[2])) :])


def masked(image: Pixels, face: Face, share: float) -> Pixels:
    """Cloth from the chin up to the nose at 1, shaded as the skin under it is."""
    x, y, w, h = face.box
    points = np.array(face.landmarks)[:, :2]
    bottom = y + h
    top = bottom - share * (bottom - points[LOW_NOSE, 1])
    over = np.array([(x - w, top), (x + 2 * w, top), (x + 2 * w, bottom), (x - w, bottom)])
    return _painted(image, _common(image, outline(face), over), CLOTH)


def fringed(image: Pixels, face: Face, share: float) -> Pixels:
    """Hair over the forehead, down to the brows at 1 and to the lips at 3."""
    x, y, w, _ = face.box
    brows = np.array(face.landmarks)[list(BROWS), 1].mean()
    end = y + share * (brows - y)
    over = np.array([(x - w, y - w), (x + 2 * w, y - w), (x + 2 * w, end), (x - w, end)])
    return _painted(image, _common(image, outline(face), over), HAIR)


def spectacled(image: Pixels, face: Face, width: float) -> Pixels:
    """Dark rims of so many pixels round the eyes, and their bridge."""
    if not width:
        return image
    drawn, points = image.copy(), np.array(face.landmarks)[:, :2]
    line = max(1, round(width * face_size(face) / FACE_SIDE))
    centres = []
    for corners in EYE_CORNERS:
        outer, inner = points[list(corners)]
        centre, reach = (outer + inner) / 2, np.linalg.norm(outer - inner)
        centres.append((centre, reach))
        axes = (round(0.85 * reach), round(0.7 * reach))
        cv2.ellipse(drawn, _whole(centre), axes, 0, 0, 360, (35, 30, 30), line, cv2.LINE_AA)
    (one, reach), (other, _) = centres
    aside = (other - one) / np.linalg.norm(other - one) * 0.85 * reach
    cv2.line(drawn, _whole(one + aside), _whole(other - aside), (35, 30, 30), line, cv2.LINE_AA)
    return drawn


def accompanied(image: Pixels, _face: Face, size: float) -> Pixels:
    """The same picture beside itself at a share of its size."""
    if not size:
        return image
    other = cv2.resize(image, None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
    beside = np.full((image.shape[0], other.shape[1], 3), 128, np.uint8)
    beside[: other.shape[0]] = other
    return np.hstack([image, beside])


def turned(image: Pixels, face: Face, degrees: float) -> Pixels:
    """The head turned until its right cheek is the nearer."""
    return _posed(image, face, Pose(yaw=-degrees)) if degrees else image


def left_turned_back(image: Pixels, face: Face, degrees: float) -> Pixels:
    """From the left side turned back to the camera by so much."""
    return _posed(image, face, Pose(yaw=SIDE_TURN - degrees))


def right_turned_back(image: Pixels, face: Face, degrees: float) -> Pixels:
    """From the right side turned back to the camera by so much."""
    return _posed(image, face, Pose(yaw=degrees - SIDE_TURN))


def tipped(image: Pixels, face: Face, degrees: float) -> Pixels:
    """The head tipped back."""
    return _posed(image, face, Pose(pitch=degrees)) if degrees else image


def leaning(image: Pixels, face: Face, degrees: float) -> Pixels:
    """The whole picture turned about the face."""
    x, y, w, h = face.box
    about = cv2.getRotationMatrix2D((x + w / 2, y + h / 2), degrees, 1.0)
    size = image.shape[1::-1]
    moved = cv2.warpAffine(image, about, size, borderMode=cv2.BORDER_REPLICATE)
    return moved.astype(np.uint8, copy=False)


def effaced(image: Pixels, face: Face, share: float) -> Pixels:
    """The face gone by a share, and what is round it in its place."""
    return _bytes(image * (1 - share) + _faceless(image, face) * share)


def dimmed(image: Pixels, face: Face, stops: float) -> Pixels:
    """The middle of the face as bare skin, exposed so many stops less."""
    return darker(_bare(image, face, 2), face, stops)


def clothed(image: Pixels, face: Face, share: float) -> Pixels:
    """The middle of the face as bare skin, a share of it from below under cloth."""
    skin = _bare(image, face, 2)
    skin[round((1 - share) * len(skin)) :] = CLOTH
    return skin


def shrunk(image: Pixels, face: Face, times: float) -> Pixels:
    """The middle of the face as bare skin, sent so many times smaller (1 more than the degree)."""
    return farther(_bare(image, face, 3), face, times)


FAULTS: tuple[Fault, ...] = (
    Fault("darker", "light", "too_dark", (0, 1, 2, 3, 4, 5, 6), darker, "stops"),
    Fault("brighter", "overexposed", "overexposed", (0, 0.5, 1, 1.5, 2, 3, 4), brighter, "stops"),
    Fault("shaded", "unevenness", "harsh_shadow", (0, 2, 4, 6, 8, 12, 16), shaded, "stops"),
    Fault("lit by two", "mixed_light", "mixed_light", (0, 1, 2, 3), lit_by_two, "stops"),
    Fault("bluer", "hue", "wrong_colours", (0, 1, 2, 3, 4), bluer, "stops"),
    Fault("greener", "hue", "wrong_colours", (0, 0.5, 1, 1.5, 2, 3), greener, "stops"),
    Fault("greyer", "chroma", "no_colour", (0, 0.2, 0.4, 0.6, 0.8, 1), greyer, "share"),
    Fault("defocused", "sharpness", "blurred", (0, 1.5, 2.5, 4, 6, 9), defocused, "pixels"),
    Fault("farther", "face_pixels", "too_far", (0, 0.25, 0.5, 1, 2, 4), farther, "times"),
    Fault("closer", "frame_share", "too_close", (0, 0.05, 0.1, 0.15, 0.2, 0.25), closer, "share"),
    Fault("cut", "cut_off", "cut_off", (0, 0.05, 0.1, 0.2, 0.3, 0.4), cut, "share"),
    Fault("masked", "covered", "covered", (0, 0.2, 0.4, 0.6, 0.8, 1), masked, "share"),
    Fault("fringed", "covered", "covered", (0, 0.3, 0.6, 1, 2, 3), fringed, "share"),
    Fault("spectacled", "glasses", "glasses", (0, 1, 2, 4, 8), spectacled, "pixels"),
    Fault(
        "accompanied", "second_face", "several_faces", (0, 0.3, 0.45, 0.6, 0.9), accompanied, "size"
    ),
    Fault("turned", "far_cheek", "not_front", (0, 10, 20, 25, 30, 40), turned, "degrees"),
    Fault(
        "left, turned back",
        "side_turn",
        "not_left",
        (0, 10, 20, 30, 40),
        left_turned_back,
        "degrees",
        View.LEFT,
    ),
    Fault(
        "right, turned back",
        "side_turn",
        "not_right",
        (0, 10, 20, 30, 40),
        right_turned_back,
        "degrees",
        View.RIGHT,
    ),
    Fault("tipped", "pitch", "head_tipped", (0, 10, 20, 30, 40, 50), tipped, "degrees"),
    Fault("leaning", "roll", "leaning", (0, 10, 20, 30, 40), leaning, "degrees"),
    Fault("effaced", "faces", "no_face", (0, 0.5, 1), effaced, "share"),
    Fault("dimmed", "brightness", "too_dark", (0, 1, 2, 3, 4, 5), dimmed, "stops", View.CHEST),
    Fault("shrunk", "picture_pixels", "few_pixels", (0, 0.5, 1, 2), shrunk, "times", View.CHEST),
    Fault(
        "clothed", "skin_share", "no_skin", (0, 0.2, 0.4, 0.6, 0.8, 1), clothed, "share", View.CHEST
    ),
)


def _coded(light: Floats) -> Pixels:
    """Linear light to eight bits."""
    return _bytes(np.power(np.clip(light, 0, 1), np.float32(1 / 2.2)).astype(np.float32) * 255)


def _bytes(levels: npt.NDArray[np.floating[Any]]) -> Pixels:
    return np.rint(np.clip(levels, 0, 255)).astype(np.uint8)


def _cast(image: Pixels, stops: tuple[float, float, float]) -> Pixels:
    return _coded((LINEAR[image] * 2 ** np.array(stops)).astype(np.float32))


def _across(image: Pixels, face: Face) -> Floats:
    """0 at the face's one edge, 1 at its other, for each column."""
    columns = np.arange(image.shape[1], dtype=np.float32)
    return np.clip((columns - face.box[0]) / face.box[2], 0, 1).astype(np.float32)


def _towards(edge: float, goal: float, share: float) -> int:
    """The picture's own edge without a fault, else the goal."""
    return round(max(0.0, goal) if share else edge)


def _common(
    image: Pixels, shape: npt.NDArray[np.float64], over: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    both = np.ones(image.shape[:2], bool)
    for one in (shape, over):
        mask = np.zeros(image.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(one).astype(np.int32)], (1,))
        both &= mask > 0
    return both


def _painted(image: Pixels, where: npt.NDArray[np.bool_], colour: tuple[int, int, int]) -> Pixels:
    if not where.any():
        return image
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    shade = cv2.GaussianBlur(grey, (0, 0), image.shape[1] / 40)[where]
    drawn = image.copy()
    drawn[where] = _bytes(np.array(colour, np.float64) * (shade / np.median(shade))[:, None])
    return drawn


def _posed(image: Pixels, face: Face, pose: Pose) -> Pixels:
    """The textured mesh photographed again, in the middle of a picture of the same size."""
    model = Model(face.landmarks, (image.shape[0], image.shape[1]))
    return model.photograph(image, pose, np.zeros((0, 2))).image


def _bare(image: Pixels, face: Face, times: int) -> Pixels:
    """The middle of the face, enlarged."""
    x, y, w, h = (round(value) for value in face.box)
    skin = image[y + h // 4 : y + 3 * h // 4, x + w // 4 : x + 3 * w // 4]
    large = cv2.resize(skin, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    return large.astype(np.uint8, copy=False)


def _faceless(image: Pixels, face: Face) -> Pixels:
    """The face filled smoothly from what is round it."""
    few = 64 / max(image.shape[:2])
    small = cv2.resize(image, None, fx=few, fy=few, interpolation=cv2.INTER_AREA)
    hole = np.zeros(small.shape[:2], np.uint8)
    cv2.fillConvexPoly(hole, np.rint(outline(face) * few).astype(np.int32), (1,))
    filled = cv2.inpaint(small, cv2.dilate(hole, np.ones((3, 3))), 3, cv2.INPAINT_TELEA)
    smooth = cv2.resize(filled, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    whole = _common(image, outline(face), outline(face))
    return np.where(whole[..., None], smooth, image).astype(np.uint8)


def _whole(point: npt.NDArray[np.float64]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
