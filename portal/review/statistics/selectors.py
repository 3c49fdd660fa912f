"""A doctor's own day, for their eyes only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Min, Q
from django.utils import timezone

from portal.cases.models import VisitStatus
from portal.cases.selectors import late_before, visits_for
from portal.reports.selectors import reports_for
from portal.review.models import COMPLETE, Review
from portal.review.queue.selectors import promised_days

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.accounts.models import User
    from portal.reports.models import Report

DAYS = 14
LATELY = 20


@dataclass(frozen=True)
class Day:
    day: date
    read: int
    per_case: timedelta | None
    """The median from taking a visit to giving its reading."""


@dataclass(frozen=True)
class Own:
    days: list[Day]
    waiting: int
    late: int
    longest_since: datetime | None

    @property
    def today(self) -> Day:
        return self.days[0]


def own_statistics(doctor: User) -> Own:
    """The last two weeks, today first, and what waits at the clinic."""
    waiting = visits_for(doctor).filter(status=VisitStatus.AWAITING_REVIEW)
    late = Count("pk", filter=Q(submitted_at__lt=late_before(promised_days(doctor))))
    told = waiting.aggregate(all=Count("pk"), late=late, longest=Min("submitted_at"))
    return Own(_days(doctor), told["all"], told["late"], told["longest"])


def lately_signed(doctor: User) -> QuerySet[Report]:
    reports = reports_for(doctor).filter(review__doctor=doctor)
    return reports.select_related("visit__case__patient").order_by("-signed_at")[:LATELY]


def _days(doctor: User) -> list[Day]:
    today = timezone.localdate()
    first = timezone.make_aware(datetime.combine(today - timedelta(days=DAYS - 1), time.min))
    given = Review.objects.filter(doctor=doctor, status__in=COMPLETE, given_at__gte=first)
    spent: dict[date, list[timedelta]] = {}
    for taken, done in given.values_list("claimed_at", "given_at"):
        assert done is not None  # noqa: S101 - a constraint
        spent.setdefault(timezone.localdate(done), []).append(done - taken)
    return [_day(today - timedelta(days=back), spent) for back in range(DAYS)]


def _day(day: date, spent: dict[date, list[timedelta]]) -> Day:
    times = spent.get(day, [])
    return Day(day, len(times), sorted(times)[len(times) // 2] if times else None)
