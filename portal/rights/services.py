"""Erasure, step by step: confirmed when the account is closed, carried out when it is due, told as
done only once every file is gone.

The row is the work: whatever stops in between goes on where it stood.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Clinic, User
from portal.audit.models import Action, Why
from portal.audit.selectors import trail_of
from portal.audit.services import record
from portal.cases.models import Case, Visit
from portal.consent.models import ErasureRequest, ErasureStatus
from portal.consent.services import close_account
from portal.rights import ledger
from portal.rights.inventory import (
    KEPT,
    Keeping,
    categories,
    clinic_rules,
    digest,
    to_keep,
)
from portal.rights.notices import send_waiting
from portal.rights.shredding import shred

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

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
    _erase(locked, patient, to_keep(patient), Why.ASKED_BY_PATIENT)


def _erase(request: ErasureRequest, patient: User, kept: Keeping, why: Why) -> None:
    request.outcome = [one.document for one in categories(patient, kept)]
    sealed = list(Case.objects.filter(patient=patient))
    request.files = shred(patient, kept)
    request.status = S.SHREDDING
    request.notice_due = False  # there is no address any more
    request.patient = User.objects.filter(pk=patient.pk).first()
    request.save()
    record(Action.ERASED, request, of=patient, why=why)
    for case in sealed:
        if Case.objects.filter(pk=case.pk).exists():
            record(Action.SEALED, case, of=patient, why=why)


def _destroy_files(request: ErasureRequest) -> None:
    """Done is said only after looking that each file is not there any more."""
    _enter(request)
    left = [name for name in request.files if not _destroyed(name)]
    ErasureRequest.objects.filter(pk=request.pk).update(files=left)
    if left:
        logger.error("erasure %s: %d files are still there", request.public_id, len(left))
        return
    ErasureRequest.objects.filter(pk=request.pk, status=S.SHREDDING).update(
        status=S.DONE, finished_at=timezone.now()
    )


def _enter(request: ErasureRequest) -> None:
    """Before any file: the rows are gone and would come back with a backup, however long a storage
    refuses. A backup from before a merge holds the doubles too.
    """
    visits = Visit.objects.filter(case__patient__public_id=request.subject)
    days = visits.values_list("public_id", "sealed_until", "case__sealed_until")
    kept = ledger.Kept(
        visits={visit: day for visit, day, _last in days if day},
        until=max((last for _visit, _day, last in days if last), default=None),
        with_letters=any(
            one["code"] == "messages" and one["fate"] == KEPT for one in request.outcome
        ),
        clinic=request.clinic_id,
    )
    ledger.enter(trail_of(request.subject, request.clinic_id).ids, kept)


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


def wait_anew() -> int:
    """After a restore nobody knows which erasures were stopped since: they wait as long as when
    they were asked for, and the patients are told once more how to stop them. Returns how many.
    """
    due_at = timezone.now() + timedelta(days=settings.ERASURE_DELAY_DAYS)
    asked = ErasureRequest.objects.filter(status=S.ASKED)
    return asked.update(due_at=due_at, notice_due=True)


def erase_again(entered: Mapping[UUID, ledger.Kept | None]) -> int:
    """Whom a restored backup brought back though they were erased; returns how many."""
    back = User.objects.filter(public_id__in=list(entered), erased_at=None)
    number = 0
    for patient in back:
        request = _erased_once_more(patient, entered[patient.public_id])
        _destroy_files(request)
        number += 1
    return number


@transaction.atomic
def _erased_once_more(patient: User, decided: ledger.Kept | None) -> ErasureRequest:
    """As it was decided then; where the ledger does not say, as the backup's rules are."""
    if decided:
        _take_to(patient, decided.clinic)
    request = ErasureRequest.objects.filter(patient=patient).first() or ErasureRequest(
        patient=patient, subject=patient.public_id, due_at=timezone.now()
    )
    request.clinic = clinic_rules(patient)
    kept = _kept_again(patient, decided) if decided else to_keep(patient)
    _erase(request, patient, kept, Why.RESTORED)
    return request


def _take_to(patient: User, clinic_id: int) -> None:
    """Where they were handed over since, that clinic answers for what is kept; unless the backup is
    older than the clinic itself.
    """
    to = Clinic.objects.filter(pk=clinic_id).first()
    if to and to != clinic_rules(patient):
        move_record(patient, to, Why.RESTORED)


def move_record(patient: User, to: Clinic, why: Why | str = "") -> None:
    """The patient goes to another clinic with their record, and both clinics' logs say so."""
    before = clinic_rules(patient)
    Visit.objects.filter(case__patient=patient, case__clinic=before).update(
        clinic=to, assigned_to=None
    )
    Case.objects.filter(patient=patient, clinic=before).update(clinic=to)
    patient.clinic = to
    patient.save(update_fields=["clinic"])
    for one in sorted((before.pk, to.pk)):
        record(Action.PATIENT_HANDED_OVER, patient, of=patient, clinic_id=one, why=why)


def _kept_again(patient: User, decided: ledger.Kept) -> Keeping:
    """A visit that had its report only after the backup was made has none to be kept for."""
    visits = Visit.objects.filter(case__patient=patient, public_id__in=list(decided.visits))
    reported = visits.exclude(report=None).values_list("pk", "public_id")
    ends = {pk: decided.visits[public_id] for pk, public_id in reported}
    return Keeping(
        ends,
        until=decided.until if ends else None,
        with_letters=bool(ends) and decided.with_letters,
    )
