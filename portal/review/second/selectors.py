"""Two readers of one visit: when there must be two, and what each of them said."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from portal.accounts.selectors import colleagues_of
from portal.analysis.selectors import VisitGrade, readings
from portal.reports.content import photo_document
from portal.reports.selectors import ReportPhoto
from portal.reports.tables import count_table
from portal.review.corrections.selectors import corrected
from portal.review.models import Diagnosis, Grade, Review, ReviewStatus

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.cases.models import Visit
    from portal.reports.tables import CountTable
    from portal.review.corrections.selectors import Corrected


def given_readings(visit: Visit) -> list[Review]:
    """Complete readings that are not signed yet, the first one first."""
    given = Review.objects.filter(visit=visit, status=ReviewStatus.GIVEN)
    return list(given.select_related("doctor").order_by("given_at", "pk"))


def has_given(doctor: User, visit: Visit) -> bool:
    return visit.reviews.filter(doctor=doctor, status=ReviewStatus.GIVEN).exists()


def has_colleague(doctor: User) -> bool:
    return colleagues_of(doctor).exclude(pk=doctor.pk).exists()


def second_is_due(visit: Visit) -> bool:
    """Whether the clinic's rule asks for two readers of this visit."""
    clinic = visit.case.clinic
    return _drawn(visit) < clinic.second_reading_percent or (
        _certainty(visit) < clinic.second_reading_below
    )


def _drawn(visit: Visit) -> int:
    """0 to 99, by chance and yet the same whenever it is asked."""
    return visit.public_id.int % 100


def _certainty(visit: Visit) -> float:
    """Of the model's grade, in percent; none where it read nothing."""
    if not visit.machine_reading:
        return 0.0
    graded = VisitGrade(visit.machine_reading)
    return 100 * graded.probabilities.get(graded.grade, 0.0)


def agree(one: Review, other: Review) -> bool:
    return (one.diagnosis, one.grade) == (other.diagnosis, other.grade)


@dataclass(frozen=True)
class Reading:
    """What one of the two said, with what they counted."""

    review: Review
    held: Corrected

    @property
    def verdict(self) -> str:
        return verdict(self.review.diagnosis, self.review.grade)

    @property
    def table(self) -> CountTable:
        graded = self.held.graded
        return count_table(graded.counts, graded.counts_by_region)

    @cached_property
    def photos(self) -> list[ReportPhoto]:
        """With the lesions that this reader left standing."""
        shown = [one for one in self.held.readings if one.photo.display]
        return [ReportPhoto(photo_document(one, self.held)) for one in shown]


def both_readings(visit: Visit) -> list[Reading]:
    photos = readings(visit)
    return [Reading(review, corrected(review, photos)) for review in given_readings(visit)]


def verdict(diagnosis: str, grade: str) -> str:
    """The grade, or what it is instead of acne."""
    return str(Grade(grade).label if grade else Diagnosis(diagnosis).label)
