"""Grades of pictures and of cases: confusion, agreement, and which way the errors go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from inference.grading import china2019
from inference.results import Lesion
from inference.training.evaluation.intervals import figures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from inference.training.coco import Picture
    from inference.training.evaluation.measures import Floats, Measure

    Json = dict[str, Any]
    Places = NDArray[np.intp]

HAYASHI_BOUNDS = (5, 20, 50)
HAYASHI = ("0", "1", "2", "3")
CHINA = ("none", *china2019.ORDER)


def hayashi_grade(count: float) -> int:
    """Hayashi et al. 2008 as ACNE04 counts it: 0 to 5 lesions, 6-20, 21-50, more -> 0..3."""
    return int(np.searchsorted(HAYASHI_BOUNDS, round(count), side="left"))


def china_grade(lesions: Sequence[Lesion]) -> int:
    """Place in ``CHINA`` of the worst type present; 0 where no active lesion is."""
    grade = china2019.grade(lesions)
    return CHINA.index(grade) if grade else 0


def true_china_grade(picture: Picture) -> int:
    """The same of what is marked on a picture, fields of comedones among it."""
    return china_grade([Lesion(mark.type, 1.0, mark.box) for mark in picture.marks if mark.type])


def carries_china_grade(pictures: Sequence[Picture]) -> bool:
    """Whether the marks allow it: some are typed, and none only says "lesion"."""
    types = {mark.type for picture in pictures for mark in picture.marks}
    return bool(types) and None not in types


@dataclass(frozen=True, slots=True)
class Grades:
    """The true grade and ours of G pictures or cases, as places in ``names``; ``picture`` (G,): the
    number of the picture whose weight counts.
    """

    names: tuple[str, ...]
    true: Places
    ours: Places
    picture: Places

    def confusion(self, weights: Floats) -> Floats:
        """(K, K): true grade down, ours across. ``weights`` (P,) of all pictures."""
        size = len(self.names)
        cells = np.bincount(self.true * size + self.ours, weights[self.picture], size * size)
        return np.asarray(cells.reshape(size, size), np.float64)

    def accuracy(self, weights: Floats) -> float:
        """Share graded exactly right."""
        table = self.confusion(weights)
        return _share(np.trace(table), table.sum())

    def kappa(self, weights: Floats) -> float:
        """Cohen's kappa."""
        return kappa(self.confusion(weights), power=0)

    def kappa_quadratic(self, weights: Floats) -> float:
        """Cohen's kappa with quadratic weights."""
        return kappa(self.confusion(weights), power=2)

    def sensitivity(self, grade: int, weights: Floats) -> float:
        """Share of those of this grade that are given it."""
        row = self.confusion(weights)[grade]
        return _share(row[grade], row.sum())

    def specificity(self, grade: int, weights: Floats) -> float:
        """Share of those of other grades that are not given it."""
        others = np.delete(self.confusion(weights), grade, axis=0)
        return _share(others.sum() - others[:, grade].sum(), others.sum())

    def downgrade_share(self, weights: Floats) -> float:
        """Of the wrong grades, the share that is too mild."""
        table = self.confusion(weights)
        return _share(np.tril(table, -1).sum(), table.sum() - np.trace(table))

    def beyond_one_share(self, weights: Floats) -> float:
        """Of the wrong grades, the share that is off by more than one."""
        table = self.confusion(weights)
        far = np.tril(table, -2).sum() + np.triu(table, 2).sum()
        return _share(far, table.sum() - np.trace(table))

    def of_cases(self, groups: Sequence[str]) -> Grades:
        """One grade a person: the worst of the person's pictures, true and ours."""
        names = [groups[place] for place in self.picture]
        members = {name: np.flatnonzero(np.asarray(names) == name) for name in dict.fromkeys(names)}
        each = list(members.values())
        return Grades(
            self.names,
            np.array([self.true[one].max() for one in each], np.intp),
            np.array([self.ours[one].max() for one in each], np.intp),
            np.array([self.picture[one[0]] for one in each], np.intp),
        )


def kappa(table: Floats, *, power: int) -> float:
    """Cohen's kappa of a table (K, K), disagreement weighted by the distance of the grades to the
    ``power``; 0 counts every disagreement alike. Not a number where both always say the same.
    """
    places = np.arange(len(table))
    distance = np.abs(places[:, None] - places[None, :])
    cost = (distance > 0) * distance.astype(np.float64) ** power
    chance = np.outer(table.sum(axis=1), table.sum(axis=0)) / max(table.sum(), 1e-9)
    return 1 - _share((cost * table).sum(), (cost * chance).sum())


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def grade_figures(grades: Grades, groups: Sequence[str], draws: Floats) -> Json:
    """All that is reported of a grade, intervals included. ``groups`` (P,), ``draws`` (R, P)."""
    cases = grades.of_cases(groups)
    once = np.ones(len(groups))
    table = grades.confusion(once)
    return {
        "classes": list(grades.names),
        "confusion": table.astype(int).tolist(),
        "pictures": len(grades.true),
        **figures_of(_agreement(grades), draws),
        "per_grade": {
            name: {"pictures": int(table[place].sum()), **_of_one(grades, place, draws)}
            for place, name in enumerate(grades.names)
            if table[place].any() or table[:, place].any()
        },
        "errors": {
            "number": int(table.sum() - np.trace(table)),
            **figures_of(
                {
                    "downgrade_share": grades.downgrade_share,
                    "beyond_one_share": grades.beyond_one_share,
                },
                draws,
            ),
        },
        "cases": {"number": len(cases.true), **figures_of(_agreement(cases), draws)},
    }


def _agreement(grades: Grades) -> dict[str, Measure]:
    return {
        "accuracy": grades.accuracy,
        "kappa": grades.kappa,
        "kappa_quadratic": grades.kappa_quadratic,
    }


def _of_one(grades: Grades, place: int, draws: Floats) -> Json:
    measures: dict[str, Measure] = {
        "sensitivity": lambda weights: grades.sensitivity(place, weights),
        "specificity": lambda weights: grades.specificity(place, weights),
    }
    return figures_of(measures, draws)
