"""The visit's states and the steps between them: every change of a visit's status happens here."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from portal.analysis.models import UNFINISHED, Analysis
from portal.analysis.selectors import grade_of, readings
from portal.cases.models import Visit, VisitStatus

S = VisitStatus
STEPS: dict[VisitStatus, frozenset[VisitStatus]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.WITHDRAWN}),
    S.SUBMITTED: frozenset({S.AWAITING_REVIEW, S.WITHDRAWN}),
    S.AWAITING_REVIEW: frozenset({S.IN_REVIEW, S.WITHDRAWN}),
    S.IN_REVIEW: frozenset(
        {
            S.AWAITING_REVIEW,
            S.AWAITING_SECOND_READING,
            S.RETAKE_REQUESTED,
            S.REPORTED,
            S.WITHDRAWN,
        }
    ),
    S.AWAITING_SECOND_READING: frozenset({S.CONSENSUS, S.REPORTED, S.WITHDRAWN}),
    S.CONSENSUS: frozenset({S.REPORTED, S.WITHDRAWN}),
    S.RETAKE_REQUESTED: frozenset({S.SUBMITTED, S.WITHDRAWN}),
    S.REPORTED: frozenset(),
    S.WITHDRAWN: frozenset(),
}


TAKING_READINGS = (S.SUBMITTED, S.AWAITING_REVIEW, S.IN_REVIEW)
# What the model could not read may be anything: a doctor looks at it first.
URGENCY = {"none": 0, "I": 1, "II": 2, "III": 3, "IV": 4, "": 5}


class WrongStateError(Exception):
    """The visit is not in a state that this step leaves; someone else was faster."""


def move(visit: Visit, to: VisitStatus) -> None:
    """Take the step, or raise :class:`WrongStateError` when the stored state does not allow it.

    One conditional update, so that of two people only one succeeds.
    """
    from_states = [state for state, following in STEPS.items() if to in following]
    now = timezone.now()
    # A visit sent again with a new photo waits since it was sent first, so it keeps its place.
    first_sent = Coalesce("submitted_at", Value(now))
    stamps: dict[VisitStatus, dict[str, Any]] = {
        S.SUBMITTED: {"submitted_at": first_sent},
        S.REPORTED: {"reported_at": now},
    }
    moved = Visit.objects.filter(pk=visit.pk, status__in=from_states).update(
        status=to, **stamps.get(to, {})
    )
    if not moved:
        raise WrongStateError(to)
    visit.refresh_from_db()


@transaction.atomic
def settle(visit: Visit) -> None:
    """Once none of a sent visit's current photos is still to be read: keep what the machine says
    of the whole visit, and let it await review. A reading tried again later is taken in too.
    """
    locked = Visit.objects.select_for_update().get(pk=visit.pk)
    if locked.status not in TAKING_READINGS:
        return
    unread = Analysis.objects.filter(
        photo__visit=locked, photo__replaced_at__isnull=True, status__in=UNFINISHED
    )
    if unread.exists():
        return
    keep_reading(locked)
    if locked.status == S.SUBMITTED:
        move(locked, S.AWAITING_REVIEW)


def keep_reading(visit: Visit) -> None:
    """Grade the visit by what was read of it, and give it its place in the doctors' queue."""
    photos = readings(visit)
    graded = grade_of(photos)
    Visit.objects.filter(pk=visit.pk).update(
        machine_reading=graded.document,
        urgency=URGENCY[graded.grade],
        cautions=sorted({code for one in photos for code in one.caution_codes}),
    )
