"""Severity by the count of inflammatory lesions on half a face (Hayashi et al., 2008).

0-5 mild, 6-20 moderate, 21-50 severe, over 50 very severe, on the worse half.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from inference.results import LesionType, Region

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from inference.results import Json, Lesion, Point

# Vertices of the mesh from the brow over the nose's ridge to the chin's tip.
MIDLINE_VERTICES = (10, 151, 9, 168, 6, 197, 195, 5, 4, 1, 2, 164, 0, 17, 18, 200, 199, 175, 152)
COUNTED = frozenset(
    {LesionType.PAPULE, LesionType.PUSTULE, LesionType.NODULE, LesionType.CYST},
)
CHEEK_HALVES = {Region.RIGHT_CHEEK: "right", Region.LEFT_CHEEK: "left"}


class Severity(StrEnum):
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    VERY_SEVERE = "very_severe"


@dataclass(frozen=True, slots=True)
class HalfCounts:
    """Inflammatory lesions on the patient's own right and left half.

    ``undivided``: lesions of neither cheek where no midline was known; they are counted to both
    halves, so that the grade errs on the worse side. ``active``: whether there is acne at all.
    """

    right: int
    left: int
    undivided: int = 0
    active: bool = True

    @property
    def worse(self) -> int:
        """The count that decides."""
        return max(self.right, self.left) + self.undivided

    @property
    def severity(self) -> Severity | None:
        """None if there is no active lesion, not even a comedone."""
        return severity_of_count(self.worse) if self.active else None

    def to_json(self) -> Json:
        """Grade, counts and the reason as code, numbers and an English sentence."""
        severity = self.severity
        half = "right" if self.right >= self.left else "left"
        reason = {"code": "half_face_count", "count": self.worse, "half": half}
        noun = "lesion" if self.worse == 1 else "lesions"
        sentence = f"{self.worse} inflammatory {noun} on the {half} half of the face."
        return {
            "grade": severity.value if severity else None,
            "count": self.worse,
            "right": self.right,
            "left": self.left,
            "undivided": self.undivided,
            "reasons": [{**reason, "sentence": sentence}],
        }


def severity_of_count(count: int) -> Severity:
    """The band of a count of lesions."""
    bands = ((5, Severity.MILD), (20, Severity.MODERATE), (50, Severity.SEVERE))
    return next((band for most, band in bands if count <= most), Severity.VERY_SEVERE)


def midline(landmarks: Sequence[Sequence[float]]) -> tuple[Point, ...]:
    """The face's midline in the photo from the 478 landmarks, brow to chin, in pixels."""
    if not landmarks:
        return ()
    return tuple((landmarks[i][0], landmarks[i][1]) for i in MIDLINE_VERTICES)


def half_of(lesion: Lesion, line: Sequence[Point]) -> str | None:
    """``right`` or ``left`` half, the patient's own; None if it cannot be told."""
    if lesion.region in CHEEK_HALVES:
        return CHEEK_HALVES[lesion.region]
    if len(line) < 2:
        return None
    return "left" if _side(lesion.centre, line) < 0 else "right"


def count_halves(lesions: Iterable[tuple[Lesion, Sequence[Point]]]) -> HalfCounts:
    """Count lesions given with the midline of the photo each was seen in."""
    seen = [(one, line) for one, line in lesions if one.type is not LesionType.SCAR]
    halves = [half_of(one, line) for one, line in seen if one.type in COUNTED]
    return HalfCounts(
        right=halves.count("right"),
        left=halves.count("left"),
        undivided=halves.count(None),
        active=bool(seen),
    )


def _side(point: Point, line: Sequence[Point]) -> float:
    """Negative on the picture's right of the midline, which runs downwards: the patient's left."""
    (ax, ay), (bx, by) = min(pairwise(line), key=lambda piece: _distance(point, *piece))
    return (bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax)


def _distance(point: Point, a: Point, b: Point) -> float:
    """Squared distance of a point to the stretch from a to b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length if length else 0.0
    along = min(1.0, max(0.0, along))
    x, y = a[0] + along * dx - point[0], a[1] + along * dy - point[1]
    return x * x + y * y
