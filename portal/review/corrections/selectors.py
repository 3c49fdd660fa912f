"""What counts in a visit once its doctor has gone through it: for its page, grade and report."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from portal.analysis.regrading import regrade
from portal.analysis.selectors import readings
from portal.review.corrections.findings import machine_findings, take
from portal.review.corrections.models import Correction, CorrectionStatus

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from portal.analysis.regrading import Regraded
    from portal.analysis.selectors import PhotoReading, VisitGrade
    from portal.review.corrections.findings import Finding, Findings
    from portal.review.models import Review

Json = dict[str, Any]


def findings_of(review: Review, photos: Sequence[PhotoReading] | None = None) -> Findings:
    """What this doctor holds; a colleague's second reading has steps of its own."""
    return corrected(review, photos).findings


@dataclass(frozen=True)
class Corrected:
    """A visit's findings, corrected, and what follows from them."""

    findings: Findings
    done: Sequence[Correction]
    undone: Sequence[Correction]

    @property
    def is_corrected(self) -> bool:
        """A doctor has taken at least one step; else all is the machine's word."""
        return bool(self.done)

    @property
    def next_steps(self) -> tuple[int | None, int | None]:
        """The numbers of the step that can be undone and of the one that can be done again."""
        return (
            self.done[-1].number if self.done else None,
            self.undone[0].number if self.undone else None,
        )

    @property
    def readings(self) -> Sequence[PhotoReading]:
        return self.findings.readings

    def lesions(self, reading: PhotoReading) -> list[Finding]:
        """What stands on one photo, the surest first and a doctor's own before all."""
        standing = [one for one in self.findings.of(reading) if self.findings.counts(one)]
        return sorted(standing, key=lambda one: -(1.0 if one.score is None else one.score))

    @cached_property
    def regraded(self) -> Regraded:
        photos: list[tuple[PhotoReading, dict[Hashable, Json]]] = [
            (one, {lesion.key: lesion.document for lesion in self.lesions(one)})
            for one in self.readings
        ]
        return regrade(photos, certain=self.is_corrected)

    @property
    def graded(self) -> VisitGrade:
        """Counts, grades and reasons from what stands."""
        return self.regraded.grade


def corrected(review: Review, photos: Sequence[PhotoReading] | None = None) -> Corrected:
    """As this review's doctor holds it."""
    photos = readings(review.visit) if photos is None else photos
    kept = Correction.objects.filter(review=review).exclude(status=CorrectionStatus.DROPPED)
    steps = list(kept.order_by("number"))
    done = [step for step in steps if step.status == CorrectionStatus.DONE]
    undone = [step for step in steps if step.status == CorrectionStatus.UNDONE]
    return Corrected(take(machine_findings(photos), done), done, undone)
