"""What takes a picture's sharpness: out of focus, moved, too few pixels, compressed, noisy.

Lengths in pixels of the picture given: a face 480 px long, or a chest or back 960 px across. Each
at four strengths, the mildest first.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from inference.photo import Pixels

Degradation = Callable[[Pixels, float, np.random.Generator], Pixels]

STRENGTHS: dict[str, tuple[float, ...]] = {
    "defocus": (1.5, 2.5, 4, 6),  # radius of the disc, pixels
    "motion": (5, 9, 14, 20),  # length, pixels
    "low_resolution": (2, 3, 4.5, 7),  # enlarged by
    "jpeg": (25, 15, 8, 4),  # quality
    "noise": (10, 18, 30, 45),  # standard deviation of 255
}


def _defocused(image: Pixels, radius: float, _: np.random.Generator) -> Pixels:
    reach = np.arange(-int(np.ceil(radius)), int(np.ceil(radius)) + 1)
    disc = (np.hypot(reach[:, None], reach[None]) <= radius).astype(np.float32)
    return cv2.filter2D(image, -1, disc / disc.sum()).astype(np.uint8)


def _moved(image: Pixels, length: float, rng: np.random.Generator) -> Pixels:
    side = 2 * (int(length) // 2) + 1
    path = np.zeros((side, side), np.float32)
    angle, middle = rng.uniform(0, np.pi), side // 2
    dx, dy = round(np.cos(angle) * length / 2), round(np.sin(angle) * length / 2)
    cv2.line(path, (middle - dx, middle - dy), (middle + dx, middle + dy), (1.0,))
    return cv2.filter2D(image, -1, path / path.sum()).astype(np.uint8)


def _enlarged(image: Pixels, factor: float, _: np.random.Generator) -> Pixels:
    height, width = image.shape[:2]
    few = cv2.resize(image, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
    return cv2.resize(few, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def _compressed(image: Pixels, quality: float, _: np.random.Generator) -> Pixels:
    _written, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    return cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.uint8)


def _noisy(image: Pixels, deviation: float, rng: np.random.Generator) -> Pixels:
    noise = rng.normal(0, deviation, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


DEGRADATIONS: dict[str, Degradation] = {
    "defocus": _defocused,
    "motion": _moved,
    "low_resolution": _enlarged,
    "jpeg": _compressed,
    "noise": _noisy,
}
