"""Grades I to IV of the Chinese acne guideline of 2019, in the form of Zhang et al. 2024.

The worst lesion type present decides: comedones only I, papules II, pustules III, nodules or
cysts IV. Scars are what healed acne leaves and never decide.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from inference.results import LesionType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inference.results import Lesion


class Grade(StrEnum):
    """From the mildest to the worst, as in ``ORDER``."""

    I = "I"  # noqa: E741 - the guideline's own name
    II = "II"
    III = "III"
    IV = "IV"


ORDER = tuple(Grade)
GRADE_OF_TYPE = {
    LesionType.COMEDONE: Grade.I,
    LesionType.PAPULE: Grade.II,
    LesionType.PUSTULE: Grade.III,
    LesionType.NODULE: Grade.IV,
    LesionType.CYST: Grade.IV,
}


def forces(kind: LesionType, grade: Grade) -> bool:
    """Whether one lesion of this type is enough for at least this grade."""
    own = GRADE_OF_TYPE.get(kind)
    return own is not None and ORDER.index(own) >= ORDER.index(grade)


def grade(lesions: Iterable[Lesion]) -> Grade | None:
    """The grade of a set of lesions; None if no active lesion is among them."""
    grades = [GRADE_OF_TYPE[one.type] for one in lesions if one.type in GRADE_OF_TYPE]
    return max(grades, key=ORDER.index, default=None)


def deciding(lesions: Iterable[Lesion]) -> tuple[Lesion, ...]:
    """The lesions without which the grade would be milder: all of the worst grade."""
    lesions = tuple(lesions)
    worst = grade(lesions)
    return tuple(one for one in lesions if worst and GRADE_OF_TYPE.get(one.type) == worst)
