"""A patient's particulars and where their record lies. What is in it stays closed to the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal import searches
from portal.accounts.access import administrator_only, showing_who_they_are
from portal.accounts.forms import too_young
from portal.accounts.models import Role
from portal.accounts.selectors import clinic_of, people_of
from portal.accounts.services import TooYoungError, correct_patient
from portal.audit.models import Action
from portal.audit.services import record
from portal.desk import selectors
from portal.desk.forms.people import HandOverForm, MergeForm, PatientForm
from portal.desk.services import UnderWayError, hand_over, merge_patients
from portal.rights.services import ChangedError

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest
    from portal.accounts.models import User

UNDER_WAY = gettext_lazy(
    "A visit of this patient is not reported yet. Wait for the report, or ask the patient to take "
    "the visit back."
)
HAS_CHANGED = gettext_lazy(
    "Something about this patient has changed since this page was opened, and nothing was done. "
    "Look at the people of the clinic again."
)


def patients_of(administrator: User) -> QuerySet[User]:
    return people_of(administrator).filter(role=Role.PATIENT, erasure_request=None)


@administrator_only
@showing_who_they_are
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    patient = get_object_or_404(patients_of(request.user), public_id=person_id)
    form = PatientForm(request.POST if request.method == "POST" else None, patient=patient)
    if request.method == "POST" and form.is_valid() and _keep(request, patient, form):
        return redirect("desk:person", patient.public_id)
    status = 422 if form.errors else 200
    context = {"form": form, "person": patient}
    return render(request, "desk/correct_patient.html", context, status=status)


def _keep(request: SignedInRequest, patient: User, form: PatientForm) -> bool:
    words = dict(form.cleaned_data)
    email = words.pop("email")
    try:
        with transaction.atomic():
            correct_patient(patient=patient, **words)
            if email != patient.email:
                with translation.override(patient.language):
                    EmailAddress.objects.add_new_email(request, patient, email)
                record(Action.EMAIL_CHANGED, patient, of=patient)
                _tell_at_the_old_address(request, patient)
    except TooYoungError as error:
        form.add_error("date_of_birth", too_young(error.minimum_age))
        return False
    messages.success(request, _("Kept."))
    return True


def _tell_at_the_old_address(request: SignedInRequest, patient: User) -> None:
    """Whoever reads the new mailbox can take the account over: its owner hears of it before that.

    An address that was never confirmed may be a stranger's, and nobody signs in with it.
    """
    if not EmailAddress.objects.filter(user=patient, email=patient.email, verified=True).exists():
        return
    context = {"user": patient, "link": settings.SITE_URL + reverse("account_email")}
    with translation.override(patient.language):
        get_adapter(request).send_mail("account/email/address_asked", patient.email, context)


@administrator_only
@require_http_methods(["GET", "HEAD", "POST"])
def doubles(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Find the other account of the same person."""
    patient = get_object_or_404(patients_of(request.user), public_id=person_id)
    if request.method == "POST":
        return searches.answer(request)
    words = searches.asked_for(request)
    others = patients_of(request.user).exclude(pk=patient.pk)
    found = selectors.matching(others, words) if words else selectors.alike(others, patient)
    context = {"person": patient, "found": found[:20], "q": words}
    return render(request, "desk/doubles.html", context)


@administrator_only
@showing_who_they_are
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: SignedInRequest, person_id: UUID, double_id: UUID) -> HttpResponse:
    """Both side by side, what happens, and the button that does it."""
    patients = patients_of(request.user)
    kept = get_object_or_404(patients, public_id=person_id)
    double = get_object_or_404(patients.exclude(pk=kept.pk), public_id=double_id)
    form = MergeForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            merge_patients(kept=kept, double=double)
        except UnderWayError:
            form.add_error(None, UNDER_WAY)
            status = 409
        except ChangedError:
            form.add_error(None, HAS_CHANGED)
            status = 409
        else:
            messages.success(request, _("The two accounts are one now."))
            return redirect("desk:person", kept.public_id)
    elif form.errors:
        status = 422
    context = {
        "form": form,
        "kept": kept,
        "double": double,
        "records": [selectors.record_of(kept), selectors.record_of(double)],
    }
    return render(request, "desk/merge.html", context, status=status)


@administrator_only
@showing_who_they_are
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Hand a patient and their record over to another clinic."""
    patient = get_object_or_404(patients_of(request.user), public_id=person_id)
    clinics = selectors.other_clinics(clinic_of(request.user))
    form = HandOverForm(request.POST if request.method == "POST" else None, clinics=clinics)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            hand_over(patient=patient, to=form.cleaned_data["clinic"])
        except UnderWayError:
            form.add_error(None, UNDER_WAY)
            status = 409
        except ChangedError:
            form.add_error(None, HAS_CHANGED)
            status = 409
        else:
            messages.success(request, _("The patient belongs to the other clinic now."))
            return redirect("desk:people")
    context = {"form": form, "person": patient, "clinics": clinics}
    return render(request, "desk/hand_over.html", context, status=status)
