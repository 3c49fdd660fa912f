"""A doctor's claim on a visit, from taking it to the signature.

Locks are taken in one order, the visit before its review, so that two doctors, the sweep and a
signature cannot block each other.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.audit.models import Action, Why
from portal.audit.services import record
from portal.cases.models import NoticeKind, RetakeRequest, View, Visit, VisitStatus
from portal.cases.notices import notify
from portal.cases.transitions import move
from portal.review.corrections.selectors import corrected
from portal.review.models import Diagnosis, Review, ReviewStatus
from portal.review.second import selectors as second
from portal.review.second.services import report
from portal.review.selectors import machine_grade_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from portal.accounts.models import User
    from portal.reports.models import Report


class TakenError(Exception):
    """A colleague is reading the visit; ``review`` says who."""

    def __init__(self, review: Review) -> None:
        super().__init__(review)
        self.review = review


class ClaimLostError(Exception):
    """The claim has ended: given back, timed out or signed. Nothing was stored."""


class AnotherVisitOpenError(Exception):
    """The patient has begun a new visit, whose photos will show what a retake would."""


class OverrideUnexplainedError(Exception):
    """A grade that differs from what the lesions give needs the doctor's reason."""


class OwnReadingError(Exception):
    """Who gave the first reading does not give the second."""


class NoColleagueError(Exception):
    """The clinic has no other doctor who could read the visit too."""


@transaction.atomic
def claim(*, visit: Visit, doctor: User) -> Review:
    """Take the visit, or raise :class:`TakenError` if a colleague has it.

    Taking twice is taking once. What this doctor wrote before giving it back is there again.
    """
    locked = _lock(visit.pk)
    held = locked.reviews.open().select_related("doctor").first()
    if held and held.doctor_id == doctor.pk:
        renew(review=held)
        return held
    if held and not held.is_stale:
        raise TakenError(held)
    if held:
        _give_back(held, locked)
    if locked.status == VisitStatus.AWAITING_SECOND_READING:
        if second.has_given(doctor, locked):
            raise OwnReadingError(locked.public_id)
    else:
        move(locked, VisitStatus.IN_REVIEW)
    earlier = locked.reviews.filter(doctor=doctor, status=ReviewStatus.RELEASED).first()
    review = earlier or Review(visit=locked, doctor=doctor)
    review.status = ReviewStatus.OPEN
    review.claimed_at, review.lease_until = timezone.now(), _lease_end()
    review.save()
    if held:
        _record(Action.VISIT_RELEASED, held, by=held.doctor, why=Why.TIMED_OUT)
    _record(Action.VISIT_CLAIMED, review, by=doctor)
    return review


def renew(*, review: Review) -> None:
    """Hold the visit for another lease: the doctor is still at work."""
    _update_open(review, lease_until=_lease_end())


def save_draft(*, visit: Visit, doctor: User, written: dict[str, Any]) -> None:
    """Keep what the doctor has written so far (fields of the review); also renews the lease."""
    held = visit.reviews.open().filter(doctor=doctor)
    if not held.update(lease_until=_lease_end(), **written):
        raise ClaimLostError(visit.public_id)


@transaction.atomic
def release(*, review: Review) -> None:
    """Give the visit back to the queue. Giving back twice is giving back once."""
    visit = _lock(review.visit_id)
    held = Review.objects.open().filter(pk=review.pk).first()
    if held:
        _give_back(held, visit)
        _record(Action.VISIT_RELEASED, held, by=held.doctor)


def release_stale() -> None:
    """Give back what a forgotten browser tab holds."""
    for review in Review.objects.stale():
        _release_if_stale(review)


@transaction.atomic
def claim_and_sign(
    *, visit: Visit, doctor: User, decide: Callable[[str], dict[str, Any]]
) -> Report | None:
    """Take the visit and sign it in one step: if anything is refused, no claim is left behind.

    ``decide`` is given the grade of the lesions as this doctor holds them and answers with the
    fields to sign; what it raises goes on to the caller.
    """
    review = claim(visit=visit, doctor=doctor)
    return sign(review=review, **decide(corrected(review).graded.grade))


@transaction.atomic
def sign(
    *,
    review: Review,
    grade: str,
    assessment: str,
    diagnosis: str = Diagnosis.ACNE,
    override_reason: str = "",
    ask_colleague: bool = False,
    **written: Any,
) -> Report | None:
    """Complete the reading. The report is frozen and the visit is reported, or nothing happens.

    Where two doctors read, the first one's reading waits, and there is no report yet; the second
    one's confirms it, or leads to the two agreeing. ``written``: further fields of the review.
    """
    visit = _lock(review.visit_id)
    counted_grade = corrected(review).graded.grade
    is_acne = diagnosis == Diagnosis.ACNE
    differs = is_acne and bool(counted_grade) and grade != counted_grade
    if differs and not override_reason.strip():
        raise OverrideUnexplainedError(counted_grade)
    _update_open(
        review,
        status=ReviewStatus.GIVEN,
        lease_until=None,
        given_at=timezone.now(),
        machine_grade=machine_grade_of(visit),
        counted_grade=counted_grade,
        diagnosis=diagnosis,
        grade=grade if is_acne else "",
        override_reason=override_reason if differs else "",
        assessment=assessment,
        **written,
    )
    review.refresh_from_db()
    signed = _conclude(visit, review, ask_colleague=ask_colleague)
    if differs:
        _record(Action.GRADE_OVERRIDDEN, review, by=review.doctor, why=Why.DIFFERS)
    _record(Action.READING_GIVEN, review, by=review.doctor)
    if signed:
        record(Action.REPORT_SIGNED, signed, of=visit.case.patient, by=review.doctor)
    return signed


def _conclude(visit: Visit, review: Review, *, ask_colleague: bool) -> Report | None:
    first, *others = second.given_readings(visit)
    if others:
        if second.agree(first, review):
            return report(first)
        move(visit, VisitStatus.CONSENSUS)
        return None
    if ask_colleague and not second.has_colleague(review.doctor):
        raise NoColleagueError(visit.public_id)
    wanted = ask_colleague or second.second_is_due(visit)
    if not wanted or not second.has_colleague(review.doctor):
        return report(review)
    move(visit, VisitStatus.AWAITING_SECOND_READING)
    return None


@transaction.atomic
def ask_for_retake(*, review: Review, views: Iterable[View], reason: str) -> None:
    """Give the visit back to the patient for these views again, ``reason`` in the doctor's words.

    What the doctor has written is kept for when the visit comes back.
    """
    visit = _lock(review.visit_id)
    _make_way(visit)
    _update_open(review, status=ReviewStatus.RELEASED, lease_until=None)
    move(visit, VisitStatus.RETAKE_REQUESTED)
    RetakeRequest.objects.bulk_create(
        RetakeRequest(visit=visit, view=view, doctor=review.doctor, reason=reason) for view in views
    )
    notify(visit=visit, kind=NoticeKind.RETAKE_ASKED)
    record(Action.RETAKE_ASKED, visit, of=visit.case.patient, by=review.doctor)


def _make_way(visit: Visit) -> None:
    """A case has one open visit: a new one that nothing was sent in yet gives way."""
    begun = Visit.objects.filter(case=visit.case_id, status=VisitStatus.DRAFT)
    if begun.filter(photos__isnull=False).exists():
        raise AnotherVisitOpenError(visit.public_id)
    begun.delete()


def _lock(visit_pk: int) -> Visit:
    return Visit.objects.select_for_update().get(pk=visit_pk)


def _lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.REVIEW_LEASE_SECONDS)


def _update_open(review: Review, **fields: Any) -> None:
    if not Review.objects.open().filter(pk=review.pk).update(**fields):
        raise ClaimLostError(review.public_id)


def _give_back(review: Review, visit: Visit) -> None:
    """A second reading goes on waiting for whoever takes it next."""
    _update_open(review, status=ReviewStatus.RELEASED, lease_until=None)
    if visit.status != VisitStatus.AWAITING_SECOND_READING:
        move(visit, VisitStatus.AWAITING_REVIEW)


@transaction.atomic
def _release_if_stale(review: Review) -> None:
    visit = _lock(review.visit_id)
    stale = Review.objects.stale().filter(pk=review.pk).first()
    if stale:
        _give_back(stale, visit)
        _record(Action.VISIT_RELEASED, stale, why=Why.TIMED_OUT)


def _record(action: Action, review: Review, **more: Any) -> None:
    """Of the visit's own steps the visit is the subject; of the doctor's words their reading."""
    of_the_visit = action in (Action.VISIT_CLAIMED, Action.VISIT_RELEASED)
    subject = review.visit if of_the_visit else review
    record(action, subject, of=review.visit.case.patient, **more)
