"""Where the skin is, how it looks, how light falls on it, how sharp the photo is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inference.training.synthesis.colour import (
    MELANIN,
    Bools,
    Bytes,
    Floats,
    lab_of_image,
    lab_of_light,
    luminance,
    to_bytes,
    to_light,
)

# Outlines in the MediaPipe face mesh, in drawing order.
FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
OVAL_GROWTH: npt.NDArray[np.float32] = np.array([1.02, 1.05], np.float32)  # the mesh ends early
CHEEKBONES = (234, 454)
NOT_SKIN = {
    "right eye": (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
    "left eye": (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249),
    "right brow": (46, 53, 52, 65, 55, 107, 66, 105, 63, 70),
    "left brow": (276, 283, 282, 295, 285, 336, 296, 334, 293, 300),
    "lips": (
        61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185,
    ),
    "right nostril": (98, 240, 99, 60, 75, 59, 166, 79, 239, 238, 20, 242),
    "left nostril": (327, 460, 328, 290, 305, 289, 392, 309, 459, 458, 250, 462),
}  # fmt: skip


def skin_mask(image: Bytes, landmarks: npt.ArrayLike | None = None) -> Bools:
    """True on the bare skin of the face.

    ``image``: (H, W, 3) uint8 RGB. ``landmarks``: (468 or 478, 2 or more) mesh points in pixels;
    eyes, brows, lips and nostrils are then cut out by their outlines, and hair, beard and glasses
    by colour. Without landmarks colour alone decides, on the largest patch of skin.
    """
    height, width = image.shape[:2]
    if landmarks is None:
        return _largest_part(_skin_coloured(image, _broad_skin(image)))
    points = np.asarray(landmarks, np.float32)[:, :2]
    oval = points[list(FACE_OVAL)]
    middle = oval.mean(axis=0)
    face = _fill((height, width), middle + (oval - middle) * OVAL_GROWTH)
    span = float(np.ptp(points[:, 0]))
    for outline in NOT_SKIN.values():
        part = _fill((height, width), np.asarray(cv2.convexHull(points[list(outline)]), np.float32))
        face &= ~_grow(part, 0.018 * span)
    return face & _skin_coloured(image, face)


def _fill(shape: tuple[int, int], outline: npt.NDArray[np.float32]) -> Bools:
    canvas = np.zeros(shape, np.uint8)
    cv2.fillPoly(canvas, [np.rint(outline).astype(np.int32).reshape(-1, 1, 2)], (1,))
    return canvas.astype(bool)


def _disc(radius: float) -> Bytes:
    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _grow(mask: Bools, radius: float) -> Bools:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _disc(radius)), bool)


def _broad_skin(image: Bytes) -> Bools:
    """Colours that skin of any tone has under indoor light, as a first guess."""
    _, cr, cb = np.moveaxis(cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb), 2, 0)
    return np.asarray((cr > 134) & (cr < 180) & (cb > 75) & (cb < 132) & (cr > cb), bool)


def _skin_coloured(image: Bytes, guess: Bools) -> Bools:
    """Pixels of ``guess`` whose blurred colour is near its middle one: not hair, lips, eyes."""
    if not guess.any():
        return guess
    height, width = guess.shape
    sigma = max(1.0, min(height, width) / 300)
    lab = cv2.GaussianBlur(lab_of_image(image), (0, 0), sigma)
    middle = np.median(lab[guess][::7], axis=0)
    spread = np.median(np.abs(lab[guess][::7] - middle), axis=0) * 1.48
    bright = lab[..., 0] > middle[0] - np.clip(3.2 * spread[0], 16, 30)
    chroma = np.abs(lab[..., 1:] - middle[1:]) < np.clip(3.5 * spread[1:], 7, 16)
    fair_hair = lab[..., 2] > middle[2] + np.clip(2.5 * spread[2], 5.5, 12)
    near = guess & bright & chroma.all(axis=2) & ~fair_hair
    radius = min(height, width) / 200
    closed = cv2.morphologyEx(near.astype(np.uint8), cv2.MORPH_CLOSE, _disc(radius))
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, _disc(radius)), bool) & guess


def _largest_part(mask: Bools) -> Bools:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return mask
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])), bool)


def face_width(skin: Bools) -> float:
    """Width in pixels of the face in a skin mask: the 95th percentile of its rows' spans."""
    spans = [np.ptp(np.flatnonzero(row)) + 1 for row in skin[::4] if row.any()]
    if not spans:
        raise ValueError("the skin mask is empty: there is nothing to draw on")
    return float(np.percentile(spans, 95))


def mesh_width(landmarks: npt.ArrayLike) -> float:
    """Width in pixels of the head of a mesh (468 or more, 3), in depth too: yaw does not matter."""
    right, left = (np.asarray(landmarks, np.float64)[i, :3] for i in CHEEKBONES)
    return float(np.linalg.norm(right - left))


@dataclass(frozen=True, slots=True)
class Light:
    """``direction``: unit vector towards the light (x right, y down, z to the camera).
    ``ambient``: share of light from everywhere. ``gloss``: how oily the skin shines.
    """

    direction: tuple[float, float, float]
    ambient: float
    gloss: float


def estimate_light(image: Bytes, skin: Bools, rng: np.random.Generator) -> Light:
    """A light that suits the face's large shadows; what a photo cannot tell is drawn.

    The brighter side of the skin says where the light comes from; its height is unknown.
    """
    small = np.asarray(cv2.resize(image, (64, 64), interpolation=cv2.INTER_AREA), np.uint8)
    inside = cv2.resize(skin.astype(np.uint8), (64, 64), interpolation=cv2.INTER_AREA) > 0
    rows, columns = np.nonzero(inside)
    if len(rows) < 16:
        slope = np.zeros(2)
    else:
        shade = np.log(luminance(to_light(small))[inside] + 0.02)
        design = np.stack([columns / 32 - 1, rows / 32 - 1, np.ones(len(rows))], axis=1)
        slope = np.linalg.lstsq(design, shade, rcond=None)[0][:2]
    lean = slope * 0.8 + rng.normal(0, 0.25, 2) + (0, -0.3)  # lamps hang above more often
    direction = np.array([*np.clip(lean, -1.4, 1.4), rng.uniform(0.9, 2.0)])
    x, y, z = direction / np.linalg.norm(direction)
    return Light((float(x), float(y), float(z)), rng.uniform(0.25, 0.5), rng.beta(1.6, 3.0))


def with_melanin(image: Bytes, weight: Floats, amount: float) -> Bytes:
    """The face with darker skin (``amount`` above 0, up to about 1.2) or fairer (below 0).

    ``weight``: (H, W) 0..1, how much of each pixel is skin.
    """
    density = np.float32(amount) * weight[..., None] * MELANIN
    return to_bytes(to_light(image) * np.exp(-density))


@dataclass(frozen=True, slots=True)
class Skin:
    """Skin at one place. ``light``: linear RGB; ``lab``: the same in CIELAB; ``darkness``: 0 for
    fair to 1 for very dark skin, of the whole face, so that shadow is not taken for pigment;
    ``normal``: which way the face turns there.
    """

    light: Floats
    lab: Floats
    darkness: float
    normal: tuple[float, float, float]


class SkinMap:
    """Local skin colour and the large shape of the face, looked up by position."""

    def __init__(self, image: Bytes, skin: Bools) -> None:
        self._step = max(1, min(skin.shape) // 96)
        size = (-(-skin.shape[1] // self._step), -(-skin.shape[0] // self._step))
        weight = cv2.resize(skin.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        colour = to_light(np.asarray(small, np.uint8))
        total = cv2.GaussianBlur(colour * weight[..., None], (0, 0), 2.5)
        self._colour = total / (cv2.GaussianBlur(weight, (0, 0), 2.5) + 1e-4)[..., None]
        self.darkness = _darkness(image[skin])
        rows, columns = np.nonzero(weight > 0.5)
        if len(rows) == 0:
            rows, columns = np.nonzero(weight > 0)
        self._middle = np.array([columns.mean(), rows.mean()])
        self._reach = np.maximum([np.ptp(columns), np.ptp(rows)], 1) * 0.6

    def at(self, x: float, y: float) -> Skin:
        column, row = int(x) // self._step, int(y) // self._step
        light = self._colour[row, column]
        return Skin(light, lab_of_light(light), self.darkness, self._normal(column, row))

    def _normal(self, column: int, row: int) -> tuple[float, float, float]:
        lean = 0.8 * (np.array([column, row]) - self._middle) / self._reach
        flat = min(1.0, float(lean @ lean))
        x, y = lean * (1.0 if flat < 0.8 else np.sqrt(0.8 / flat))
        return float(x), float(y), float(np.sqrt(max(0.2, 1 - flat)))


def _darkness(pixels: Bytes) -> float:
    """From the individual typology angle of the better lit half: 55° and more 0, -40° 1."""
    lab = lab_of_image(pixels[::11].reshape(-1, 1, 3)).reshape(-1, 3)
    lit = lab[lab[:, 0] >= np.median(lab[:, 0])]
    lightness, _, yellow = np.median(lit, axis=0)
    angle = np.degrees(np.arctan2(lightness - 50, max(float(yellow), 1.0)))
    return float(np.clip((55 - angle) / 95, 0, 1))


def blur_sigma(image: Bytes, skin: Bools) -> float:
    """Blur of the photo in pixels, from its sharpest edges in and near the face.

    An edge's gradient falls by a known ratio when blurred again by one pixel (Zhuo and Sim,
    Pattern Recognition 2011).
    """
    rows, columns = np.nonzero(skin)
    part = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    calm = cv2.medianBlur(grey, 3)
    grey = np.where(cv2.absdiff(grey, calm) > 45, calm, grey).astype(np.float32)  # no lone dots
    sharp = _slope(np.asarray(grey, np.float32))
    soft = _slope(np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.0), np.float32))
    edges = sharp > max(12.0, float(np.percentile(sharp, 97)))
    if edges.sum() < 20:
        return 1.2
    ratio = float(np.percentile(sharp[edges] / (soft[edges] + 1e-3), 70))
    return float(np.clip(1 / np.sqrt(max(ratio**2 - 1, 0.05)), 0.45, 3.5))


def _slope(grey: Floats) -> Floats:
    return np.asarray(
        cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)) / 8,
        np.float32,
    )
