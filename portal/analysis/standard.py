"""The standard of the picture check for whoever else judges or tunes it: the phone, the clinic."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from inference.quality.limits import problems, to_json

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


@cache
def sharpness_regression() -> dict[str, Any]:
    """The coefficients behind the measure of sharpness, for a judge outside Python."""
    source = files("inference.quality").joinpath("sharpness.json")
    document: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return document
