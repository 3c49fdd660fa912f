from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from portal.analysis.models import LesionType
from portal.analysis.selectors import VisitGrade, readings, visit_grade
from portal.cases.models import View
from portal.cases.selectors import visits_for
from portal.reports.selectors import ReportReading, is_intact, reports_for
from portal.review.corrections.page import page_of
from portal.review.corrections.selectors import corrected
from portal.review.models import Review

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.accounts.models import User
    from portal.analysis.selectors import PhotoReading
    from portal.cases.models import Visit
    from portal.reports.models import Report
    from portal.review.corrections.selectors import Corrected
    from portal.review.models import ReviewQuerySet

Json = dict[str, Any]


def reviews_for(user: User) -> ReviewQuerySet:
    return Review.objects.filter(visit__in=visits_for(user))


def machine_grade_of(visit: Visit) -> str:
    """What the model says of the visit, as a :class:`Grade`; empty if it read no face."""
    return VisitGrade(visit.machine_reading).grade if visit.machine_reading else ""


# --- The workstation ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Viewer:
    """One photo of the visit, and what is said beside it."""

    reading: PhotoReading
    graded: VisitGrade

    @property
    def view(self) -> str:
        return self.reading.photo.view

    @property
    def shares_lesions(self) -> bool:
        """Other views show this face too, and each lesion is counted in one of them."""
        views = {view for view in self.graded.sources.values() if view}
        return len(views) > 1 and bool(self.reading.lesions)


@dataclass(frozen=True)
class Workstation:
    """All that a doctor has before their eyes for one visit."""

    review: Review
    photos: Sequence[PhotoReading]
    graded: VisitGrade
    last_report: Report | None
    """What was signed at the visit before this one."""

    @property
    def last(self) -> ReportReading | None:
        return ReportReading(self.last_report.content) if self.last_report else None

    @cached_property
    def viewers(self) -> list[Viewer]:
        return [Viewer(one, self.graded) for one in self.photos]

    @cached_property
    def held(self) -> Corrected:
        """The findings as this doctor has corrected them."""
        return corrected(self.review, self.photos)

    @cached_property
    def page(self) -> Json:
        """What the page's script works with."""
        return page_of(self.review, self.held, self.last)

    @property
    def types(self) -> list[LesionType]:
        return list(LesionType)

    @property
    def counts_before(self) -> list[tuple[LesionType, int]]:
        """What was counted last time, of the types that were there."""
        counts = self.last.content["counts"] if self.last else {}
        return [(kind, counts[kind]) for kind in LesionType if counts.get(kind)]

    @property
    def views_before(self) -> list[tuple[str, str]]:
        """The views that were signed last time, each with its label."""
        return [(one["view"], str(View(one["view"]).label)) for one in self.page["before"]]

    @property
    def read_by(self) -> PhotoReading | None:
        """A reading that names its model and thresholds."""
        return next((one for one in self.photos if one.model), None)

    @property
    def thresholds(self) -> list[tuple[str, float]]:
        read = self.read_by.thresholds if self.read_by else {}
        return [(str(kind.label), read[kind]) for kind in LesionType if kind in read]


def workstation(review: Review) -> Workstation:
    photos = readings(review.visit)
    visit = review.visit
    graded = VisitGrade(visit.machine_reading) if visit.machine_reading else visit_grade(visit)
    return Workstation(review, photos, graded, last_report(review))


def last_report(review: Review) -> Report | None:
    """None if what is stored is not what was signed."""
    reports = reports_for(review.doctor).select_related("visit__case__patient")
    before = reports.filter(visit__case=review.visit.case, visit__number__lt=review.visit.number)
    found = before.order_by("-visit__number").first()
    return found if found and is_intact(found) else None
