"""A case's course: what was signed at each visit, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils import timezone

from portal.analysis.models import LesionType
from portal.cases.models import Questionnaire
from portal.reports.models import Report
from portal.reports.selectors import ReportReading, is_intact, reports_for
from portal.trends.models import MatchingStatus, VisitMatching
from portal.trends.words import SUREST, changes, grade_change

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from django.db.models import QuerySet

    from portal.accounts.models import User
    from portal.analysis.selectors import Counts
    from portal.analysis.words import Line
    from portal.cases.models import Case
    from portal.reports.selectors import ReportPhoto


def matchings_for(user: User) -> QuerySet[VisitMatching]:
    """Of visits that this user may see."""
    found = VisitMatching.objects.filter(later__in=reports_for(user))
    return found.select_related("earlier__visit", "later__visit__case")


def followed_from(report: Report) -> QuerySet[VisitMatching]:
    """This visit with each earlier one that the worker has matched it with."""
    done = VisitMatching.objects.filter(later=report, status=MatchingStatus.DONE)
    return done.select_related("earlier").order_by("earlier__visit__number")


@dataclass(frozen=True)
class SignedVisit:
    report_key: int
    report_id: UUID
    number: int
    """In the case as it is now: where two records became one, a report says an older number."""
    reading: ReportReading

    @property
    def day(self) -> date:
        """The day of the photos, not of the signature."""
        return timezone.localtime(self.reading.sent_at).date()

    @property
    def grade(self) -> str:
        return str(self.reading.content["grade"])

    @property
    def grade_percent(self) -> int | None:
        """How likely the model holds the signed grade to be; None where a doctor has gone through
        the lesions, or it was not kept.
        """
        if self.reading.content.get("is_corrected"):
            return None
        likely = (self.reading.content["grading"].get("probabilities") or {}).get(self.grade)
        return None if likely is None else min(SUREST, round(100 * likely))

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

    def photo(self, view: str) -> ReportPhoto | None:
        """The photo of this view, if there is a picture to show."""
        photos = (one for one in self.reading.photos if one.content["width"])
        return next((one for one in photos if one.content["view"] == view), None)

    @property
    def gags(self) -> int | None:
        """Out of 32; reports signed before it was kept have none."""
        score = self.reading.content["grading"]["gags"].get("score")
        return None if score is None or not self.was_counted else int(score)

    @property
    def active(self) -> int:
        """All spots but scars."""
        return sum(n for kind, n in self.counts.items() if kind != LesionType.SCAR)

    @property
    def cells(self) -> list[tuple[LesionType, int | None]]:
        return [(kind, self.counts[kind] if self.was_counted else None) for kind in LesionType]


@dataclass(frozen=True)
class Treatment:
    """What became different at a visit. ``words``: what the patient says they use, empty where
    they name nothing any more, None where that is as before; ``advice``: of the signed report,
    empty where it is as before.
    """

    day: date
    words: str | None
    advice: str = ""


@dataclass(frozen=True)
class Course:
    visits: list[SignedVisit]
    damaged: int
    """Reports that are left out because their seal does not hold."""
    treatments: list[Treatment] = field(default_factory=list)

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
    signed = Report.objects.filter(visit__case=case).select_related("visit")
    reports = list(signed.order_by("visit__number"))
    intact = [report for report in reports if is_intact(report)]
    read = [
        SignedVisit(one.pk, one.public_id, one.visit.number, ReportReading(one.content))
        for one in intact
    ]
    # What is not acne has no grade and no course.
    visits = [visit for visit in read if visit.reading.is_acne]
    return Course(visits, len(reports) - len(intact), treatments_at(case, visits))


def treatments_at(case: Case, visits: Sequence[SignedVisit]) -> list[Treatment]:
    """One for each visit at which the patient told, or the doctor advised, something else than
    before.
    """
    told = dict(
        Questionnaire.objects.filter(visit__case=case).values_list(
            "visit__number", "treatments_now"
        )
    )
    found, used, advised = [], "", ""
    for visit in visits:
        words = told.get(visit.number, used).strip()
        advice = str(visit.reading.content["advice"]).strip()
        one = Treatment(
            visit.day,
            words=words if words != used else None,
            advice=advice if advice != advised else "",
        )
        if one.words is not None or one.advice:
            found.append(one)
        used, advised = words, advice or advised
    return found
