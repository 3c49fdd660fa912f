from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef

from portal.accounts.models import Role
from portal.cases.models import Photo
from portal.cases.selectors import NOT_THE_DOCTORS
from portal.consent.models import ConsentForm, ConsentKind, ConsentSignature

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.accounts.models import Clinic, User
    from portal.consent.models import SignatureQuerySet


def may_process_photos(patient: User) -> bool:
    """Has the patient signed the photography form in force, and not taken it back?"""
    return (
        ConsentSignature.objects.standing()
        .filter(patient=patient, form__clinic=patient.clinic_id, form__kind=ConsentKind.PHOTOGRAPHY)
        .exists()
    )


def kinds_taken_back(patient: User) -> set[str]:
    """Of which consents the patient's latest word is that they take it back."""
    signatures = ConsentSignature.objects.filter(patient=patient)
    signed = set(signatures.values_list("form__kind", flat=True))
    return signed - set(signatures.in_force().values_list("form__kind", flat=True))


def photos_for_research(clinic: Clinic) -> QuerySet[Photo]:
    """What an export of data may hold: sent photos of whoever agrees to research at this moment.

    Whoever took either consent back, has not signed the research form in force, or closed their
    account is left out, whatever they agreed to when the photo was taken.
    """
    signatures = ConsentSignature.objects.filter(form__clinic=clinic)
    agreeing = signatures.standing().filter(form__kind=ConsentKind.RESEARCH)
    processed = signatures.in_force().filter(form__kind=ConsentKind.PHOTOGRAPHY)
    return (
        Photo.objects.current()
        .exclude(display="")
        .exclude(visit__status__in=NOT_THE_DOCTORS)
        .filter(
            visit__case__clinic=clinic,
            visit__case__patient__in=agreeing.values("patient"),
            visit__case__patient__is_active=True,
        )
        .filter(visit__case__patient__in=processed.values("patient"))
    )


def current_forms(user: User) -> QuerySet[ConsentForm]:
    """The versions in force at the user's clinic; the form that everything needs comes first."""
    return ConsentForm.objects.current().filter(clinic=user.clinic_id).order_by("kind")


def forms_to_sign(patient: User) -> list[ConsentForm]:
    return [state.form for state in consent_states(patient) if state.signature is None]


@dataclass(frozen=True)
class ConsentState:
    """Where a patient stands with one form of the clinic."""

    form: ConsentForm
    signature: ConsentSignature | None
    """Of this version, or of one that was only corrected since."""
    earlier: ConsentSignature | None
    """Of an older version that does not count any more: the patient is asked again."""

    @property
    def is_required(self) -> bool:
        return self.form.kind == ConsentKind.PHOTOGRAPHY


def consent_states(patient: User) -> list[ConsentState]:
    signatures = list(
        ConsentSignature.objects.in_force()
        .filter(patient=patient)
        .select_related("form")
        .prefetch_related("form__texts")
        .annotate(stands=Exists(ConsentSignature.objects.standing().filter(pk=OuterRef("pk"))))
        .order_by("-form__version")
    )
    return [
        _state(form, [s for s in signatures if s.form.kind == form.kind])
        for form in current_forms(patient).prefetch_related("texts")
    ]


def _state(form: ConsentForm, signatures: list[Any]) -> ConsentState:
    latest = signatures[0] if signatures else None
    if latest and latest.stands:
        return ConsentState(form, latest, earlier=None)
    return ConsentState(form, None, earlier=latest)


def changes_since(form: ConsentForm, signed: ConsentForm, language: str) -> list[str]:
    """What the clinic wrote about each version after ``signed``, up to ``form``; oldest first."""
    versions = (
        ConsentForm.objects.published()
        .filter(
            clinic=form.clinic_id,
            kind=form.kind,
            version__gt=signed.version,
            version__lte=form.version,
        )
        .order_by("version")
    )
    return list(versions.filter(texts__language=language).values_list("texts__changes", flat=True))


def signatures_for(user: User) -> SignatureQuerySet:
    """A patient's own, withdrawn ones too: each stays a copy of what was signed."""
    if user.role != Role.PATIENT:
        return ConsentSignature.objects.none()
    return ConsentSignature.objects.filter(patient=user).select_related("form__clinic")
