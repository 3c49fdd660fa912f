from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.access import allow, doctor_only, patient_only
from portal.accounts.models import Role
from portal.accounts.selectors import clinic_of
from portal.audit.models import Action
from portal.audit.reads import attachment_read
from portal.audit.services import record
from portal.cases import intake
from portal.cases.files import small_copy
from portal.cases.selectors import cases_for
from portal.messages import selectors, services
from portal.messages.forms import MessageForm
from portal.sending import send_private

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from portal.accounts.access import SignedInRequest
    from portal.cases.models import Case

THREADS_A_PAGE = 50


@patient_only
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def mine(request: SignedInRequest) -> HttpResponse:
    """The patient's thread with the clinic; there is one even before the first letter."""
    case = cases_for(request.user).first()
    if request.method != "POST":
        return _thread_page(request, case, MessageForm())
    return _write(request, case or services.own_case(patient=request.user))


@doctor_only
@require_safe
def inbox(request: SignedInRequest) -> HttpResponse:
    found = selectors.threads_for(request.user)
    page = Paginator(found, THREADS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "messages/inbox.html", {"page": page})


@doctor_only
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def thread(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    cases = cases_for(request.user).select_related("patient")
    case = get_object_or_404(cases, public_id=case_id)
    if request.method != "POST":
        return _thread_page(request, case, MessageForm())
    return _write(request, case)


@allow(Role.PATIENT, Role.DERMATOLOGIST)
@require_safe
@cache_control(private=True, no_store=True)
def attachment(request: SignedInRequest, attachment_id: UUID) -> HttpResponseBase:
    attachments = selectors.attachments_for(request.user).select_related("message__case__patient")
    found = get_object_or_404(attachments, public_id=attachment_id)
    attachment_read(found)
    small = request.GET.get("size") == "small"
    picture = small_copy(found.file.open("rb")) if small else found.file
    return send_private(picture, content_type="image/jpeg", filename="photo.jpg")


def _write(request: SignedInRequest, case: Case) -> HttpResponse:
    form = MessageForm(request.POST, request.FILES)
    if not form.is_valid():
        return _thread_page(request, case, form)
    try:
        services.write(case=case, author=request.user, **form.cleaned_data)
    except intake.PhotoRefused as refused:
        form.add_error("pictures", str(refused.message))
        return _thread_page(request, case, form)
    return redirect(request.path + "#newest")


def _thread_page(request: SignedInRequest, case: Case | None, form: MessageForm) -> HttpResponse:
    letters = list(selectors.thread(case)) if case else []
    if case and letters:
        services.mark_read(case=case, reader=request.user, up_to=letters[-1])
        record(Action.MESSAGES_READ, case, of=case.patient)
    context = {
        "case": case,
        "letters": letters,
        "form": form,
        "clinic": clinic_of(request.user),
        "is_clinics": selectors.is_clinics(request.user),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "messages/thread.html", context, status=status)
