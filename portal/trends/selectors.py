"""A case's course: what was signed at each visit, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from portal.analysis.models import LesionType
from portal.cases.models import View
from portal.reports.models import Report
from portal.reports.selectors import ReportReading, is_intact
from portal.trends.words import changes, grade_change

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from portal.analysis.selectors import Counts
    from portal.analysis.words import Line
    from portal.cases.models import Case
    from portal.reports.selectors import ReportPhoto


@dataclass(frozen=True)
class SignedVisit:
    report_id: UUID
    reading: ReportReading

    @property
    def day(self) -> date:
        """The day of the photos, not of the signature."""
        return timezone.localtime(self.reading.sent_at).date()

    @property
    def number(self) -> int:
        return int(self.reading.content["visit"]["number"])

    @property
    def grade(self) -> str:
        return str(self.reading.content["grade"])

    @property
    def counts(self) -> Counts:
        return dict(self.reading.content["counts"])

    @property
    def counts_by_region(self) -> dict[str, Counts]:
        return dict(self.reading.content["counts_by_region"])

    @property
    def was_counted(self) -> bool:
        """The model read the face; without it there are no counts, not counts of zero."""
        return bool(self.reading.content["machine_grade"])

    @property
    def front(self) -> ReportPhoto | None:
        photos = self.reading.photos
        return next((one for one in photos if one.content["view"] == View.FRONT), None)

    @property
    def row(self) -> list[int | None]:
        return [self.counts[kind] if self.was_counted else None for kind in LesionType.values]


@dataclass(frozen=True)
class Course:
    visits: list[SignedVisit]
    damaged: int
    """Reports that are left out because their seal does not hold."""

    @property
    def first(self) -> SignedVisit:
        return self.visits[0]

    @property
    def latest(self) -> SignedVisit:
        return self.visits[-1]

    @property
    def is_comparable(self) -> bool:
        return len(self.visits) > 1

    @property
    def since_last(self) -> list[Line]:
        return self._since(self.visits[-2]) if self.is_comparable else []

    @property
    def since_first(self) -> list[Line]:
        """Only where that is not the last visit as well."""
        return self._since(self.first) if len(self.visits) > 2 else []  # noqa: PLR2004

    def _since(self, before: SignedVisit) -> list[Line]:
        lines = [grade_change(before.grade, self.latest.grade, before.day)]
        if before.was_counted and self.latest.was_counted:
            lines += changes(before.counts, self.latest.counts, before.day)
        return lines


def course(case: Case) -> Course:
    reports = list(Report.objects.filter(visit__case=case).order_by("visit__number"))
    intact = [report for report in reports if is_intact(report)]
    visits = [SignedVisit(one.public_id, ReportReading(one.content)) for one in intact]
    return Course(visits, damaged=len(reports) - len(intact))
