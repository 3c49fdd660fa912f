from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.access import administrator_only, showing_who_they_are
from portal.accounts.selectors import clinic_of
from portal.audit.models import Action
from portal.audit.services import record
from portal.consent.models import ConsentKind
from portal.consent.services import FormIncompleteError, FormPublishedError, publish, write_draft
from portal.desk import selectors
from portal.desk.forms.consent import PublishForm, wording_forms

if TYPE_CHECKING:
    from uuid import UUID

    from portal.accounts.access import SignedInRequest
    from portal.accounts.models import Clinic
    from portal.consent.models import ConsentSignature
    from portal.desk.selectors import FormState

SIGNERS_A_PAGE = 50
# In English in every language: programs read it.
SIGNATURE_COLUMNS = (
    "signature",
    "patient",
    "name",
    "email",
    "signed_as",
    "version",
    "language",
    "text_sha256",
    "signed_at",
    "withdrawn_at",
)


@administrator_only
@require_safe
def forms(request: SignedInRequest) -> HttpResponse:
    clinic = clinic_of(request.user)
    context = {
        "form_states": selectors.form_states(clinic),
        "versions": selectors.form_versions(clinic),
    }
    return render(request, "desk/forms.html", context)


@administrator_only
@require_safe
def form_version(request: SignedInRequest, form_id: UUID) -> HttpResponse:
    form = get_object_or_404(selectors.form_versions(clinic_of(request.user)), public_id=form_id)
    return render(request, "desk/form_version.html", {"form": form, "texts": form.texts.all()})


@administrator_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit_form(request: SignedInRequest, kind: str) -> HttpResponse:
    state = state_of(request, kind)
    wordings = wording_forms(state.draft or state.current, request.POST or None)
    if request.method == "POST" and all(wording.is_valid() for wording in wordings):
        write_draft(
            clinic=clinic_of(request.user),
            kind=state.kind,
            wordings={wording.language: wording.wording() for wording in wordings},
        )
        return redirect("desk:publish", kind=kind)
    status = 422 if any(wording.errors for wording in wordings) else 200
    context = {"state": state, "wordings": wordings}
    return render(request, "desk/form.html", context, status=status)


@administrator_only
@require_http_methods(["GET", "HEAD", "POST"])
def publish_form(request: SignedInRequest, kind: str) -> HttpResponse:
    """The draft as patients will read it, and the button that makes them sign it."""
    state = state_of(request, kind)
    if state.draft is None:
        return redirect("desk:form", kind=kind)
    form = PublishForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            publish(form=state.draft, asks_again=not form.cleaned_data["is_correction"])
        except (FormIncompleteError, FormPublishedError):
            messages.warning(request, _("Nothing was published: check the words below first."))
            return redirect("desk:form", kind=kind)
        messages.success(request, _("Published. This is the text in force from now on."))
        return redirect("desk:forms")
    context = {"state": state, "texts": state.draft.texts.all(), "form": form}
    return render(request, "desk/publish.html", context)


def state_of(request: SignedInRequest, kind: str) -> FormState:
    if kind not in ConsentKind.values:
        raise Http404
    return selectors.form_state(clinic_of(request.user), ConsentKind(kind))


# --- Who signed ---------------------------------------------------------------------------------


@administrator_only
@require_safe
def signatures(request: SignedInRequest, kind: str) -> HttpResponse:
    """Every patient and where they stand with this form."""
    state = state_of(request, kind)
    standing = request.GET.get("standing", "")
    found = selectors.signers(clinic_of(request.user), state.kind, standing)
    context = {
        "state": state,
        "page": Paginator(found, SIGNERS_A_PAGE).get_page(request.GET.get("page")),
        "standings": selectors.Standing.choices,
        "standing": standing,
    }
    return render(request, "desk/signatures.html", context)


@administrator_only
@showing_who_they_are
@require_safe
@cache_control(private=True, no_store=True)
def export_signatures(request: SignedInRequest, kind: str) -> HttpResponse:
    """Every signature ever given here, as a table for a spreadsheet."""
    state = state_of(request, kind)
    clinic = clinic_of(request.user)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="signatures-{state.kind}.csv"'
    response.write("\ufeff")  # spreadsheets take the file for UTF-8 by this
    table = csv.writer(response)
    table.writerow(SIGNATURE_COLUMNS)
    for one in selectors.signatures_at(clinic, state.kind):
        table.writerow([_harmless(cell) for cell in _cells(one, clinic)])
    record(Action.SIGNATURES_EXPORTED, state.current, clinic_id=state.current.clinic_id)
    return response


def _cells(signature: ConsentSignature, clinic: Clinic) -> list[str]:
    """Who went to another clinic is here what they signed as, and not who they are there."""
    patient = signature.patient
    is_ours = patient.clinic_id == clinic.pk
    return [
        str(signature.public_id),
        str(patient.public_id),
        patient.full_name if is_ours else "",
        patient.email if is_ours else "",
        signature.signed_name,
        str(signature.form.version),
        signature.language,
        signature.text_sha256,
        signature.signed_at.isoformat(),
        signature.withdrawn_at.isoformat() if signature.withdrawn_at else "",
    ]


def _harmless(cell: str) -> str:
    """A spreadsheet runs what begins like a formula, and names are typed by strangers."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
