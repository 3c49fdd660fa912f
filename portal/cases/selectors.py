"""What a user may see. Lists and single objects both start here, so they cannot disagree.

A patient sees their own, a dermatologist their clinic's sent visits. Administrators and operators
see no pictures and no findings: they answer for privacy and need neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Q

from portal.accounts.models import Role
from portal.cases.models import Case, Photo, Visit, VisitStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.accounts.models import User

NOT_THE_DOCTORS = (VisitStatus.DRAFT, VisitStatus.WITHDRAWN)


def cases_for(user: User) -> QuerySet[Case]:
    if user.role == Role.PATIENT:
        return Case.objects.filter(patient=user)
    if user.role == Role.DERMATOLOGIST:
        return Case.objects.filter(clinic=user.clinic)
    return Case.objects.none()


def visits_for(user: User) -> QuerySet[Visit]:
    visits = Visit.objects.filter(case__in=cases_for(user))
    if user.role == Role.DERMATOLOGIST:
        visits = visits.exclude(status__in=NOT_THE_DOCTORS)
    return visits


def photos_for(user: User) -> QuerySet[Photo]:
    return Photo.objects.filter(visit__in=visits_for(user))


def own_visits(patient: User) -> QuerySet[Visit]:
    """A patient's visits for their own list, newest first, each with its report if it has one."""
    return (
        visits_for(patient)
        .select_related("report")
        .annotate(photo_count=Count("photos", filter=Q(photos__replaced_at__isnull=True)))
        .order_by("-number")
    )
