"""A small portrait enlarged to what a phone would have shown: crisp edges, pores, mottled skin."""

from __future__ import annotations

import cv2
import numpy as np

from inference.training.synthesis.colour import (
    HAEMOGLOBIN,
    MELANIN,
    Bools,
    Bytes,
    Floats,
    to_bytes,
    to_light,
)
from inference.training.synthesis.patch import smooth_noise
from inference.training.synthesis.plan import FACE_WIDTH_MM


def enlarge_with_skin(
    image: Bytes,
    face_width_px: float,
    rng: np.random.Generator,
    *,
    skin: Bools,
    width_px: float,
    margin: float = 0.55,
) -> Bytes:
    """The head in ``image`` (H, W, 3 uint8 RGB), its face ``face_width_px`` pixels wide, with skin.

    ``skin``: (H, W) bool and ``width_px``: the face's width now, as `masks.face_skin` gives them.
    ``margin``: how much of the face's width is kept round the skin. Raises ValueError when the
    face would shrink.
    """
    factor = face_width_px / width_px
    if factor < 1:
        raise ValueError(f"the face is {width_px:.0f} px wide already: nothing to enlarge")
    part = _head(skin, round(margin * width_px))
    large = _enlarge(image[part], factor)
    size = (large.shape[1], large.shape[0])
    mask = cv2.resize(skin[part].astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(np.clip(mask, 0, 1), (0, 0), 0.006 * face_width_px)
    weight = np.asarray(soft, np.float32)
    hair = np.asarray(1 - _hull(weight), np.float32)
    combed = _with_strands(large, rng, hair, 0.016 * face_width_px)
    return add_skin_texture(combed, rng, weight, face_width_px)


def add_skin_texture(
    image: Bytes, rng: np.random.Generator, weight: Floats, face_width_px: float
) -> Bytes:
    """Pores, fine lines, mottling and sensor grain. ``weight``: (H, W) 0..1, where skin is."""
    per_mm = face_width_px / FACE_WIDTH_MM
    shape = weight.shape
    density = _relief(rng, shape, per_mm)[..., None] * np.ones(3, np.float32)
    blood = sum(a * smooth_noise(rng, shape, c * per_mm) for a, c in ((0.03, 7.0), (0.016, 2.2)))
    brown = sum(a * smooth_noise(rng, shape, c * per_mm) for a, c in ((0.02, 4.0), (0.016, 1.1)))
    density += np.asarray(blood)[..., None] * HAEMOGLOBIN
    density += np.asarray(brown)[..., None] * MELANIN
    lit = to_light(image) * np.exp(-density * weight[..., None])
    return _with_grain(to_bytes(lit), rng)


def _head(skin: Bools, margin: int) -> tuple[slice, slice]:
    rows, columns = np.nonzero(skin)
    if len(rows) == 0:
        raise ValueError("the skin mask is empty: there is no face to enlarge")
    return (
        slice(max(0, rows.min() - round(1.1 * margin)), rows.max() + margin),
        slice(max(0, columns.min() - margin), columns.max() + margin),
    )


def _hull(weight: Floats) -> Floats:
    """The face with its eyes and mouth."""
    points = np.argwhere(weight[::8, ::8] > 0.5)[:, ::-1] * 8
    canvas = np.zeros(weight.shape, np.float32)
    cv2.fillConvexPoly(canvas, cv2.convexHull(points.astype(np.int32)), (1.0,))
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 4.0), np.float32)


def _enlarge(image: Bytes, factor: float) -> Bytes:
    """Cubic, from a copy without its grain (grain would grow into blots), edges tightened after."""
    clean = cv2.fastNlMeansDenoisingColored(image, None, 3, 4, 3, 9)
    large = cv2.resize(clean, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return np.rint(_tightened(large.astype(np.float32), factor)).astype(np.uint8)


def _tightened(picture: Floats, factor: float) -> Floats:
    """Unsharp mask kept within the neighbourhood's own range, so that no edge gets a seam."""
    blurred = cv2.GaussianBlur(picture, (0, 0), 0.5 * factor)
    sharper = picture + 0.65 * (picture - blurred)
    side = 2 * round(0.4 * factor) + 1
    window = np.ones((side, side), np.uint8)
    low, high = cv2.erode(picture, window), cv2.dilate(picture, window)
    return np.asarray(np.clip(sharper, low, high), np.float32)


def _with_strands(image: Bytes, rng: np.random.Generator, where: Floats, reach: float) -> Bytes:
    """Fine lines along the direction in which hair, lashes and cloth already run.

    Noise smeared along the picture's own orientation (line integral convolution, Cabral and
    Leedom, SIGGRAPH 1993). ``reach``: half a strand's length in pixels.
    """
    along, contrast = _orientation(image, reach / 3)
    fine = _smeared(rng.standard_normal(where.shape, dtype=np.float32), along, reach)
    fine = (fine - fine.mean()) / (fine.std() + 1e-6)
    light = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    dark = 1 - np.clip((light.astype(np.float32) - 120) / 60, 0, 1)  # lines on teeth look drawn
    amount = 0.17 * where * dark * np.clip(contrast / 5, 0, 1)
    return to_bytes(to_light(image) * np.exp(amount * fine)[..., None])


def _orientation(image: Bytes, sigma: float) -> tuple[Floats, Floats]:
    """Unit vectors along edges (H, W, 2) and the edges' contrast, from the structure tensor."""
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (0, 0), sigma / 3)
    right = cv2.Scharr(grey, cv2.CV_32F, 1, 0) / 32
    down = cv2.Scharr(grey, cv2.CV_32F, 0, 1) / 32
    products = np.dstack([right * right, down * down, right * down])
    xx, yy, xy = np.moveaxis(cv2.GaussianBlur(products, (0, 0), sigma), 2, 0)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    along = np.dstack([np.cos(angle), np.sin(angle)]).astype(np.float32)
    return along, np.asarray(np.sqrt(xx + yy), np.float32)


def _smeared(noise: Floats, along: Floats, reach: float) -> Floats:
    rows, columns = np.indices(noise.shape, dtype=np.float32)
    total = noise.copy()
    for way in (-1, 1):
        for step in np.arange(1.0, reach, 1.0):
            x, y = columns + way * step * along[..., 0], rows + way * step * along[..., 1]
            total += cv2.remap(noise, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return total


def _relief(rng: np.random.Generator, shape: tuple[int, ...], per_mm: float) -> Floats:
    """Density of the skin's own shadows: a surface of plates and pores lit from above."""
    height = 0.5 * smooth_noise(rng, shape, 0.8 * per_mm) + 0.55 * smooth_noise(
        rng, shape, 0.38 * per_mm
    )
    pores = _pores(rng, shape, per_mm)
    lit = np.gradient(height - 2.2 * pores, axis=0) + 0.5 * np.gradient(height, axis=1)
    area = smooth_noise(rng, shape, 14 * per_mm)
    strength = np.clip(1 + 0.35 * area, 0.4, 1.7)
    spread = float(lit.std()) + 1e-6
    return np.asarray(strength * (0.045 * lit / spread + 0.075 * pores), np.float32)


def _pores(rng: np.random.Generator, shape: tuple[int, ...], per_mm: float) -> Floats:
    height, width = shape[:2]
    pores = np.zeros((height, width), np.float32)
    count = int(0.55 * height * width / per_mm**2)
    rows, columns = rng.integers(0, height, count), rng.integers(0, width, count)
    np.maximum.at(pores, (rows, columns), rng.gamma(2.0, 0.5, count).astype(np.float32))
    sigma = max(0.7, 0.14 * per_mm)
    wide = cv2.GaussianBlur(pores, (0, 0), sigma) * np.float32(2 * np.pi * sigma**2)
    return np.asarray(np.clip(wide, 0, 2.5), np.float32)


def _with_grain(image: Bytes, rng: np.random.Generator) -> Bytes:
    """Sensor noise after a camera's own smoothing."""
    noise = rng.standard_normal(image.shape[:2], dtype=np.float32)
    grain = cv2.GaussianBlur(noise, (0, 0), 0.7) * 4.2
    colour = cv2.GaussianBlur(rng.standard_normal(image.shape, dtype=np.float32), (0, 0), 1.2) * 3
    noisy = image.astype(np.float32) + grain[..., None] + colour
    return np.asarray(np.rint(np.clip(noisy, 0, 255)), np.uint8)
