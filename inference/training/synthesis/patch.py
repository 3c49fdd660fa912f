"""The small square of picture that one lesion lives in: its coordinates and its outline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from inference.training.synthesis.colour import Bools, Floats

EXTENT = 2.3  # half the patch in lesion radii: what lies beyond is never touched


@dataclass(frozen=True, slots=True)
class Patch:
    """``x``, ``y``: pixels from the lesion's centre. ``rho``: distance from it in units of its
    irregular outline (1 on the outline). ``fade``: 1 inside, 0 at the patch's border.
    """

    x: Floats
    y: Floats
    rho: Floats
    fade: Floats
    radius: float

    @property
    def size(self) -> int:
        return int(self.rho.shape[0])

    @property
    def inside(self) -> Bools:
        return self.rho <= 1.0


def make_patch(
    rng: np.random.Generator,
    radius: float,
    shift: tuple[float, float],
    *,
    wobble: float,
    elongation: float,
) -> Patch:
    """A patch for a lesion of ``radius`` pixels whose centre lies ``shift`` off the middle pixel.

    ``wobble``: relative depth of the outline's waves; ``elongation``: longer axis over shorter.
    """
    half = int(np.ceil(radius * EXTENT)) + 2
    axis = np.arange(-half, half + 1, dtype=np.float32)
    x, y = np.meshgrid(axis - np.float32(shift[0]), axis - np.float32(shift[1]))
    rho = outline_distance(rng, x / radius, y / radius, wobble=wobble, elongation=elongation)
    distance = np.hypot(x, y) / radius
    fade = 1 - smoothstep(EXTENT - 0.55, EXTENT, distance)
    return Patch(x, y, rho, fade, radius)


def outline_distance(
    rng: np.random.Generator, x: Floats, y: Floats, *, wobble: float, elongation: float
) -> Floats:
    """Distance in units of a random smooth closed outline of mean radius one round the origin."""
    turn = rng.uniform(0, np.pi)
    stretch = np.sqrt(elongation)
    u = (x * np.cos(turn) + y * np.sin(turn)) / stretch
    v = (-x * np.sin(turn) + y * np.cos(turn)) * stretch
    angle = np.arctan2(v, u)
    outline = np.ones_like(angle)
    for wave in range(2, 7):
        depth = rng.normal(0, wobble / wave**1.2)
        outline += depth * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    return np.asarray(np.hypot(u, v) / np.clip(outline, 0.55, 1.6), np.float32)


def smoothstep(low: float, high: float, value: Floats) -> Floats:
    """Hermite step: 0 up to ``low``, 1 from ``high``."""
    t = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], cell: float) -> Floats:
    """Noise of about unit spread whose features are ``cell`` pixels wide."""
    cell = max(cell, 1.0)
    rows, columns = (int(np.ceil(side / cell)) + 3 for side in shape[:2])
    coarse = rng.standard_normal((rows, columns), dtype=np.float32)
    size = (int(np.ceil(columns * cell)), int(np.ceil(rows * cell)))
    fine = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    top, left = (int(rng.integers(0, max(1, int(cell)))) for _ in range(2))
    return np.asarray(fine[top : top + shape[0], left : left + shape[1]], np.float32)
