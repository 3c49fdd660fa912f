from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.access import patient_only
from portal.consent.changes import changed_paragraphs
from portal.consent.forms import SignatureForm
from portal.consent.models import Language
from portal.consent.selectors import (
    changes_since,
    consent_states,
    may_process_photos,
    signatures_for,
)
from portal.consent.services import FormReplacedError, sign, withdraw

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest
    from portal.accounts.models import User
    from portal.consent.models import ConsentForm, ConsentText
    from portal.consent.selectors import ConsentState


@patient_only
@require_safe
def consent_list(request: SignedInRequest) -> HttpResponse:
    language = reading_language()
    states = consent_states(request.user)
    context = {
        "forms": [(state, state.form.text_in(language)) for state in states],
        "signatures": signatures_for(request.user),
        "may_process": may_process_photos(request.user),
    }
    return render(request, "consent/list.html", context)


@patient_only
@require_http_methods(["GET", "HEAD", "POST"])
def consent_form(request: SignedInRequest, kind: str) -> HttpResponse:
    state = state_of(request.user, kind)
    text = state.form.text_in(reading_language())
    signing = SignatureForm(request.POST or None, text=text, patient=request.user)
    if request.method == "POST" and signing.is_valid():
        return signed(request, state.form, text, signing)
    context = {"state": state, "text": text, "form": signing, **since_signed(state, text)}
    status = 422 if signing.errors else 200
    return render(request, "consent/form.html", context, status=status)


def since_signed(state: ConsentState, text: ConsentText) -> dict[str, Any]:
    """For who signed an earlier version: the clinic's words on what changed, and the change."""
    signature = state.signature or state.earlier
    if signature is None or signature.form_id == state.form.pk:
        return {}
    before = signature.form.text_in(text.language)
    return {
        "changes": changes_since(state.form, signature.form, text.language),
        "paragraphs": changed_paragraphs(before, text),
    }


def signed(
    request: SignedInRequest, form: ConsentForm, text: ConsentText, signing: SignatureForm
) -> HttpResponse:
    try:
        sign(
            form=form,
            patient=request.user,
            language=Language(text.language),
            signed_name=signing.cleaned_data["signed_name"],
            drawing=signing.cleaned_data["drawing"],
        )
    except FormReplacedError:
        messages.warning(
            request,
            _("The clinic has just published a new version. Nothing was signed: please read it."),
        )
        return redirect("consent:form", kind=form.kind)
    messages.success(request, _("Signed. You find a copy on this page at any time."))
    return redirect("consent:list")


@patient_only
@require_safe
def signature_copy(request: SignedInRequest, signature_id: UUID) -> HttpResponse:
    return render(request, "consent/signature.html", _copy(request, signature_id))


@patient_only
@require_safe
@cache_control(private=True, no_store=True)
def download(request: SignedInRequest, signature_id: UUID) -> HttpResponse:
    """The copy as one file that reads and prints without this site."""
    copy = _copy(request, signature_id)
    response = render(request, "consent/copy.html", copy)
    kind = copy["signature"].form.kind
    response["Content-Disposition"] = f'attachment; filename="consent-{kind}.html"'
    return response


def _copy(request: SignedInRequest, signature_id: UUID) -> dict[str, Any]:
    signature = get_object_or_404(signatures_for(request.user), public_id=signature_id)
    text = signature.form.text_in(signature.language)
    return {
        "signature": signature,
        "text": text,
        "is_unchanged": text.sha256 == signature.text_sha256,
    }


@patient_only
@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal(request: SignedInRequest, signature_id: UUID) -> HttpResponse:
    in_force = signatures_for(request.user).in_force()
    signature = get_object_or_404(in_force, public_id=signature_id)
    if request.method == "POST":
        withdraw(signature=signature)
        messages.success(request, _("Your consent is withdrawn."))
        return redirect("consent:list")
    return render(request, "consent/withdraw.html", {"signature": signature})


def state_of(patient: User, kind: str) -> ConsentState:
    for state in consent_states(patient):
        if state.form.kind == kind:
            return state
    raise Http404


def reading_language() -> Language:
    language = get_language() or ""
    return Language(language) if language in Language.values else Language.ENGLISH
