"""A doctor's steps on the findings: each is a row of its own, under the claim on the visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from portal.audit.models import Action
from portal.audit.services import record as record_in_log
from portal.review.corrections.findings import region_at
from portal.review.corrections.models import OF_THE_VISIT, Correction, CorrectionStatus, Kind
from portal.review.corrections.selectors import findings_of
from portal.review.models import Review
from portal.review.services import ClaimLostError, renew

if TYPE_CHECKING:
    from uuid import UUID

    from portal.analysis.selectors import PhotoReading
    from portal.review.corrections.findings import Box, Finding, Findings

MOST_STEPS = 20_000
S = CorrectionStatus


class StepRefusedError(Exception):
    """The step cannot be taken. Nothing was stored."""


class UnknownFindingError(StepRefusedError):
    """There is no such finding, or no such photo, in the visit any more."""


class OutsideError(StepRefusedError):
    """The shape does not lie within the photo."""


class OutOfOrderError(Exception):
    """Another step stands there now: the page does not show the latest state."""


class TooManyStepsError(StepRefusedError):
    """More steps on one visit than a person takes."""


@transaction.atomic
def record(*, review: Review, key: UUID, kind: Kind, **change: Any) -> Correction:
    """Take a step. ``key`` makes sending it twice the same as sending it once.

    ``change``: ``target`` for all about one finding; ``type``; ``box`` and ``polygon`` (pixels of
    the upright photo); ``photo`` (its public id) for a new one; ``threshold``. What was undone
    before can then not be done again.
    """
    _hold(review)
    sent = Correction.objects.filter(review=review, key=key).first()
    if sent:
        return sent
    last = Correction.objects.filter(review=review).order_by("-number").first()
    number = last.number + 1 if last else 1
    if number > MOST_STEPS:
        raise TooManyStepsError(review.public_id)
    written = _written(review, key, kind, change)
    Correction.objects.filter(review=review, status=S.UNDONE).update(status=S.DROPPED)
    made = Correction.objects.create(review=review, number=number, key=key, kind=kind, **written)
    _log(Action.FINDING_CORRECTED, review)
    return made


@transaction.atomic
def undo(*, review: Review, number: int) -> None:
    """Undo the last step, which must be this one; undoing it twice is undoing it once."""
    _hold(review)
    done = Correction.objects.filter(review=review, status=S.DONE).order_by("-number")
    _turn(review, number, done.first(), S.UNDONE)
    _log(Action.CORRECTION_UNDONE, review)


@transaction.atomic
def redo(*, review: Review, number: int) -> None:
    """Do again what was undone last, which must be this step."""
    _hold(review)
    undone = Correction.objects.filter(review=review, status=S.UNDONE).order_by("number")
    _turn(review, number, undone.first(), S.DONE)
    _log(Action.CORRECTION_REDONE, review)


def _turn(review: Review, number: int, expected: Correction | None, to: CorrectionStatus) -> None:
    if expected and expected.number == number:
        Correction.objects.filter(pk=expected.pk).update(status=to)
    elif not Correction.objects.filter(review=review, number=number, status=to).exists():
        raise OutOfOrderError(number)


def _log(action: Action, review: Review) -> None:
    record_in_log(action, review, of=review.visit.case.patient, by=review.doctor)


def _hold(review: Review) -> None:
    """Lock the claim, so that steps of one visit come one after the other, and hold it longer."""
    if not Review.objects.open().select_for_update().filter(pk=review.pk).exists():
        raise ClaimLostError(review.public_id)
    renew(review=review)


def _written(review: Review, key: UUID, kind: Kind, change: dict[str, Any]) -> dict[str, Any]:
    """The columns of a step, checked against what the doctor holds now."""
    if kind in OF_THE_VISIT:
        return {"change": change}
    findings = findings_of(review)
    if kind == Kind.ADD:
        photo = change.pop("photo")
        reading = next((one for one in findings.readings if one.photo.public_id == photo), None)
        if reading is None:
            raise UnknownFindingError(photo)
        return {"photo": reading.photo, "target": key, "change": _placed(reading, change)}
    one, reading = _finding(findings, change.pop("target"))
    if kind == Kind.RESHAPE:
        change = _placed(reading, change, before=one)
    about = {"photo": reading.photo, "target": one.key, "replaces_id": one.row}
    return {**about, "change": change}


def _finding(findings: Findings, key: UUID) -> tuple[Finding, PhotoReading]:
    one = findings.table.get(key)
    reading = findings.reading(one.photo_pk) if one else None
    if one is None or reading is None:
        raise UnknownFindingError(key)
    return one, reading


def _placed(
    reading: PhotoReading, change: dict[str, Any], before: Finding | None = None
) -> dict[str, Any]:
    """A shape with its region; an outline's box is the one round it."""
    polygon = change.get("polygon")
    box: Box = _round_it(polygon) if polygon else change["box"]
    if not _inside(reading, box):
        raise OutsideError(reading.photo.public_id)
    same_place = before is not None and before.box == box
    region = before.region if same_place and before else region_at(reading, box)
    return {**change, "box": list(box), "polygon": polygon, "region": region}


def _round_it(polygon: list[list[float]]) -> Box:
    x, y = ([point[axis] for point in polygon] for axis in (0, 1))
    box = (min(x), min(y), max(x) - min(x), max(y) - min(y))
    return tuple(round(value, 1) for value in box)  # type: ignore[return-value]


def _inside(reading: PhotoReading, box: Box) -> bool:
    x, y, width, height = box
    within = x >= 0 and y >= 0 and width > 0 and height > 0
    edge = reading.photo.width or 0, reading.photo.height or 0
    slack = 0.05  # coordinates are kept to a tenth of a pixel
    return within and x + width <= edge[0] + slack and y + height <= edge[1] + slack
