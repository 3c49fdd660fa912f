"""The machine's findings before a doctor signed, where the clinic lets its patients see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.analysis.selectors import VisitGrade, readings
from portal.cases.models import Visit, VisitStatus
from portal.reports.content import lesion_document
from portal.reports.shapes import shapes
from portal.reports.tables import count_table
from portal.reports.words import GRADES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.analysis.selectors import PhotoReading
    from portal.reports.shapes import Shape
    from portal.reports.tables import TypeRow

UNSIGNED = (
    VisitStatus.AWAITING_REVIEW,
    VisitStatus.IN_REVIEW,
    VisitStatus.AWAITING_SECOND_READING,
    VisitStatus.CONSENSUS,
)


@dataclass(frozen=True)
class Preview:
    graded: VisitGrade
    photos: Sequence[PhotoReading]

    @property
    def grade_words(self) -> str:
        return str(GRADES[self.graded.grade])

    @property
    def found(self) -> list[TypeRow]:
        return count_table(self.graded.counts, self.graded.counts_by_region).found

    @property
    def drawn(self) -> list[tuple[PhotoReading, list[Shape]]]:
        """Each photo that was read, with its findings as shapes over it."""
        return [
            (one, shapes(map(lesion_document, one.lesions), one.photo.view))
            for one in self.photos
            if one.is_read
        ]


def preview_of(visit: Visit) -> Preview | None:
    """Nothing unless the clinic allows it, the visit is sent, and a face was read."""
    allowed = visit.case.clinic.show_findings_before_signature
    if not allowed or visit.status not in UNSIGNED or not visit.machine_reading:
        return None
    graded = VisitGrade(visit.machine_reading)
    return Preview(graded, readings(visit)) if graded.is_read else None
