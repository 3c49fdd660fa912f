"""The clinic in numbers: what waits now, and what the months brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Min, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone

from portal.accounts.models import Role, User
from portal.analysis.models import Analysis, AnalysisStatus
from portal.cases.models import Visit, VisitStatus
from portal.cases.selectors import late_before

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.accounts.models import Clinic

MONTHS = 12
FOR_DOCTORS = (
    VisitStatus.AWAITING_REVIEW,
    VisitStatus.IN_REVIEW,
    VisitStatus.AWAITING_SECOND_READING,
    VisitStatus.CONSENSUS,
)


@dataclass(frozen=True)
class Queue:
    """What waits for the clinic's doctors at this moment."""

    waiting: int
    in_hand: int
    late: int
    longest_since: datetime | None


def queue_of(clinic: Clinic) -> Queue:
    sent = Visit.objects.filter(clinic=clinic, status__in=FOR_DOCTORS)
    late = Q(submitted_at__lt=late_before(clinic.promised_days))
    told = sent.aggregate(
        waiting=Count("pk", filter=Q(status=VisitStatus.AWAITING_REVIEW)),
        in_hand=Count("pk", filter=~Q(status=VisitStatus.AWAITING_REVIEW)),
        late=Count("pk", filter=late),
        longest_since=Min("submitted_at"),
    )
    return Queue(**told)


@dataclass(frozen=True)
class Month:
    first: date
    registered: int
    sent: int
    reported: int
    in_time: int
    """Of those reported: how many within the days promised to patients."""
    usual_wait: timedelta | None
    photos: int
    refused: int
    failed: int

    @property
    def usual_days(self) -> float | None:
        return round(self.usual_wait / timedelta(days=1), 1) if self.usual_wait else None

    @property
    def share_in_time(self) -> int | None:
        return round(100 * self.in_time / self.reported) if self.reported else None

    @property
    def share_refused(self) -> int | None:
        return round(100 * self.refused / self.photos) if self.photos else None


def months(clinic: Clinic) -> list[Month]:
    """The last twelve, this one first. Three queries, however many visits there are."""
    firsts = _first_days(MONTHS)
    start = timezone.make_aware(datetime.combine(firsts[-1], time.min))
    sent = _count(Visit.objects.filter(clinic=clinic, submitted_at__gte=start), "submitted_at")
    people = User.objects.filter(clinic=clinic, role=Role.PATIENT, date_joined__gte=start)
    registered = _count(people, "date_joined")
    waits = _waits(clinic, start)
    read = _readings(clinic, start)
    promised = timedelta(days=clinic.promised_days)
    return [
        Month(
            first=first,
            registered=registered.get(first, 0),
            sent=sent.get(first, 0),
            reported=len(waits.get(first, [])),
            in_time=sum(wait <= promised for wait in waits.get(first, [])),
            usual_wait=_middle(waits.get(first, [])),
            **read.get(first, {"photos": 0, "refused": 0, "failed": 0}),
        )
        for first in firsts
    ]


def _first_days(count: int) -> list[date]:
    days = [timezone.localdate().replace(day=1)]
    while len(days) < count:
        days.append((days[-1] - timedelta(days=1)).replace(day=1))
    return days


def _count(rows: QuerySet[Any], moment: str) -> dict[date, int]:
    counted = rows.annotate(month=TruncMonth(moment)).values("month").order_by()
    return {one["month"].date(): one["n"] for one in counted.annotate(n=Count("pk"))}


def _waits(clinic: Clinic, start: datetime) -> dict[date, list[timedelta]]:
    waits: dict[date, list[timedelta]] = {}
    reported = Visit.objects.filter(clinic=clinic, reported_at__gte=start)
    for submitted, done in reported.values_list("submitted_at", "reported_at"):
        assert submitted is not None and done is not None  # noqa: PT018, S101 - constraints
        waits.setdefault(timezone.localdate(done).replace(day=1), []).append(done - submitted)
    return waits


def _readings(clinic: Clinic, start: datetime) -> dict[date, dict[str, int]]:
    rows = (
        Analysis.objects.filter(photo__visit__clinic=clinic, queued_at__gte=start)
        .annotate(month=TruncMonth("queued_at"))
        .values("month")
        .order_by()
        .annotate(
            photos=Count("pk"),
            refused=Count("pk", filter=Q(status=AnalysisStatus.REJECTED)),
            failed=Count("pk", filter=Q(status=AnalysisStatus.FAILED)),
        )
    )
    return {
        row["month"].date(): {name: row[name] for name in ("photos", "refused", "failed")}
        for row in rows
    }


def _middle(waits: list[timedelta]) -> timedelta | None:
    return sorted(waits)[len(waits) // 2] if waits else None
