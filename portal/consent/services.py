from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.sessions import end_all_sessions
from portal.analysis.services import cancel_for_patient
from portal.api.tokens import revoke_all
from portal.audit.models import Action, Why
from portal.audit.services import record
from portal.cases.models import Visit, VisitStatus
from portal.cases.transitions import move
from portal.consent.defaults import Wording, default_wordings
from portal.consent.models import (
    ConsentForm,
    ConsentKind,
    ConsentSignature,
    ConsentText,
    ErasureRequest,
    Language,
)
from portal.consent.tasks import send_notices
from portal.review.models import Review, ReviewStatus
from portal.rights.inventory import clinic_rules, digest
from portal.tasking import ring_on_commit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from portal.accounts.models import Clinic


class FormReplacedError(Exception):
    """The form is not the one in force any more: a newer version was published meanwhile."""


class FormIncompleteError(Exception):
    """The draft lacks its words in a language, or says nothing about what it changes."""


class FormPublishedError(Exception):
    """A published text never changes; a new version takes its place."""


def publish_default_forms(*, clinic: Clinic) -> None:
    for kind in ConsentKind:
        publish(form=write_draft(clinic=clinic, kind=kind, wordings=default_wordings(kind)))


@transaction.atomic
def write_draft(
    *, clinic: Clinic, kind: ConsentKind, wordings: Mapping[Language, Wording]
) -> ConsentForm:
    """Store the words of the clinic's next version of a form; nobody is asked to sign it yet."""
    latest = ConsentForm.objects.filter(clinic=clinic, kind=kind).order_by("-version").first()
    if latest is None or latest.published_at:
        version = latest.version + 1 if latest else 1
        draft = ConsentForm.objects.create(clinic=clinic, kind=kind, version=version)
    else:
        draft = latest
    for language, wording in wordings.items():
        ConsentText.objects.update_or_create(
            form=draft, language=language, defaults=wording._asdict()
        )
    record(Action.FORM_DRAFTED, draft, clinic_id=clinic.pk)
    return draft


@transaction.atomic
def publish(*, form: ConsentForm, asks_again: bool = True) -> ConsentForm:
    """From now on this is what patients are asked to sign.

    Whoever signed the version before signs again, unless this one only corrects it.
    """
    draft = ConsentForm.objects.select_for_update().get(pk=form.pk)
    if draft.published_at:
        raise FormPublishedError(draft)
    texts = list(draft.texts.all())
    if {text.language for text in texts} != set(Language.values):
        raise FormIncompleteError(draft)
    if draft.version > 1 and not all(text.changes for text in texts):
        raise FormIncompleteError(draft)
    draft.published_at = timezone.now()
    draft.asks_again = asks_again or draft.version == 1
    draft.save(update_fields=["published_at", "asks_again"])
    record(Action.FORM_PUBLISHED, draft, clinic_id=draft.clinic_id)
    return draft


@transaction.atomic
def sign(
    *, form: ConsentForm, patient: User, language: Language, signed_name: str, drawing: str = ""
) -> ConsentSignature:
    """Sign the text in force in the language it was read in. Signing twice is signing once."""
    User.objects.select_for_update().get(pk=patient.pk)
    if not ConsentForm.objects.current().filter(pk=form.pk, clinic=patient.clinic_id).exists():
        raise FormReplacedError(form)
    text = form.texts.get(language=language)
    signature, created = ConsentSignature.objects.in_force().get_or_create(
        form=form,
        patient=patient,
        defaults={
            "language": language,
            "text_sha256": text.sha256,
            "signed_name": signed_name,
            "drawing": drawing,
            "signed_at": timezone.now(),
        },
    )
    if created:
        record(Action.CONSENT_SIGNED, signature, of=patient, by=patient)
    return signature


@transaction.atomic
def withdraw(*, signature: ConsentSignature) -> None:
    """Take back the consent of this kind, in every version signed, with what that entails."""
    kind = signature.form.kind
    ConsentSignature.objects.in_force().filter(
        patient=signature.patient_id, form__kind=kind
    ).update(withdrawn_at=timezone.now())
    if kind == ConsentKind.PHOTOGRAPHY:
        _stop_processing(signature.patient, Why.CONSENT_WITHDRAWN)
    record(Action.CONSENT_WITHDRAWN, signature, of=signature.patient)
    signature.refresh_from_db()


@transaction.atomic
def withdraw_kinds(*, patient: User, kinds: Iterable[str]) -> None:
    """The same for each of these kinds of which anything is in force."""
    in_force = ConsentSignature.objects.in_force().filter(patient=patient)
    for kind in sorted(kinds):
        newest = in_force.filter(form__kind=kind).order_by("-form__version").first()
        if newest:
            withdraw(signature=newest)


def _stop_processing(patient: User, why: Why) -> None:
    """What is not reported yet goes no further; a signed report is part of the medical record."""
    cancel_for_patient(patient=patient)
    unreported = list(
        Visit.objects.filter(case__patient=patient).exclude(
            status__in=(VisitStatus.REPORTED, VisitStatus.WITHDRAWN)
        )
    )
    Review.objects.filter(visit__in=unreported, status=ReviewStatus.OPEN).update(
        status=ReviewStatus.RELEASED, lease_until=None
    )
    for visit in unreported:
        move(visit, VisitStatus.WITHDRAWN)
    for visit in unreported:
        record(Action.VISIT_WITHDRAWN, visit, of=patient, why=why)


def _ask_for_erasure(patient: User) -> ErasureRequest:
    """Of what is there from now on: if anything comes to it, nothing is erased unasked."""
    request, _created = ErasureRequest.objects.get_or_create(
        patient=patient,
        defaults={
            "clinic": clinic_rules(patient),
            "subject": patient.public_id,
            "digest": digest(patient),
            "due_at": timezone.now() + timedelta(days=settings.ERASURE_DELAY_DAYS),
        },
    )
    return request


@transaction.atomic
def close_account(*, patient: User, why: Why = Why.ASKED_BY_PATIENT) -> ErasureRequest:
    """End the patient's access at once, take back all they agreed to, and ask for the erasure.

    Without a usable password and without devices nothing comes back with the account. ``why``: by
    which way they asked.
    """
    locked = User.objects.select_for_update().get(pk=patient.pk)
    locked.is_active = False
    locked.set_unusable_password()
    locked.save(update_fields=["is_active", "password"])
    end_all_sessions(locked)
    revoke_all(user=locked)
    signed = list(ConsentSignature.objects.in_force().filter(patient=locked))
    ConsentSignature.objects.in_force().filter(patient=locked).update(withdrawn_at=timezone.now())
    _stop_processing(locked, Why.ACCOUNT_CLOSED)
    request = _ask_for_erasure(locked)
    for signature in signed:
        record(Action.CONSENT_WITHDRAWN, signature, of=locked, why=Why.ACCOUNT_CLOSED)
    record(Action.ACCOUNT_CLOSED, locked, of=locked, why=why)
    record(Action.ERASURE_ASKED, request, of=locked, why=why)
    ring_on_commit(send_notices)
    return request
