"""Lay one photo of a face over another: the similarity that fits its landmarks best.

Turning, scaling and moving the plane is w = a·z + b over the complex numbers, and least squares
over point pairs has a closed form (Umeyama 1991, without reflection).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    Points = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Similarity:
    turn: complex
    """Its argument is the angle, its modulus the scale."""
    shift: complex

    def move(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the one photo lies in the other."""
        moved = self.turn * complex(x, y) + self.shift
        return moved.real, moved.imag

    @property
    def matrix(self) -> tuple[float, float, float, float, float, float]:
        """As SVG and CSS write it: x' = a·x + c·y + e, y' = b·x + d·y + f."""
        a, b = self.turn.real, self.turn.imag
        return (a, b, -b, a, self.shift.real, self.shift.imag)

    @property
    def svg(self) -> str:
        """As the value of a ``transform`` attribute."""
        return f"matrix({' '.join(f'{number:.6f}' for number in self.matrix)})"


def fit(source: Points, target: Points) -> Similarity | None:
    """From pixels of one photo to those of the other; nothing where there is no face to go by."""
    if not source or len(source) != len(target):
        return None
    z, w = _complex(source), _complex(target)
    z_mean, w_mean = sum(z) / len(z), sum(w) / len(w)
    spread = sum(abs(one - z_mean) ** 2 for one in z)
    if not spread:
        return None
    covariance = sum(
        (one - z_mean).conjugate() * (other - w_mean) for one, other in zip(z, w, strict=True)
    )
    turn = covariance / spread
    return Similarity(turn, w_mean - turn * z_mean)


def same_width(source_width: float, target_width: float) -> Similarity:
    """All that can be done without a face."""
    return Similarity(complex(target_width / source_width), 0j)


def _complex(points: Points) -> list[complex]:
    return [complex(point[0], point[1]) for point in points]
