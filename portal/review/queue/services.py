from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from portal.accounts.models import User
from portal.accounts.selectors import clinic_of
from portal.audit.models import Action
from portal.audit.services import record_each
from portal.cases.models import Visit, VisitStatus
from portal.cases.selectors import visits_for
from portal.review.queue.models import SavedFilter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

MOST_FILTERS = 20


class TooManyFiltersError(Exception):
    """More kept filters than a person finds their way in."""


@transaction.atomic
def assign(*, by: User, visits: Iterable[UUID], to: User | None) -> int:
    """Give waiting visits to a doctor of the clinic, or to nobody; how many there were.

    A hint for who reads what, not a claim: whoever takes a visit reads it.
    """
    waiting = visits_for(by).filter(status=VisitStatus.AWAITING_REVIEW, public_id__in=visits)
    locked = waiting.select_for_update(of=("self",)).select_related("case__patient")
    assigned = list(locked.order_by("pk"))
    Visit.objects.filter(pk__in=[visit.pk for visit in assigned]).update(assigned_to=to)
    about = [(visit, visit.case.patient) for visit in assigned]
    record_each(Action.VISIT_ASSIGNED, about, clinic_id=clinic_of(by).pk, by=by)
    return len(assigned)


@transaction.atomic
def keep_filter(*, doctor: User, name: str, query: str) -> SavedFilter:
    """Under a name that is already there, the new look takes the old one's place."""
    User.objects.select_for_update().get(pk=doctor.pk)
    others = SavedFilter.objects.filter(doctor=doctor).exclude(name=name)
    if others.count() >= MOST_FILTERS:
        raise TooManyFiltersError(MOST_FILTERS)
    kept, _created = SavedFilter.objects.update_or_create(
        doctor=doctor, name=name, defaults={"query": query}
    )
    return kept


def drop_filter(*, doctor: User, name: str) -> SavedFilter | None:
    """What was dropped, so that it can be kept again; nothing if it was gone already."""
    dropped = SavedFilter.objects.filter(doctor=doctor, name=name).first()
    if dropped:
        dropped.delete()
    return dropped
