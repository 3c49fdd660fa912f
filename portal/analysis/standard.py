"""The standard of the picture check for whoever else judges or tunes it: the phone, the clinic."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from inference.quality.limits import CRITERIA, MEASURES, problems, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise

PROBLEMS: dict[str, _StrPromise] = {
    "unknown": _("Unknown quality limit: %(name)s."),
    "not_a_number": _("The quality limit %(name)s must be a number."),
    "out_of_range": _("The quality limit %(name)s must lie between %(lowest)g and %(highest)g."),
}


def validate_quality_limits(limits: object) -> None:
    """A clinic's own limits: known names, each a number that its measure can take."""
    if not isinstance(limits, dict):
        raise ValidationError(_("Give the quality limits as names with numbers."))
    wrong = problems(limits)
    if wrong:
        raise ValidationError(
            [
                ValidationError(
                    PROBLEMS[one.code],
                    code=one.code,
                    params={"name": one.name, "lowest": one.lowest, "highest": one.highest},
                )
                for one in wrong
            ]
        )


def picture_standard(overrides: Mapping[str, object]) -> dict[str, Any]:
    """The table of limits in force at a clinic, with what is said beyond each."""
    from portal.analysis.words import FINDINGS

    words = {code: str(line) for code, line in FINDINGS.items()}
    return {**to_json(overrides), "words": words}


@dataclass(frozen=True, slots=True)
class Limit:
    """A row of the table for whoever sets limits: what is said beyond it, and what it may be."""

    name: str
    measure: str
    side: str
    is_refusal: bool
    said: str
    default: float
    lowest: float
    highest: float
    unit: str


def limits_table() -> list[Limit]:
    """One row a name: left and right share theirs."""
    from portal.analysis.words import FINDINGS

    by_name = {one.name: one for one in reversed(CRITERIA)}
    return [
        Limit(
            name=one.name,
            measure=one.measure,
            side=one.side,
            is_refusal=one.consequence == "refuse",
            said=str(FINDINGS[one.code]),
            default=one.default,
            lowest=MEASURES[one.measure].lowest,
            highest=MEASURES[one.measure].highest,
            unit=MEASURES[one.measure].unit,
        )
        for one in reversed(by_name.values())
    ]


@cache
def sharpness_regression() -> dict[str, Any]:
    """The coefficients behind the measure of sharpness, for a judge outside Python."""
    source = files("inference.quality").joinpath("sharpness.json")
    document: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return document
