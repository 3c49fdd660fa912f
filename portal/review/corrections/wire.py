"""What the page sends of a step: read strictly, so that nothing half-understood is stored."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from portal.analysis.models import LesionType
from portal.review.corrections.models import Kind

FIELDS: dict[Kind, set[str]] = {
    Kind.ACCEPT: {"target"},
    Kind.REJECT: {"target"},
    Kind.RETYPE: {"target", "type"},
    Kind.RESHAPE: {"target", "box", "polygon"},
    Kind.ADD: {"photo", "type", "box", "polygon"},
    Kind.ACCEPT_ALL: set(),
    Kind.THRESHOLD: {"threshold"},
}
FEWEST_POINTS, MOST_POINTS = 3, 400
LARGEST = 100_000.0

Json = dict[str, Any]


class BadStepError(ValueError):
    """Not a step that a page of ours sends."""


def step(body: bytes) -> Json:
    """``key``, ``kind`` and what that kind needs, typed; raises :class:`BadStepError`."""
    sent = _object(body)
    try:
        kind = Kind(sent["kind"])
        key = UUID(sent["key"])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise BadStepError("kind, key") from error
    wanted = FIELDS[kind]
    if sent.keys() - {"kind", "key"} != wanted:
        raise BadStepError("fields")
    return {"kind": kind, "key": key, **{name: READ[name](sent[name]) for name in sorted(wanted)}}


def number(body: bytes) -> int:
    """Which step to undo or to do again."""
    found = _object(body).get("number")
    if type(found) is not int or not 0 < found < 2**31:
        raise BadStepError("number")
    return found


def threshold(value: Any) -> float | None:
    """A score from 0 to 1; None for the model's own thresholds."""
    if value is None:
        return None
    found = _finite(value)
    if not 0 <= found <= 1:
        raise BadStepError("threshold")
    return found


def _object(body: bytes) -> Json:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadStepError("JSON") from error
    if not isinstance(sent, dict):
        raise BadStepError("JSON")
    return sent


def _uuid(value: Any) -> UUID:
    if not isinstance(value, str):
        raise BadStepError("id")
    try:
        return UUID(value)
    except ValueError as error:
        raise BadStepError("id") from error


def _type(value: Any) -> str:
    if not isinstance(value, str) or value not in LesionType.values:
        raise BadStepError("type")
    return value


def _finite(value: Any) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not -LARGEST < value < LARGEST
    ):
        raise BadStepError("number")
    return float(value)


def _tenth(value: Any) -> float:
    return round(_finite(value), 1) + 0.0  # no -0.0, which PostgreSQL does not keep


def _box(value: Any) -> list[float]:
    if not isinstance(value, list) or len(value) != 4:  # noqa: PLR2004 - x, y, width, height
        raise BadStepError("box")
    return [_tenth(one) for one in value]


def _polygon(value: Any) -> list[list[float]] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not FEWEST_POINTS <= len(value) <= MOST_POINTS:
        raise BadStepError("polygon")
    return [_point(one) for one in value]


def _point(value: Any) -> list[float]:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - x and y
        raise BadStepError("point")
    return [_tenth(one) for one in value]


READ = {
    "target": _uuid,
    "photo": _uuid,
    "type": _type,
    "box": _box,
    "polygon": _polygon,
    "threshold": threshold,
}
