"""What to draw: one lesion's plan, and mixes from which plans are drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from inference.results import LesionType

if TYPE_CHECKING:
    from collections.abc import Mapping

RENDERER_VERSION = 1

FACE_WIDTH_MM = 145.0  # cheekbone to cheekbone with soft tissue, adults

# Smallest, most common, largest diameter in mm (triangular distribution).
DIAMETER_MM: Mapping[LesionType, tuple[float, float, float]] = {
    LesionType.COMEDONE: (1.0, 1.4, 2.2),
    LesionType.PAPULE: (2.0, 3.0, 5.0),
    LesionType.PUSTULE: (2.0, 3.4, 6.0),
    LesionType.NODULE: (5.0, 7.0, 12.0),
    LesionType.CYST: (6.0, 9.0, 18.0),
    LesionType.SCAR: (2.0, 4.0, 8.0),
}

VARIANTS: Mapping[LesionType, tuple[str, ...]] = {
    LesionType.COMEDONE: ("open", "closed"),
    LesionType.PAPULE: ("plain", "excoriated"),
    LesionType.PUSTULE: ("plain",),
    LesionType.NODULE: ("plain",),
    LesionType.CYST: ("inflamed", "bluish"),
    LesionType.SCAR: ("icepick", "boxcar", "rolling"),
}


@dataclass(frozen=True, slots=True)
class LesionPlan:
    """One lesion to draw. What is None is drawn at random.

    ``centre``: x and y in pixels. ``activity``: 1 in full bloom, towards 0 as it heals: flatter,
    paler, smaller. ``seed``: fixes the lesion's own shape and colour, so that the same lesion can
    be drawn again on a later visit.
    """

    type: LesionType
    centre: tuple[float, float] | None = None
    diameter_mm: float | None = None
    variant: str | None = None
    activity: float | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.variant is not None and self.variant not in VARIANTS[self.type]:
            raise ValueError(f"a {self.type} has no variant {self.variant!r}")
        if self.activity is not None and not 0 < self.activity <= 1:
            raise ValueError("activity lies above 0 and at most at 1")


def _default_shares() -> dict[LesionType, float]:
    return {
        LesionType.COMEDONE: 0.30,
        LesionType.PAPULE: 0.28,
        LesionType.PUSTULE: 0.18,
        LesionType.NODULE: 0.09,
        LesionType.CYST: 0.06,
        LesionType.SCAR: 0.09,
    }


@dataclass(frozen=True, slots=True)
class Mix:
    """Draws plans: how many lesions (log-uniform between the ends) and each type's share.

    ``confluence``: share of lesions put beside another one, touching or overlapping it.
    ``spread``: how much the shares vary from face to face (Dirichlet; small varies much).
    """

    number: tuple[int, int] = (5, 60)
    shares: Mapping[LesionType, float] = field(default_factory=_default_shares)
    confluence: float = 0.0
    spread: float = 6.0

    def draw(self, rng: np.random.Generator) -> list[LesionPlan]:
        low, high = self.number
        count = round(float(np.exp(rng.uniform(np.log(low), np.log(high)))))
        types = [kind for kind, share in self.shares.items() if share > 0]
        weights = np.array([self.shares[kind] for kind in types])
        chances = rng.dirichlet(weights / weights.sum() * self.spread)
        return [LesionPlan(types[i]) for i in rng.choice(len(types), size=count, p=chances)]


def draw_diameter_mm(rng: np.random.Generator, kind: LesionType) -> float:
    """A diameter in mm from the triangular distribution of the type."""
    return float(rng.triangular(*DIAMETER_MM[kind]))


def draw_variant(rng: np.random.Generator, kind: LesionType) -> str:
    """A variant of the type; one papule in eight is excoriated."""
    variants = VARIANTS[kind]
    if kind is LesionType.PAPULE:
        return "excoriated" if rng.random() < 0.12 else "plain"
    return variants[int(rng.integers(len(variants)))]
