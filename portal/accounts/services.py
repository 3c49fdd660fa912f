from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from portal.accounts import second_factor
from portal.accounts.age import age_on
from portal.accounts.models import COLLEAGUES, LEGAL_MINIMUM_AGE, Clinic, Invitation, Role, User
from portal.accounts.sessions import end_all_sessions
from portal.api.tokens import revoke_all
from portal.audit.models import Action
from portal.audit.services import record
from portal.consent.services import publish_default_forms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime


class InvitationSpentError(Exception):
    """Somebody else registered with it meanwhile, it ran out or was called back."""


class TooYoungError(Exception):
    """The clinic treats nobody of this age; nothing was stored."""

    def __init__(self, minimum_age: int) -> None:
        super().__init__(minimum_age)
        self.minimum_age = minimum_age


@transaction.atomic
def create_clinic(
    *,
    name: str,
    slug: str,
    minimum_age: int = LEGAL_MINIMUM_AGE,
    open_registration: bool = False,
    is_demonstration: bool = False,
    quality_limits: Mapping[str, float] | None = None,
) -> Clinic:
    """A clinic with its consent forms published, so that its first patient can sign them."""
    clinic = Clinic(
        name=name,
        slug=slug,
        minimum_age=minimum_age,
        open_registration=open_registration,
        is_demonstration=is_demonstration,
        quality_limits=dict(quality_limits or {}),
    )
    clinic.full_clean()
    clinic.save()
    record(Action.CLINIC_MADE, clinic, clinic_id=clinic.pk)
    publish_default_forms(clinic=clinic)
    return clinic


@transaction.atomic
def create_person(*, clinic: Clinic, role: Role, **person: Any) -> User:
    """An account of the clinic. Without a password it is opened by the password-reset mail."""
    made = _create(clinic=clinic, role=role, **person)
    record(Action.ACCOUNT_MADE, made, of=made)
    return made


def _create(
    *,
    clinic: Clinic,
    role: Role,
    email: str,
    password: str | None,
    full_name: str,
    date_of_birth: date | None = None,
    email_verified: bool = False,
    language: str = settings.LANGUAGE_CODE,
) -> User:
    if role == Role.PATIENT:
        check_age(clinic=clinic, date_of_birth=date_of_birth)
    person = User(
        clinic=clinic,
        role=role,
        email=email.lower(),
        full_name=full_name,
        date_of_birth=date_of_birth,
        language=language,
    )
    person.set_password(password)
    person.full_clean()
    person.save()
    EmailAddress.objects.create(
        user=person, email=person.email, primary=True, verified=email_verified
    )
    return person


def check_age(*, clinic: Clinic, date_of_birth: date | None) -> None:
    """Raise :class:`TooYoungError` for whoever has not reached the clinic's minimum age today."""
    if date_of_birth is None:
        raise ValueError("a patient has a date of birth")
    if age_on(timezone.localdate(), born=date_of_birth) < clinic.minimum_age:
        raise TooYoungError(clinic.minimum_age)


@transaction.atomic
def set_active(*, person: User, active: bool) -> None:
    """A closed account cannot sign in, and no session of it comes back when it is opened again."""
    person.is_active = active
    person.save(update_fields=["is_active"])
    if not active:
        end_all_sessions(person)
    record(Action.ACCOUNT_OPENED if active else Action.ACCOUNT_CLOSED, person, of=person)


@transaction.atomic
def invite(
    *, by: User, clinic: Clinic, single_use: bool, expires_at: datetime, note: str = ""
) -> Invitation:
    """A door to the clinic for one person, or for everybody until it ends."""
    invitation = Invitation(
        clinic=clinic, invited_by=by, single_use=single_use, expires_at=expires_at, note=note
    )
    invitation.full_clean()
    invitation.save()
    record(Action.INVITATION_MADE, invitation, clinic_id=clinic.pk, by=by)
    return invitation


@transaction.atomic
def revoke_invitation(*, invitation: Invitation) -> None:
    standing = Invitation.objects.filter(pk=invitation.pk, revoked_at=None)
    if standing.update(revoked_at=timezone.now()):
        record(Action.INVITATION_REVOKED, invitation, clinic_id=invitation.clinic_id)


@transaction.atomic
def use_invitation(*, invitation: Invitation) -> None:
    """Count a use, or raise :class:`InvitationSpentError` if there is none left."""
    usable = Invitation.objects.usable().filter(pk=invitation.pk)
    if not usable.update(uses=F("uses") + 1):
        raise InvitationSpentError


@transaction.atomic
def register_patient(*, invitation: Invitation | None, **person: Any) -> User:
    """Register with the invitation, if there is one; of two people with one only one succeeds."""
    if invitation:
        use_invitation(invitation=invitation)
    made = _create(role=Role.PATIENT, **person)
    record(Action.ACCOUNT_MADE, made, of=made, by=made)
    return made


@transaction.atomic
def remember_language(*, person: User, language: str) -> None:
    """Mails to this person are written in the language they last chose."""
    User.objects.filter(pk=person.pk).update(language=language)


@transaction.atomic
def set_rules(*, clinic: Clinic, **rules: Any) -> None:
    """How the clinic works from now on; what was done stays as it was."""
    for name, value in rules.items():
        setattr(clinic, name, value)
    fields = Clinic._meta.concrete_fields  # noqa: SLF001 - Django's own way to a field
    clinic.full_clean(exclude={field.name for field in fields} - set(rules))
    clinic.save(update_fields=list(rules))
    record(Action.CLINIC_CHANGED, clinic, clinic_id=clinic.pk)


@transaction.atomic
def change_role(*, person: User, role: Role) -> None:
    """Another door and another view: whatever was open with the old one ends."""
    if person.role not in COLLEAGUES or role not in COLLEAGUES:
        raise ValueError("only doctors and administrators change their role")
    person.role = role
    person.full_clean()
    person.save(update_fields=["role"])
    end_all_sessions(person)
    revoke_all(user=person)
    record(Action.ACCOUNT_CHANGED, person, of=person)


@transaction.atomic
def reset_second_factor(*, person: User) -> None:
    """For whoever lost their phone and their codes. They set up another one at the next sign-in."""
    second_factor.reset(person=person)
    end_all_sessions(person)
    revoke_all(user=person)
    if person.clinic_id:  # an operator's account is no clinic's business
        record(Action.SIGN_IN_CHANGED, person, of=person)


@transaction.atomic
def correct_patient(*, patient: User, full_name: str, date_of_birth: date) -> None:
    """What was mistyped at registration. What was signed with the old name stays as signed."""
    assert patient.clinic is not None  # noqa: S101 - a constraint
    check_age(clinic=patient.clinic, date_of_birth=date_of_birth)
    patient.full_name = full_name
    patient.date_of_birth = date_of_birth
    patient.full_clean()
    patient.save(update_fields=["full_name", "date_of_birth"])
    record(Action.ACCOUNT_CHANGED, patient, of=patient)
