"""What a doctor holds: the machine's findings with the steps that were taken, one by one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from portal.analysis.places import FacePlaces
from portal.reports.content import lesion_document
from portal.review.corrections.models import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from uuid import UUID

    from portal.analysis.selectors import PhotoReading
    from portal.review.corrections.models import Correction

Json = dict[str, Any]
Box = tuple[float, float, float, float]
Outline = tuple[tuple[float, float], ...]
ACCEPTED, REJECTED = "accepted", "rejected"


@dataclass(frozen=True)
class Finding:
    """A lesion in its present shape. ``found`` is what the machine said of it, if it did;
    ``row`` the machine's row, which only those at or above its own threshold have.
    """

    key: UUID
    photo_pk: int
    view: str
    type: str
    box: Box
    polygon: Outline | None
    region: str
    score: float | None = None
    verdict: str = ""
    found: Json | None = None
    row: int | None = None

    @property
    def is_changed(self) -> bool:
        """The doctor gave it another type or shape than the machine."""
        return self.found is not None and self._drawn != _drawn(self.found)

    @property
    def _drawn(self) -> Json:
        return _drawn(self.document)

    @property
    def document(self) -> Json:
        """As reports freeze it and pages draw it."""
        return {
            "type": self.type,
            "region": self.region,
            "score": self.score,
            "box": list(self.box),
            "polygon": [list(point) for point in self.polygon] if self.polygon else None,
        }

    @property
    def centre(self) -> tuple[float, float]:
        x, y, width, height = self.box
        return x + width / 2, y + height / 2


@dataclass
class Findings:
    """All of a visit. ``threshold`` is the doctor's own; None leaves the model's, one for each
    type.
    """

    readings: Sequence[PhotoReading]
    table: dict[UUID, Finding]
    threshold: float | None = None

    def counts(self, one: Finding) -> bool:
        """Whether it stands: what a doctor has confirmed or made does, whatever its score."""
        if one.verdict or one.score is None or one.found is None:
            return one.verdict != REJECTED
        return one.score >= self._limit(one)

    def _limit(self, one: Finding) -> float:
        """A higher threshold lets nothing new stand, a lower one takes nothing away: the types
        that the model trusts less keep their distance.
        """
        assert one.found is not None  # noqa: S101 - only the machine's have a limit
        limits = self._limits[one.photo_pk]
        own, least = limits[one.found["type"]], min(limits.values())
        if self.threshold is None:
            return own
        if self.threshold >= least:
            return max(own, self.threshold)
        return own * self.threshold / least

    @cached_property
    def _limits(self) -> dict[int, dict[str, float]]:
        return {one.photo.pk: one.thresholds for one in self.readings}

    def of(self, reading: PhotoReading) -> list[Finding]:
        return [one for one in self.table.values() if one.photo_pk == reading.photo.pk]

    def reading(self, photo_pk: int) -> PhotoReading | None:
        return next((one for one in self.readings if one.photo.pk == photo_pk), None)


def machine_findings(readings: Sequence[PhotoReading]) -> Findings:
    """Before the doctor's first step: every candidate, those that do not count too."""
    found = (one for reading in readings for one in _candidates(reading))
    return Findings(readings, {one.key: one for one in found})


def candidate_key(analysis: UUID, place: int) -> UUID:
    """The name of a candidate below the model's threshold, which has no row."""
    return uuid.uuid5(analysis, str(place))


def _candidates(reading: PhotoReading) -> list[Finding]:
    """Rows were made from the candidates that count, in their order."""
    rows = iter(sorted(reading.lesions, key=lambda row: row.pk))
    found: list[Finding] = []
    for place, document in enumerate(reading.result.get("candidates", [])):
        assert reading.analysis is not None  # noqa: S101 - it has a result
        above = document["score"] >= reading.thresholds[document["type"]]
        row = next(rows, None) if above else None
        said = lesion_document(row) if row else {"polygon": None, **document}
        key = row.public_id if row else candidate_key(reading.analysis.public_id, place)
        found.append(_found(key, reading, said, row.pk if row else None))
    return found


def _found(key: UUID, reading: PhotoReading, said: Json, row: int | None) -> Finding:
    return Finding(
        key=key,
        photo_pk=reading.photo.pk,
        view=reading.photo.view,
        type=said["type"],
        box=_box(said["box"]),
        polygon=_outline(said["polygon"]),
        region=said["region"] or "",
        score=said["score"],
        found=said,
        row=row,
    )


def take(findings: Findings, steps: Iterable[Correction]) -> Findings:
    """Take the steps one after the other; ``findings`` itself moves on, and is given back."""
    for step in steps:
        STEPS[Kind(step.kind)](findings, step)
    return findings


def _set(findings: Findings, step: Correction, **values: Any) -> None:
    """A step about a photo that has been taken again since changes nothing."""
    assert step.target is not None  # noqa: S101 - a constraint
    one = findings.table.get(step.target)
    if one is not None:
        findings.table[one.key] = replace(one, **values)


def _accept(findings: Findings, step: Correction) -> None:
    _set(findings, step, verdict=ACCEPTED)


def _reject(findings: Findings, step: Correction) -> None:
    _set(findings, step, verdict=REJECTED)


def _retype(findings: Findings, step: Correction) -> None:
    _set(findings, step, verdict=ACCEPTED, type=step.change["type"])


def _reshape(findings: Findings, step: Correction) -> None:
    shape = {"box": _box(step.change["box"]), "polygon": _outline(step.change["polygon"])}
    _set(findings, step, verdict=ACCEPTED, region=step.change["region"], **shape)


def _add(findings: Findings, step: Correction) -> None:
    reading = findings.reading(step.photo_id or 0)
    if reading is None:
        return
    assert step.target is not None  # noqa: S101 - a constraint
    findings.table[step.target] = Finding(
        key=step.target,
        photo_pk=reading.photo.pk,
        view=reading.photo.view,
        type=step.change["type"],
        box=_box(step.change["box"]),
        polygon=_outline(step.change["polygon"]),
        region=step.change["region"],
        verdict=ACCEPTED,
    )


def _accept_all(findings: Findings, _step: Correction) -> None:
    for one in findings.table.values():
        if not one.verdict and findings.counts(one):
            findings.table[one.key] = replace(one, verdict=ACCEPTED)


def _threshold(findings: Findings, step: Correction) -> None:
    findings.threshold = step.change["threshold"]


STEPS: dict[Kind, Callable[[Findings, Correction], None]] = {
    Kind.ACCEPT: _accept,
    Kind.REJECT: _reject,
    Kind.RETYPE: _retype,
    Kind.RESHAPE: _reshape,
    Kind.ADD: _add,
    Kind.ACCEPT_ALL: _accept_all,
    Kind.THRESHOLD: _threshold,
}


def region_at(reading: PhotoReading, box: Box) -> str:
    """The facial region in which a shape's middle lies."""
    x, y, width, height = box
    return FacePlaces(reading.result.get("face")).region_of((x + width / 2, y + height / 2))


def _box(values: Iterable[float]) -> Box:
    x, y, width, height = (float(value) for value in values)
    return x, y, width, height


def _outline(points: Iterable[Sequence[float]] | None) -> Outline | None:
    return tuple((float(x), float(y)) for x, y in points) if points else None


def _drawn(document: Json) -> Json:
    """What of a lesion is seen on the photo."""
    return {
        "type": document["type"],
        "box": _box(document["box"]),
        "polygon": _outline(document["polygon"]),
    }
