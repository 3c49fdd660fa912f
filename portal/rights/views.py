from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.access import patient_only, showing_who_they_are
from portal.audit.models import Action
from portal.audit.services import record
from portal.consent.models import ErasureStatus
from portal.rights import exporting, services
from portal.rights.inventory import categories, digest
from portal.rights.tokens import erasure_of
from portal.rights.words import told, told_of
from portal.sending import send_private

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from portal.accounts.access import SignedInRequest
    from portal.consent.models import ErasureRequest

private = cache_control(private=True, no_store=True)


@patient_only
@showing_who_they_are
@require_http_methods(["GET", "HEAD", "POST"])
@private
def copies(request: SignedInRequest) -> HttpResponse:
    """Ask for a copy of everything, and find it here once it is made."""
    if request.method == "POST":
        exporting.ask_for_export(patient=request.user, language=get_language() or "en")
        return redirect("rights:copies")
    return render(request, "rights/copies.html", {"exports": exporting.exports_for(request.user)})


@patient_only
@showing_who_they_are
@require_safe
@private
def download(request: SignedInRequest, export_id: UUID) -> HttpResponseBase:
    found = get_object_or_404(exporting.ready_for(request.user), public_id=export_id)
    record(Action.EXPORT_FETCHED, found, of=request.user)
    return send_private(
        found.file,
        content_type="application/zip",
        filename="cleargrade.zip",
        as_attachment=True,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@private
def erasure(request: HttpRequest, token: str) -> HttpResponse:
    """For whoever holds the link of the mail: how an erasure stands, and what can be done."""
    found = erasure_of(token)
    if found is None:
        raise Http404
    if request.method == "POST":
        return _decide(request, found, token)
    return _erasure_page(request, found)


def _decide(request: HttpRequest, found: ErasureRequest, token: str) -> HttpResponse:
    try:
        if request.POST.get("decision") == "stop":
            services.stop(request=found)
            return render(request, "rights/stopped.html", {"clinic": found.clinic})
        services.confirm_again(request=found, shown=request.POST.get("digest", ""))
    except services.NotWaitingError:
        pass  # the page says how it stands
    except services.ChangedError:
        found.refresh_from_db()
        return _erasure_page(request, found, status=HTTPStatus.CONFLICT)
    return redirect("rights:erasure", token)


def _erasure_page(
    request: HttpRequest, found: ErasureRequest, status: int = HTTPStatus.OK
) -> HttpResponse:
    is_open = found.status in (ErasureStatus.ASKED, ErasureStatus.CHANGED)
    patient = found.patient if is_open else None
    context = {
        "erasure": found,
        "plan": told(categories(patient)) if patient else told_of(found.outcome),
        "digest": digest(patient) if patient else "",
        "has_changed_again": status == HTTPStatus.CONFLICT,
    }
    return render(request, "rights/erasure.html", context, status=status)
