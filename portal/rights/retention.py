"""What has been kept as long as it had to be, and goes.

Sealed records, report by report; and visits that never came to a report and that nobody touched
for as long as the clinic says. Reports of an open account stay: the patient is in care.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import DateTimeField, Max
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from portal.accounts.models import Clinic
from portal.audit.models import Action, Why
from portal.audit.services import record, record_each
from portal.cases.models import Case, Visit, VisitStatus
from portal.rights.shredding import shred_sealed, shred_visits

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

logger = logging.getLogger(__name__)
Kept = TypeVar("Kept", Case, Visit)
UNREPORTED = (VisitStatus.DRAFT, VisitStatus.WITHDRAWN)


@dataclass(frozen=True)
class Ended:
    """What may go today."""

    cases: list[Case]
    """Sealed, and every period of theirs is over: with all that is left of the patient."""
    reports: list[Visit]
    """Of other sealed cases, the visits whose own period is over."""
    unreported: list[Visit]

    @property
    def lines(self) -> list[str]:
        """Each in words for whoever runs it by hand; ids only."""
        return [
            *(
                f"sealed case {case.public_id}, kept until {case.sealed_until}"
                for case in self.cases
            ),
            *(f"report of sealed visit {visit.public_id}" for visit in self.reports),
            *(f"visit without a report {visit.public_id}" for visit in self.unreported),
        ]


def ended(today: date | None = None) -> Ended:
    day = today or timezone.localdate()
    over = Case.objects.filter(sealed_until__lte=day).select_related("clinic", "patient")
    mature = Visit.objects.filter(sealed_until__lte=day, case__sealed_until__gt=day)
    untouched = [visit for clinic in Clinic.objects.all() for visit in _untouched(clinic)]
    return Ended(list(over), list(mature.select_related("clinic", "case__patient")), untouched)


def _untouched(clinic: Clinic) -> QuerySet[Visit]:
    before = timezone.now() - timedelta(days=clinic.keep_unreported_days)
    visits = Visit.objects.filter(clinic=clinic, status__in=UNREPORTED)
    old = visits.annotate(touched=_last_touched()).filter(touched__lt=before)
    return old.select_related("clinic", "case__patient")


def _last_touched() -> Greatest:
    """SQLite's greatest of anything and nothing is nothing, so each falls back on the opening."""
    return Greatest(
        "created_at",
        Coalesce(Max("photos__uploaded_at"), "created_at"),
        Coalesce("submitted_at", "created_at"),
        Coalesce("questionnaire__saved_at", "created_at"),
        output_field=DateTimeField(),
    )


def end_retention() -> Ended:
    """Let it go, each case and each visit in a transaction of its own; what went."""
    found = ended()
    return Ended(
        cases=[case for case in found.cases if _went(_end_case, case)],
        reports=[visit for visit in found.reports if _went(_end_visit, visit)],
        unreported=[visit for visit in found.unreported if _went(_end_visit, visit)],
    )


def _went(end: Callable[[Kept], bool], one: Kept) -> bool:
    try:
        return end(one)
    except Exception:  # whatever stands in one's way, the others go
        logger.exception("%s could not be let go", one.public_id)
        return False


@transaction.atomic
def _end_case(case: Case) -> bool:
    names = shred_sealed(case)
    _destroy_on_commit(names)
    record(Action.ERASED, case, of=case.patient, why=Why.RETENTION)
    return True


@transaction.atomic
def _end_visit(visit: Visit) -> bool:
    """Unless it is not what was found any more: a draft may just have been sent."""
    held = Visit.objects.select_for_update(of=("self",)).filter(pk=visit.pk, status=visit.status)
    if not held.first():
        return False
    if visit.status in UNREPORTED and not _untouched(visit.clinic).filter(pk=visit.pk).exists():
        return False
    names = shred_visits(Visit.objects.filter(pk=visit.pk))
    _destroy_on_commit(names)
    about = [(visit, visit.case.patient)]
    record_each(Action.ERASED, about, clinic_id=visit.clinic_id, why=Why.RETENTION)
    return True


def _destroy_on_commit(names: list[str]) -> None:
    """What a crash leaves of them belongs to no row, and the sweep of files takes it."""
    transaction.on_commit(partial(_destroy, names))


def _destroy(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)
