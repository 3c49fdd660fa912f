"""What views record of who looked at what. Kept apart from the services, which cases and review
themselves call.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Action, Entry, Why
from portal.audit.origin import acting
from portal.audit.services import record, record_each
from portal.review.models import Review

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.cases.models import Case, Photo, Visit
    from portal.messages.models import Attachment
    from portal.reports.models import Report

ONE_LOOK = timedelta(hours=1)


def photo_read(photo: Photo, action: Action = Action.PHOTO_READ) -> None:
    record(action, photo, of=photo.visit.case.patient, why=_why(photo.visit))


def visit_read(visit: Visit, why: Why | None = None) -> None:
    """``why``, where the caller knows it."""
    record(Action.VISIT_READ, visit, of=visit.case.patient, why=why or _why(visit))


def visits_found(visits: Sequence[Visit]) -> None:
    """By a search for a name. The page asks again and again who is found: that is one look."""
    if not visits:
        return
    clinic, by = visits[0].clinic_id, acting()
    seen = Entry.objects.filter(
        chain__clinic=clinic,
        subject__in=[str(visit.public_id) for visit in visits],
        action=Action.VISIT_READ,
        actor=by.public_id if by else None,
        at__gt=timezone.now() - ONE_LOOK,
    )
    known = set(seen.values_list("subject", flat=True))
    new = [(one, one.case.patient) for one in visits if str(one.public_id) not in known]
    record_each(Action.VISIT_READ, new, clinic_id=clinic, why=_looking_around())


def report_read(
    report: Report, action: Action = Action.REPORT_READ, why: Why | None = None
) -> None:
    """``why``, where the caller knows it."""
    record(action, report, of=report.visit.case.patient, why=why or _why(report.visit))


def reports_listed(reports: Sequence[Report]) -> None:
    """Each with its words, as an app gets them in one list."""
    if reports:
        read = [(report, report.visit.case.patient) for report in reports]
        clinic = reports[0].visit.clinic_id
        record_each(Action.REPORT_READ, read, clinic_id=clinic, why=_looking_around())


def course_read(case: Case) -> None:
    record(Action.COURSE_READ, case, of=case.patient, why=_looking_around())


def attachment_read(attachment: Attachment) -> None:
    record(Action.ATTACHMENT_READ, attachment, of=attachment.message.case.patient)


def _looking_around() -> str:
    reader = acting()
    return Why.RECORDS if reader and reader.role == Role.DERMATOLOGIST else ""


def _why(visit: Visit) -> str:
    """A doctor looks either because they read this visit, or into the clinic's records."""
    if Review.objects.filter(visit=visit, doctor=acting()).exists():
        return Why.TREATING
    return _looking_around()
