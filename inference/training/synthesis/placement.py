"""Where lesions go: on skin, apart from each other or confluent, in clusters as acne grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from inference.training.synthesis.patch import smooth_noise

if TYPE_CHECKING:
    from inference.training.synthesis.colour import Bools

_TRIES = 60


class NoRoomError(ValueError):
    """The skin mask has no free place for a lesion of that size."""


class Placement:
    """Hands out places inside ``skin`` and remembers what is taken.

    A lesion of radius r is put only where its whole disc of ``reach`` r lies on skin.
    """

    def __init__(self, rng: np.random.Generator, skin: Bools, *, reach: float = 1.15) -> None:
        self._rng = rng
        self._reach = reach
        self._step = max(1, min(skin.shape) // 240)
        padded = np.pad(skin.astype(np.uint8), 1)  # the picture's border ends the skin
        room = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
        self._skin = skin
        self._room = np.ascontiguousarray(room[:: self._step, :: self._step])
        noise = smooth_noise(rng, self._room.shape, max(self._room.shape) / 7)
        self._weight = np.exp(0.8 * noise)
        self._taken: list[tuple[float, float, float]] = []

    def take(self, x: float, y: float, radius: float) -> None:
        self._taken.append((x, y, radius))

    def find(self, radius: float, *, beside: bool = False) -> tuple[float, float]:
        """A free place for a lesion of ``radius`` pixels; ``beside``: touching one that is there.

        Raises NoRoomError.
        """
        if beside and self._taken:
            return self._find_beside(radius)
        fits = np.flatnonzero(self._room > radius * self._reach + self._step)
        if len(fits) == 0:
            raise NoRoomError(f"no skin wide enough for a lesion of {radius:.0f} px radius")
        weight = np.cumsum(self._weight.ravel()[fits])
        for pick in np.searchsorted(weight, self._rng.uniform(0, weight[-1], _TRIES)):
            row, column = divmod(int(fits[min(int(pick), len(fits) - 1)]), self._room.shape[1])
            x, y = (np.array([column, row]) + self._rng.uniform(0, 1, 2)) * self._step
            if self._free(x, y, radius):
                return float(x), float(y)
        raise NoRoomError("the skin is full: ask for fewer or smaller lesions")

    def _find_beside(self, radius: float) -> tuple[float, float]:
        for _ in range(_TRIES):
            x, y, other = self._taken[int(self._rng.integers(len(self._taken)))]
            angle, gap = self._rng.uniform(0, 2 * np.pi), self._rng.uniform(0.75, 1.05)
            x += (radius + other) * gap * float(np.cos(angle))
            y += (radius + other) * gap * float(np.sin(angle))
            if self._on_skin(x, y, radius) and self._clear_by(x, y, radius, 0.7):
                return x, y
        return self.find(radius)

    def _on_skin(self, x: float, y: float, radius: float) -> bool:
        row, column = int(y) // self._step, int(x) // self._step
        rows, columns = self._room.shape
        if not (0 <= row < rows and 0 <= column < columns):
            return False
        return bool(self._room[row, column] > radius * self._reach + self._step)

    def _free(self, x: float, y: float, radius: float) -> bool:
        return self._clear_by(x, y, radius, 1.3)

    def _clear_by(self, x: float, y: float, radius: float, gap: float) -> bool:
        return all(
            np.hypot(x - other_x, y - other_y) >= (radius + other) * gap
            for other_x, other_y, other in self._taken
        )
