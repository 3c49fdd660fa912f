from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from django.db.models import Prefetch, prefetch_related_objects

from portal.analysis.models import LesionType, Region
from portal.analysis.selectors import VIEW_ORDER, VisitGrade, readings, visit_grade
from portal.cases.models import Photo, View, Visit, VisitStatus
from portal.cases.selectors import visits_for
from portal.reports.content import lesion_document
from portal.reports.selectors import ReportReading, is_intact, reports_for
from portal.reports.shapes import outline, shapes
from portal.reports.tables import count_table
from portal.review.models import Grade, Review
from portal.review.words import HAYASHI

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from portal.accounts.models import User
    from portal.analysis.selectors import PhotoReading
    from portal.reports.models import Report
    from portal.reports.shapes import Shape
    from portal.reports.tables import CountTable, TypeRow
    from portal.review.models import ReviewQuerySet

QUEUE_LENGTH = 50
LATELY = 5


def reviews_for(user: User) -> ReviewQuerySet:
    return Review.objects.filter(visit__in=visits_for(user))


def machine_grade_of(visit: Visit) -> str:
    """What the model says of the visit, as a :class:`Grade`; empty if it read no face."""
    return VisitGrade(visit.machine_reading).grade if visit.machine_reading else ""


# --- The queue ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """A visit's line in the queue; ``review`` is who has it, if somebody does."""

    visit: Visit
    review: Review | None = None

    @property
    def graded(self) -> VisitGrade | None:
        return VisitGrade(self.visit.machine_reading) if self.visit.machine_reading else None

    @property
    def grade_label(self) -> str:
        grade = machine_grade_of(self.visit)
        return str(Grade(grade).label) if grade else ""

    @property
    def counts(self) -> list[tuple[LesionType, int]]:
        """The types that were found."""
        counts = self.graded.counts if self.graded else {}
        return [(kind, counts[kind]) for kind in LesionType if counts.get(kind)]

    @property
    def photo(self) -> Photo | None:
        """The front, or what there is."""
        photos: list[Photo] = getattr(self.visit, "shown_photos", [])
        return min(photos, key=lambda one: VIEW_ORDER[View(one.view)], default=None)


@dataclass(frozen=True)
class Queue:
    """``mine`` and ``taken`` are in review, by this doctor and by colleagues."""

    mine: list[Waiting]
    waiting: list[Waiting]
    taken: list[Waiting]
    has_more: bool
    """More visits wait than are listed."""

    @property
    def is_empty(self) -> bool:
        return not (self.mine or self.waiting or self.taken)


def queue(doctor: User) -> Queue:
    """Worst machine grade first, and of one grade who has waited longest."""
    waiting = list(waiting_visits(doctor)[: QUEUE_LENGTH + 1])
    held = list(
        reviews_for(doctor)
        .open()
        .select_related("doctor", "visit__case__patient")
        .order_by("claimed_at")
    )
    rows = [Waiting(visit) for visit in waiting[:QUEUE_LENGTH]]
    claimed = [Waiting(review.visit, review) for review in held]
    _with_photos(row.visit for row in chain(rows, claimed))
    return Queue(
        mine=[row for row in claimed if row.review and row.review.doctor_id == doctor.pk],
        waiting=rows,
        taken=[row for row in claimed if row.review and row.review.doctor_id != doctor.pk],
        has_more=len(waiting) > QUEUE_LENGTH,
    )


def waiting_visits(doctor: User) -> QuerySet[Visit]:
    return (
        visits_for(doctor)
        .filter(status=VisitStatus.AWAITING_REVIEW)
        .select_related("case__patient")
        .order_by("-urgency", "submitted_at", "pk")
    )


def lately_signed(doctor: User) -> QuerySet[Report]:
    return (
        reports_for(doctor)
        .filter(review__doctor=doctor)
        .select_related("visit__case__patient")
        .order_by("-signed_at")[:LATELY]
    )


def _with_photos(visits: Iterable[Visit]) -> None:
    shown = Photo.objects.current().exclude(display="")
    prefetch_related_objects(list(visits), Prefetch("photos", shown, to_attr="shown_photos"))


# --- The workstation ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Viewer:
    """One photo with its findings as shapes over it."""

    reading: PhotoReading
    graded: VisitGrade

    @property
    def view(self) -> str:
        return self.reading.photo.view

    @cached_property
    def shapes(self) -> list[Shape]:
        return shapes(map(lesion_document, self.reading.lesions), self.view)

    @property
    def regions(self) -> list[tuple[str, str]]:
        """Label and outline of each facial region."""
        outlines = self.reading.regions.items()
        return [(str(Region(name).label), outline(points)) for name, points in outlines]

    @property
    def elsewhere_counted(self) -> list[str]:
        """Regions seen here and counted in another view: one lesion never counts twice."""
        return [
            str(Region(region).label)
            for region, source in self.graded.sources.items()
            if source not in (None, self.view)
            and any(one.region == region for one in self.reading.lesions)
        ]


@dataclass(frozen=True)
class Workstation:
    """All that a doctor has before their eyes for one visit."""

    review: Review
    photos: Sequence[PhotoReading]
    graded: VisitGrade
    last: ReportReading | None

    @cached_property
    def viewers(self) -> list[Viewer]:
        return [Viewer(one, self.graded) for one in self.photos]

    @property
    def table(self) -> CountTable:
        return count_table(self.graded.counts, self.graded.counts_by_region)

    @property
    def rows(self) -> list[tuple[TypeRow, int | None]]:
        """The table's rows, each with what was counted last time."""
        before = self.last.content["counts"] if self.last else {}
        return [(row, before.get(row.type)) for row in self.table.rows]

    @property
    def grade_label(self) -> str:
        return _label(self.graded.grade)

    @property
    def hayashi_label(self) -> str:
        return str(HAYASHI[self.graded.hayashi["grade"]])

    @property
    def most_probable_label(self) -> str:
        return _label(self.graded.most_probable)

    @property
    def probabilities(self) -> list[tuple[str, float]]:
        """From no acne to the worst, in percent."""
        return [(_label(name), 100 * p) for name, p in self.graded.probabilities.items()]

    @property
    def deciding_types(self) -> list[str]:
        """The lesion types that decide the grade."""
        reasons = self.graded.china_2019["reasons"]
        return next((list(r["counts"]) for r in reasons if r["code"] == "worst_type"), [])

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


def last_report(review: Review) -> ReportReading | None:
    """What was signed at the visit before this one."""
    reports = reports_for(review.doctor).filter(
        visit__case=review.visit.case, visit__number__lt=review.visit.number
    )
    found = reports.order_by("-visit__number").first()
    return ReportReading(found.content) if found and is_intact(found) else None


def _label(grade: str) -> str:
    return str(Grade(grade).label) if grade else ""
