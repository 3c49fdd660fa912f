"""Rows of two visits to be matched: queued with a report, claimed, kept, never lost.

The same claim as of :mod:`portal.analysis.services`, without renewal: a match takes seconds.
"""

from __future__ import annotations

import logging
import uuid
from typing import TYPE_CHECKING, Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.analysis import following, lease
from portal.analysis.services import new_error_id
from portal.audit.models import Action
from portal.audit.services import record
from portal.cases.models import Visit
from portal.reports.models import Report
from portal.reports.selectors import ReportReading
from portal.tasking import ring_on_commit
from portal.trends.linking import sides_of
from portal.trends.models import LesionMatch, MatchCorrection, MatchingStatus, VisitMatching
from portal.trends.photos import followed_photos

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.accounts.models import User
    from portal.cases.models import Case

logger = logging.getLogger(__name__)
S = MatchingStatus


class NotAPairError(Exception):
    """What the doctor names is no lesion of the earlier and one of the later visit."""


# --- Into the queue -----------------------------------------------------------------------------


def queue_matchings(*, report: Report) -> None:
    """Have a new report's lesions followed from every visit before it."""
    from portal.trends.tasks import match_pending  # noqa: PLC0415 - it imports this module

    if not ReportReading(report.content).is_acne:
        return
    case = report.visit.case_id
    before = Report.objects.filter(visit__case=case, visit__number__lt=report.visit.number)
    earlier = [one for one in before if ReportReading(one.content).is_acne]
    pairs = [VisitMatching(earlier=one, later=report) for one in earlier]
    VisitMatching.objects.bulk_create(pairs, ignore_conflicts=True)
    if earlier:
        ring_on_commit(match_pending)


def queue_missing_matchings(*, case: Case) -> None:
    """The same for a case that came together from two records: each knew its own visits only."""
    for report in Report.objects.filter(visit__case=case).select_related("visit"):
        queue_matchings(report=report)


# --- A worker's side ----------------------------------------------------------------------------


def match_waiting() -> None:
    """Match until nothing is left."""
    requeue_lost()
    while claimed := claim():
        _work(claimed)


def claim() -> VisitMatching | None:
    """Take the oldest waiting row under a new token and lease."""
    token = uuid.uuid4()
    with transaction.atomic():
        waiting = VisitMatching.objects.filter(status=S.QUEUED).order_by("queued_at", "pk")
        first = waiting.select_for_update(skip_locked=True).values_list("pk", flat=True).first()
        if first is None:
            return None
        VisitMatching.objects.filter(pk=first, status=S.QUEUED).update(
            status=S.RUNNING, **lease.claimed(token)
        )
    found = VisitMatching.objects.filter(token=token)
    return found.select_related("earlier", "later").first()


def _work(claimed: VisitMatching) -> None:
    try:
        photos = followed_photos([claimed.earlier, claimed.later])
        found = following.follow(photos[claimed.earlier_id], photos[claimed.later_id])
        store(matching=claimed, found=found)
    except SoftTimeLimitExceeded:
        give_back(VisitMatching.objects.filter(pk=claimed.pk, token=claimed.token))
        raise
    except Exception:  # whatever goes wrong must not lose the row: it is tried again
        error_id = new_error_id()
        logger.exception("two visits were not matched, error %s", error_id)
        give_back(VisitMatching.objects.filter(pk=claimed.pk, token=claimed.token), error_id)


@transaction.atomic
def store(*, matching: VisitMatching, found: dict[str, Any]) -> None:
    """Keep what was found if the token still holds; else another worker does."""
    measures = {side: found[side] for side in ("before", "after")}
    stored = VisitMatching.objects.filter(
        pk=matching.pk, token=matching.token, status=S.RUNNING
    ).update(status=S.DONE, **lease.FREE, finished_at=timezone.now(), measures=measures)
    if stored:
        LesionMatch.objects.bulk_create(
            LesionMatch(matching=matching, **one) for one in found["matches"]
        )


def give_back(held: QuerySet[VisitMatching], problem: str = "") -> None:
    """Return rows to the queue, or give up on what had its last try."""
    running = held.filter(status=S.RUNNING)
    running.filter(attempts__lt=settings.ANALYSIS_ATTEMPTS).update(status=S.QUEUED, **lease.FREE)
    running.update(
        status=S.FAILED,
        **lease.FREE,
        finished_at=timezone.now(),
        problem=problem or new_error_id(),
    )


def requeue_lost() -> None:
    """Return rows whose worker is gone."""
    give_back(VisitMatching.objects.filter(lease_until__lt=timezone.now()))


def sweep() -> None:
    """Find again what a dead worker held, and ring for rows whose message was lost."""
    from portal.trends.tasks import match_pending  # noqa: PLC0415 - it imports this module

    requeue_lost()
    if VisitMatching.objects.filter(status=S.QUEUED).exists():
        ring_on_commit(match_pending)


# --- A doctor's word ----------------------------------------------------------------------------


@transaction.atomic
def correct(
    *, matching: VisitMatching, doctor: User, before: uuid.UUID, after: uuid.UUID, are_one: bool
) -> MatchCorrection:
    """Say that two lesions are one, or that they are not. The machine's rows stay.

    ``before`` and ``after`` name the rows that hold them. Raises :class:`NotAPairError`.
    """
    # Whoever erases the record holds its visits: nothing comes in unseen meanwhile.
    visits = Visit.objects.select_for_update().filter(sealed_until=None)
    if not visits.filter(pk=matching.later.visit_id).first():
        raise NotAPairError
    rows = {row.public_id: row for row in matching.matches.filter(public_id__in=[before, after])}
    earlier, later = rows.get(before), rows.get(after)
    if not (earlier and later and sides_of(earlier)[0] and sides_of(later)[1]):
        raise NotAPairError
    made = MatchCorrection.objects.create(
        before=earlier, after=later, are_one=are_one, doctor=doctor
    )
    patient = matching.later.visit.case.patient
    record(Action.FINDING_CORRECTED, earlier, of=patient, by=doctor)
    return made
