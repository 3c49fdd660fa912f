"""Why a grade, and how sure: reasons as codes with numbers, and a probability for each grade.

The raw score of "at least grade g" is 1 - prod(1 - p_i) over the candidates whose type forces g.
It saturates where weak candidates are many, so it is turned into a probability by a table per
grade fitted on whole pictures (:class:`Calibration`); without a table the raw score stands and
the result says ``"calibrated": false``.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inference.grading import china2019
from inference.grading.china2019 import ORDER, Grade
from inference.results import LesionType, Region

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from inference.results import Json, Lesion

NONE = "none"
LARGEST_SCORE = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Calibration:
    """Per grade, points (evidence, probability that the true grade is at least this), rising.

    Evidence is -log(1 - raw score): unlike the score itself it does not run out of digits.
    Between points the line is straight, beyond them flat.
    """

    points: Mapping[Grade, Sequence[tuple[float, float]]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, document: Mapping[str, Sequence[Sequence[float]]]) -> Calibration:
        """Read ``{"I": [[evidence, probability], ...], ...}``."""
        return cls({Grade(name): [(a, b) for a, b in rows] for name, rows in document.items()})

    def probability(self, grade: Grade, evidence: float) -> float:
        """Probability of at least this grade; the raw score where the grade has no table."""
        table = self.points.get(grade)
        return _interpolate(table, evidence) if table else 1 - math.exp(-evidence)


@dataclass(frozen=True, slots=True)
class Certainty:
    """``probabilities``: by grade and ``none``, summing to 1. ``raw``: the uncalibrated score of
    at least the displayed grade. ``uncertain``: the displayed grade is not the most probable.
    """

    probabilities: Mapping[str, float]
    most_probable: str
    raw: float
    calibrated: bool
    uncertain: bool

    def to_json(self) -> Json:
        """Primitives, probabilities to four places."""
        return {
            "probabilities": {name: round(p, 4) for name, p in self.probabilities.items()},
            "most_probable": self.most_probable,
            "raw": round(self.raw, 4),
            "calibrated": self.calibrated,
            "uncertain": self.uncertain,
        }


def evidence(candidates: Iterable[Lesion], grade: Grade) -> float:
    """Sum of -log(1 - p) over the candidates that would force at least this grade."""
    scores = (one.score for one in candidates if china2019.forces(one.type, grade))
    return sum(-math.log1p(-min(score, LARGEST_SCORE)) for score in scores)


def certainty(
    candidates: Sequence[Lesion],
    displayed: Grade | None,
    calibration: Calibration,
) -> Certainty:
    """How probable each grade is, given every candidate above the floor, not only the counted."""
    evidences = {grade: evidence(candidates, grade) for grade in ORDER}
    probabilities = _split([calibration.probability(g, e) for g, e in evidences.items()])
    most_probable = max(probabilities, key=probabilities.__getitem__)
    shown = displayed.value if displayed else NONE
    return Certainty(
        probabilities=probabilities,
        most_probable=most_probable,
        raw=1 - math.exp(-evidences[displayed or Grade.I]) if displayed else 0.0,
        calibrated=all(calibration.points.get(grade) for grade in ORDER),
        uncertain=most_probable != shown,
    )


def reasons(lesions: Sequence[Lesion]) -> list[Json]:
    """Which lesions decide the Chinese grade, what it would be without them, what did not count."""
    worst = china2019.grade(lesions)
    scars = sum(one.type is LesionType.SCAR for one in lesions)
    found = [_worst_types(lesions), _without_them(lesions)] if worst else [_no_active_acne()]
    return found + ([_scars_left_out(scars)] if scars else [])


def _split(at_least: Sequence[float]) -> dict[str, float]:
    """Turn P(at least I), ..., P(at least IV) into the probability of each and of none.

    Tables fitted apart may cross: the worse grade's probability bounds the milder one from below.
    """
    rising = [max(at_least[i:]) for i in range(len(at_least))]
    edges = [1.0, *rising, 0.0]
    names = [NONE, *(grade.value for grade in ORDER)]
    return {name: edges[i] - edges[i + 1] for i, name in enumerate(names)}


def _interpolate(table: Sequence[tuple[float, float]], at: float) -> float:
    place = bisect_right([x for x, _ in table], at)
    if place in {0, len(table)}:
        return table[min(place, len(table) - 1)][1]
    (left, low), (right, high) = table[place - 1], table[place]
    return low + (high - low) * (at - left) / (right - left)


def _worst_types(lesions: Sequence[Lesion]) -> Json:
    decisive = china2019.deciding(lesions)
    counts = _counts(decisive)
    regions = {region.value: sum(one.region == region for one in decisive) for region in Region}
    return {
        "code": "worst_type",
        "grade": china2019.GRADE_OF_TYPE[decisive[0].type].value,
        "counts": counts,
        "regions": {name: count for name, count in regions.items() if count},
        "sentence": f"The worst lesions are {_phrase(counts)}.",
    }


def _without_them(lesions: Sequence[Lesion]) -> Json:
    decisive = set(map(id, china2019.deciding(lesions)))
    rest = china2019.grade(one for one in lesions if id(one) not in decisive)
    else_grade = f"the grade would be {rest.value}" if rest else "there would be no active acne"
    return {
        "code": "without_them",
        "grade": rest.value if rest else None,
        "sentence": f"Without them {else_grade}.",
    }


def _no_active_acne() -> Json:
    return {"code": "no_active_acne", "sentence": "No active acne found."}


def _scars_left_out(count: int) -> Json:
    sentence = f"{_phrase({LesionType.SCAR.value: count})}: scars never decide the grade."
    return {"code": "scars_left_out", "count": count, "sentence": sentence}


def _counts(lesions: Iterable[Lesion]) -> dict[str, int]:
    types = [one.type.value for one in lesions]
    return {kind.value: types.count(kind.value) for kind in LesionType if kind.value in types}


def _phrase(counts: Mapping[str, int]) -> str:
    parts = [f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in counts.items()]
    return " and ".join(parts)
