from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied

from portal.accounts.models import Clinic, Invitation, Role, User

if TYPE_CHECKING:
    from django.db.models import QuerySet


def clinics_open_for_registration() -> QuerySet[Clinic]:
    return Clinic.objects.filter(open_registration=True)


def people_of(administrator: User) -> QuerySet[User]:
    """Whose accounts the administrator of a clinic looks after."""
    return (
        User.objects.filter(clinic=clinic_of(administrator), erased_at=None)
        .select_related("erasure_request")
        .order_by("role", "full_name", "pk")
    )


def clinic_of(user: User) -> Clinic:
    """Everybody has one but the operator, who has no business where this is asked."""
    if user.clinic is None:
        raise PermissionDenied
    return user.clinic


def invitations_of(administrator: User) -> QuerySet[Invitation]:
    return Invitation.objects.filter(clinic=clinic_of(administrator)).select_related("clinic")


def colleagues_of(doctor: User) -> QuerySet[User]:
    """The clinic's doctors who work there now, oneself too."""
    return User.objects.filter(clinic=doctor.clinic_id, role=Role.DERMATOLOGIST, is_active=True)
