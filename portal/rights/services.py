"""Erasure, step by step: confirmed when the account is closed, carried out when it is due, told as
done only once every file is gone.

The row is the work: whatever stops in between goes on where it stood.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.models import Action, Why
from portal.audit.selectors import trail_of
from portal.audit.services import record
from portal.cases.models import Case, Visit
from portal.consent.models import ErasureRequest, ErasureStatus
from portal.consent.services import close_account
from portal.rights import ledger
from portal.rights.inventory import categories, clinic_rules, digest
from portal.rights.notices import send_waiting
from portal.rights.shredding import shred

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger(__name__)
S = ErasureStatus


class NotWaitingError(Exception):
    """The erasure is being carried out, or was: it can neither be confirmed nor called off."""


class ChangedError(Exception):
    """What is there is not what was shown, or not whose it was. Nothing was done."""


def carry_out_due() -> None:
    """Carry out what is due, go on with what was interrupted, and tell the patients of it."""
    due = ErasureRequest.objects.filter(
        due_at__lte=timezone.now(), status__in=(S.ASKED, S.SHREDDING)
    )
    for request in due:
        try:
            carry_out(request=request)
        except Exception:  # whatever stands in one's way, the others are not kept waiting
            logger.exception("erasure %s was not carried out", request.public_id)
    send_waiting()


def carry_out(*, request: ErasureRequest) -> None:
    """Erase, or refuse and say so if anything is not as it was confirmed."""
    _shred(request)
    request.refresh_from_db()
    if request.status == S.SHREDDING:
        _destroy_files(request)


@transaction.atomic
def _shred(request: ErasureRequest) -> None:
    """The rows, or none of them. The files are known by the request until they are gone."""
    locked = ErasureRequest.objects.select_for_update().get(pk=request.pk)
    if locked.status != S.ASKED or locked.patient_id is None:
        return
    patient = held(locked.patient_id)
    locked.mail_to, locked.mail_language = patient.email, patient.language
    if digest(patient) != locked.digest:
        locked.status = S.CHANGED
        locked.save(update_fields=["status", "mail_to", "mail_language"])
        record(Action.ERASURE_REFUSED, locked, of=patient, why=Why.CHANGED)
        return
    _erase(locked, patient, Why.ASKED_BY_PATIENT)


def _erase(request: ErasureRequest, patient: User, why: Why) -> None:
    request.outcome = [one.document for one in categories(patient)]
    sealed = list(Case.objects.filter(patient=patient))
    request.files = shred(patient)
    request.status = S.SHREDDING
    request.patient = User.objects.filter(pk=patient.pk).first()
    request.save()
    record(Action.ERASED, request, of=patient, why=why)
    for case in sealed:
        if Case.objects.filter(pk=case.pk).exists():
            record(Action.SEALED, case, of=patient, why=why)


def _destroy_files(request: ErasureRequest) -> None:
    """Done is said only after looking that each file is not there any more."""
    left = [name for name in request.files if not _destroyed(name)]
    ErasureRequest.objects.filter(pk=request.pk).update(files=left)
    if left:
        logger.error("erasure %s: %d files are still there", request.public_id, len(left))
        return
    # A backup from before a merge holds the doubles too.
    ledger.enter(trail_of(request.subject, request.clinic_id).ids)
    ErasureRequest.objects.filter(pk=request.pk, status=S.SHREDDING).update(
        status=S.DONE, finished_at=timezone.now()
    )


def _destroyed(name: str) -> bool:
    try:
        default_storage.delete(name)
        return not default_storage.exists(name)
    except Exception:  # whatever a storage raises, the file may be there: it is tried again
        logger.exception("a file was not destroyed")
        return False


@transaction.atomic
def close_as_shown(*, patient: User, shown: str, why: Why) -> ErasureRequest:
    """Close the account and ask for the erasure of what was shown to the patient, or to the clinic
    that does it for them; or do nothing if something has come since.
    """
    locked = held(patient.pk)
    if digest(locked) != shown:
        raise ChangedError(locked.public_id)
    return close_account(patient=locked, why=why)


@transaction.atomic
def confirm_again(*, request: ErasureRequest, shown: str, why: Why = Why.ASKED_BY_PATIENT) -> None:
    """After a refusal the patient has looked anew; it is carried out at the next round."""
    locked = _waiting(request, S.CHANGED)
    if locked.patient is None or digest(locked.patient) != shown:
        raise ChangedError(locked.public_id)
    locked.status, locked.digest, locked.due_at = S.ASKED, shown, timezone.now()
    locked.mail_to = ""
    locked.save(update_fields=["status", "digest", "due_at", "mail_to"])
    record(Action.ERASURE_ASKED, locked, of=locked.patient, why=why)


@transaction.atomic
def stop(*, request: ErasureRequest) -> None:
    """Call the erasure off. The account stays closed until the clinic opens it again."""
    locked = _waiting(request, S.ASKED, S.CHANGED)
    patient = locked.patient
    record(Action.ERASURE_STOPPED, locked, of=patient, clinic_id=locked.clinic_id)
    locked.delete()


def held(patient_id: int) -> User:
    """Nothing is added to the patient's record until the transaction ends: neither to them, nor to
    a case, nor to a visit, for what is added points to one of these.
    """
    patient = User.objects.select_for_update(of=("self",)).get(pk=patient_id)
    list(Case.objects.select_for_update().filter(patient=patient))
    list(Visit.objects.select_for_update(of=("self",)).filter(case__patient=patient))
    return patient


def _waiting(request: ErasureRequest, *statuses: ErasureStatus) -> ErasureRequest:
    locked = ErasureRequest.objects.select_for_update(of=("self",)).filter(pk=request.pk).first()
    if locked is None or locked.status not in statuses:
        raise NotWaitingError(request.public_id)
    return locked


def erase_again(subjects: Iterable[object]) -> int:
    """Whom a restored backup brought back though they were erased; returns how many."""
    back = User.objects.filter(public_id__in=list(subjects), erased_at=None)
    number = 0
    for patient in back:
        request = _erased_once_more(patient)
        _destroy_files(request)
        number += 1
    return number


@transaction.atomic
def _erased_once_more(patient: User) -> ErasureRequest:
    request = ErasureRequest.objects.filter(patient=patient).first() or ErasureRequest(
        patient=patient,
        clinic=clinic_rules(patient),
        subject=patient.public_id,
        due_at=timezone.now(),
        notice_due=False,
    )
    _erase(request, patient, Why.RESTORED)
    return request
