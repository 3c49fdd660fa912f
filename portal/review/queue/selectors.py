"""The doctors' queue: who comes next, a page at a time.

Whoever waits longer than the clinic promised comes first, the longest first, so that mild cases do
not starve; then the worst, and of one grade who has waited longest. A page starts behind the last
visit of the page before it, so that its cost does not grow with what lies before or behind.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.utils import timezone

from portal.accounts.models import Role, User
from portal.analysis import words
from portal.analysis.models import LesionType
from portal.analysis.selectors import VIEW_ORDER, VisitGrade
from portal.cases.models import Photo, View, Visit, VisitStatus
from portal.cases.selectors import late_before, visits_for
from portal.cases.transitions import URGENCY
from portal.reports.models import Report
from portal.review.models import Grade, Review, ReviewStatus
from portal.review.selectors import machine_grade_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from portal.analysis.words import Line

PAGE = 50
IN_HAND = (VisitStatus.IN_REVIEW, VisitStatus.AWAITING_SECOND_READING, VisitStatus.CONSENSUS)
GRADED = tuple(kind for kind in LesionType if kind != LesionType.SCAR)
URGENT, LONGEST, NEWEST = "urgent", "longest", "newest"
ALL, MINE, UNASSIGNED = "all", "mine", "unassigned"


@dataclass(frozen=True)
class Sought:
    """What of the queue a doctor wants to see, and in which order."""

    whose: str = ALL
    grades: tuple[str, ...] = ()
    with_cautions: bool = False
    late: bool = False
    words: str = ""
    order: str = URGENT


@dataclass(frozen=True)
class Waiting:
    """A visit's line in the queue; ``reviews`` are who has it or has read it, if somebody does."""

    visit: Visit
    promised_days: int
    reviews: tuple[Review, ...] = ()

    @property
    def review(self) -> Review | None:
        """Who has it at this moment."""
        return next((one for one in self.reviews if one.status == ReviewStatus.OPEN), None)

    @property
    def graded(self) -> VisitGrade | None:
        return VisitGrade(self.visit.machine_reading) if self.visit.machine_reading else None

    @property
    def grade_label(self) -> str:
        return _label(machine_grade_of(self.visit))

    @property
    def certainty(self) -> float | None:
        """Of the displayed grade, in percent."""
        if not self.graded or self.graded.grade not in self.graded.probabilities:
            return None
        return 100 * self.graded.probabilities[self.graded.grade]

    @property
    def counts(self) -> list[tuple[LesionType, int]]:
        """The types that were found."""
        counts = self.graded.counts if self.graded else {}
        return [(kind, counts[kind]) for kind in LesionType if counts.get(kind)]

    @property
    def photo_id(self) -> UUID | None:
        """The front, or what there is."""
        found: UUID | None = getattr(self.visit, "shown_photo", None)
        return found

    @property
    def cautions(self) -> list[Line]:
        return [str(words.FINDINGS[code]) for code in self.visit.cautions]

    @property
    def last_grade_label(self) -> str:
        """What was signed at the visit before this one."""
        return _label(getattr(self.visit, "last_grade", None) or "")

    @property
    def worse_by(self) -> int | None:
        """How many more lesions that count for a grade there are than last time."""
        last: dict[str, int] | None = getattr(self.visit, "last_counts", None)
        if not self.graded or last is None:
            return None
        return sum(self.graded.counts[kind] - last[kind] for kind in GRADED)

    @property
    def better_by(self) -> int:
        return -(self.worse_by or 0)

    @property
    def due_at(self) -> datetime:
        assert self.visit.submitted_at is not None  # noqa: S101 - a visit that waits was sent
        return self.visit.submitted_at + timedelta(days=self.promised_days)

    @property
    def is_late(self) -> bool:
        return self.due_at < timezone.now()


@dataclass(frozen=True)
class Queue:
    """``mine`` and ``taken`` are being read, by this doctor and by colleagues; ``second`` wait for
    a second reading, ``disagreed`` for the two who read them.
    """

    mine: list[Waiting] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    taken: list[Waiting] = field(default_factory=list)
    second: list[Waiting] = field(default_factory=list)
    disagreed: list[Waiting] = field(default_factory=list)
    has_more: bool = False
    """More visits wait than are listed."""

    @property
    def rows(self) -> list[Waiting]:
        return [*self.mine, *self.waiting, *self.taken, *self.second, *self.disagreed]

    @property
    def is_empty(self) -> bool:
        return not self.rows


def queue(doctor: User, sought: Sought | None = None, after: UUID | None = None) -> Queue:
    """One page of who waits; ``after``: the last visit of the page before. What is in somebody's
    hands is shown beside the first page.
    """
    sought = sought or Sought()
    days = promised_days(doctor)
    found = list(_page(doctor, sought, days, after))
    waiting = [Waiting(visit, days) for visit in found[:PAGE]]
    held = [] if after else _in_hand(doctor, days, sought.words)
    return Queue(
        mine=[row for row in held if row.review and row.review.doctor_id == doctor.pk],
        taken=[row for row in held if row.review and row.review.doctor_id != doctor.pk],
        second=[row for row in held if _awaits_second(row, doctor)],
        disagreed=[row for row in held if _to_agree_on(row, doctor)],
        waiting=waiting,
        has_more=len(found) > PAGE,
    )


def promised_days(doctor: User) -> int:
    assert doctor.clinic is not None  # noqa: S101 - every doctor has one
    return doctor.clinic.promised_days


def next_waiting(doctor: User, sought: Sought) -> Visit | None:
    """Whom a doctor reads next if they do not choose: of those they look at, and nobody who is
    a colleague's to read.
    """
    late = late_before(promised_days(doctor))
    theirs = Q(assigned_to=None) | Q(assigned_to=doctor)
    visits = waiting_visits(doctor, sought).filter(theirs)
    pages = (_with_all_that_is_shown(part)[:1] for part in parts(visits, sought.order, late, None))
    return next((visit for page in pages for visit in page), None)


def shown_photos(visit: Visit) -> list[Photo]:
    """The front first."""
    photos = Photo.objects.current().filter(visit=visit).exclude(display="")
    return sorted(photos, key=lambda photo: VIEW_ORDER[View(photo.view)])


# --- Who waits ----------------------------------------------------------------------------------


def waiting_visits(doctor: User, sought: Sought) -> QuerySet[Visit]:
    """Without an order: each part of a page brings its own."""
    visits = visits_for(doctor).filter(status=VisitStatus.AWAITING_REVIEW)
    if sought.whose == MINE:
        visits = visits.filter(assigned_to=doctor)
    if sought.whose == UNASSIGNED:
        visits = visits.filter(assigned_to=None)
    if sought.grades:
        visits = visits.filter(urgency__in=[URGENCY[grade] for grade in sought.grades])
    if sought.with_cautions:
        visits = visits.exclude(cautions=[])
    if sought.late:
        visits = visits.filter(submitted_at__lt=late_before(promised_days(doctor)))
    if sought.words:
        visits = visits.filter(case__patient__full_name__icontains=sought.words)
    return visits


def _page(
    doctor: User, sought: Sought, days: int, after: UUID | None, length: int = PAGE + 1
) -> list[Visit]:
    last = visits_for(doctor).filter(public_id=after).first() if after else None
    page: list[Visit] = []
    for part in parts(waiting_visits(doctor, sought), sought.order, late_before(days), last):
        page += _with_all_that_is_shown(part)[: length - len(page)]
        if len(page) >= length:
            break
    return page


def parts(
    visits: QuerySet[Visit], order: str, late: datetime, last: Visit | None
) -> Sequence[QuerySet[Visit]]:
    """What follows ``last``, as stretches that each lie one after the other in an index."""
    if order == LONGEST:
        return [_behind(visits, last)]
    if order == NEWEST:
        return [_before(visits, last)]
    overdue, timely = visits.filter(submitted_at__lt=late), visits.filter(submitted_at__gte=late)
    worst_first = timely.order_by("-urgency", "submitted_at", "pk")
    if last is None or last.submitted_at is None:
        return [_behind(overdue, None), worst_first]
    if last.submitted_at < late:
        return [_behind(overdue, last), worst_first]
    same_grade = _behind(timely.filter(urgency=last.urgency), last)
    return [same_grade, worst_first.filter(urgency__lt=last.urgency)]


def _behind(visits: QuerySet[Visit], last: Visit | None) -> QuerySet[Visit]:
    """Who was sent after ``last``, the longest waiting first."""
    if last:
        at = last.submitted_at
        visits = visits.filter(submitted_at__gte=at).exclude(submitted_at=at, pk__lte=last.pk)
    return visits.order_by("submitted_at", "pk")


def _before(visits: QuerySet[Visit], last: Visit | None) -> QuerySet[Visit]:
    if last:
        at = last.submitted_at
        visits = visits.filter(submitted_at__lte=at).exclude(submitted_at=at, pk__gte=last.pk)
    return visits.order_by("-submitted_at", "-pk")


def _with_all_that_is_shown(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """What a line says, in the same query: patient, thumbnail, what was signed last time."""
    related = visits.select_related("case__patient", "assigned_to")
    return related.annotate(**_shown(OuterRef("pk"), OuterRef("case"), OuterRef("number")))


def _shown(visit: OuterRef, case: OuterRef, number: OuterRef) -> dict[str, Subquery]:
    places = [When(view=view, then=Value(place)) for view, place in VIEW_ORDER.items()]
    photos = Photo.objects.current().filter(visit=visit).exclude(display="").order_by(Case(*places))
    signed = Report.objects.filter(visit__case=case, visit__number__lt=number)
    signed = signed.exclude(content__grade="")  # what is not acne counts for nothing
    last = signed.order_by("-visit__number")
    return {
        "shown_photo": Subquery(photos.values("public_id")[:1]),
        "last_grade": Subquery(last.values("content__grade")[:1]),
        "last_counts": Subquery(last.values("content__counts")[:1]),
    }


# --- In somebody's hands ------------------------------------------------------------------------


def _in_hand(doctor: User, days: int, words: str) -> list[Waiting]:
    """Whatever is filtered by; who looks for one person is shown no others."""
    in_hand = visits_for(doctor).filter(status__in=IN_HAND)
    if words:
        in_hand = in_hand.filter(case__patient__full_name__icontains=words)
    readings = Review.objects.filter(visit__in=in_hand).exclude(status=ReviewStatus.RELEASED)
    shown = _shown(OuterRef("visit"), OuterRef("visit__case"), OuterRef("visit__number"))
    found = (
        readings.select_related("doctor", "visit__case__patient", "visit__assigned_to")
        .annotate(**shown)
        .order_by("visit__submitted_at", "visit", "claimed_at")
    )
    by_visit: dict[int, list[Review]] = {}
    for review in found:
        for name in shown:
            setattr(review.visit, name, getattr(review, name))
        by_visit.setdefault(review.visit_id, []).append(review)
    return [Waiting(rows[0].visit, days, tuple(rows)) for rows in by_visit.values()]


def _awaits_second(row: Waiting, doctor: User) -> bool:
    """Nobody has it, and somebody else has given the first reading."""
    if row.visit.status != VisitStatus.AWAITING_SECOND_READING or row.review:
        return False
    return all(one.doctor_id != doctor.pk for one in row.reviews)


def _to_agree_on(row: Waiting, doctor: User) -> bool:
    if row.visit.status != VisitStatus.CONSENSUS:
        return False
    return any(one.doctor_id == doctor.pk for one in row.reviews)


# --- What stands round the list -----------------------------------------------------------------


@dataclass(frozen=True)
class Surroundings:
    """``colleagues``: whom visits can be assigned to; ``filters``: name and query of one's own."""

    colleagues: list[tuple[UUID, str]]
    filters: list[tuple[str, str]]


def surroundings(doctor: User) -> Surroundings:
    """In one query: the clinic's doctors, joined with the filters they keep."""
    people = User.objects.filter(
        clinic=doctor.clinic_id, role=Role.DERMATOLOGIST, is_active=True
    ).order_by("full_name", "pk", "saved_filters__name")
    rows: Iterable[tuple[Any, ...]] = people.values_list(
        "pk", "public_id", "full_name", "saved_filters__name", "saved_filters__query"
    )
    colleagues: dict[UUID, str] = {}
    filters: list[tuple[str, str]] = []
    for pk, public_id, full_name, name, query in rows:
        colleagues[public_id] = full_name
        if pk == doctor.pk and name:
            filters.append((name, query))
    return Surroundings(list(colleagues.items()), filters)


def _label(grade: str) -> str:
    return str(Grade(grade).label) if grade else ""
