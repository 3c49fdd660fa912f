"""What a clinic does with its patients' records as a whole."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Role, User
from portal.accounts.services import set_active
from portal.accounts.sessions import end_all_sessions
from portal.api.tokens import revoke_all
from portal.audit.models import Action
from portal.audit.services import record
from portal.cases.models import Case, Visit, VisitStatus
from portal.consent.models import ConsentSignature, ErasureRequest
from portal.consent.selectors import kinds_taken_back
from portal.consent.services import withdraw_kinds
from portal.messages.models import Message
from portal.rights.services import ChangedError, held, move_record
from portal.rights.shredding import shred_exports
from portal.trends.services import queue_missing_matchings

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.accounts.models import Clinic

AT_REST = (VisitStatus.REPORTED, VisitStatus.WITHDRAWN)


class UnderWayError(Exception):
    """A visit is not reported yet; whoever works on it would lose it under their hands."""


class NotOfOneClinicError(Exception):
    """Two patients of one clinic can be one person; others cannot be told from here."""


@transaction.atomic
def merge_patients(*, kept: User, double: User) -> None:
    """Everything of the double becomes the kept patient's, and the double's account goes: a name
    left in it would outlive the patient's erasure.

    Visits are numbered anew in the order they were made. Signed reports say what they said, their
    visit's old number too. A consent that was taken back in either account is not in force.
    """
    if kept.pk == double.pk or {kept.role, double.role} != {Role.PATIENT}:
        raise NotOfOneClinicError
    if kept.clinic_id != double.clinic_id:
        raise NotOfOneClinicError
    now = {one.pk: _as_found(one) for one in sorted((kept, double), key=lambda one: one.pk)}
    kept, double = now[kept.pk], now[double.pk]
    if _under_way(double).exists():
        raise UnderWayError
    theirs = Case.objects.filter(patient=double, clinic=kept.clinic).first()
    if theirs:
        _move_case(theirs, kept)
    taken_back = kinds_taken_back(kept) | kinds_taken_back(double)
    _move_signatures(double, kept)
    _remove(double, kept)
    withdraw_kinds(patient=kept, kinds=taken_back)
    record(Action.PATIENTS_MERGED, double, of=kept)


@transaction.atomic
def hand_over(*, patient: User, to: Clinic) -> None:
    """The patient goes with their record, and is asked to sign the other clinic's forms."""
    patient = _as_found(patient)
    if _under_way(patient).exists():
        raise UnderWayError
    move_record(patient, to)
    end_all_sessions(patient)
    revoke_all(user=patient)


def _as_found(patient: User) -> User:
    """As they are now, held with all of their record, if they are still whom they were found as."""
    try:
        now = held(patient.pk)
    except User.DoesNotExist:
        raise ChangedError(patient.public_id) from None
    is_to_go = now.erased_at or ErasureRequest.objects.filter(patient=now).exists()
    if is_to_go or now.clinic_id != patient.clinic_id:
        raise ChangedError(patient.public_id)
    return now


def _under_way(patient: User) -> QuerySet[Visit]:
    return Visit.objects.filter(case__patient=patient).exclude(status__in=AT_REST)


def _move_case(case: Case, patient: User) -> None:
    target, _made = Case.objects.get_or_create(patient=patient, clinic=case.clinic)
    beyond = max(target.visits.count(), case.visits.count()) * 2 + 1000
    for visit in (*target.visits.all(), *case.visits.all()):
        # Two steps, for a number is there once in a case.
        Visit.objects.filter(pk=visit.pk).update(case=target, number=beyond + visit.pk)
    for number, visit in enumerate(target.visits.order_by("created_at", "pk"), start=1):
        Visit.objects.filter(pk=visit.pk).update(number=number)
    case.messages.update(case=target)
    case.delete()
    queue_missing_matchings(case=target)


def _move_signatures(double: User, kept: User) -> None:
    """Where both signed the same form, the kept patient's own stands, and the other ends now: it is
    still what the photos that came with it rest on.
    """
    signed = ConsentSignature.objects.in_force().filter(patient=kept).values("form")
    theirs = ConsentSignature.objects.filter(patient=double)
    theirs.filter(withdrawn_at=None, form__in=signed).update(withdrawn_at=timezone.now())
    theirs.update(patient=kept)


def _remove(double: User, kept: User) -> None:
    end_all_sessions(double)
    Message.objects.filter(author=double).update(author=kept)
    for name in shred_exports(double):
        transaction.on_commit(partial(default_storage.delete, name))
    User.objects.get(pk=double.pk).delete()


@transaction.atomic
def close_or_open(*, person: User, is_open: bool) -> None:
    """Close an account, with its sessions and devices, or open it again, without them."""
    set_active(person=person, active=is_open)
    if not is_open:
        revoke_all(user=person)
