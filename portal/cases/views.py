from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    UnreadablePostError,
)
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.access import allow, patient_only
from portal.accounts.limits import limited
from portal.accounts.models import Role
from portal.audit.reads import photo_read
from portal.cases import intake, resumable, services
from portal.cases.checklist import checklist
from portal.cases.files import FULL, SIZES, photo_file
from portal.cases.forms import PhotoForm, QuestionnaireForm, UploadForm
from portal.cases.models import View
from portal.cases.preview import preview_of
from portal.cases.selectors import (
    answers_of,
    first_answers,
    own_visits,
    photos_for,
    uploads_for,
    visits_for,
    wait_of,
)
from portal.cases.transitions import WrongStateError
from portal.consent.selectors import forms_to_sign, may_process_photos
from portal.sending import send_private

if TYPE_CHECKING:
    from uuid import UUID

    from portal.accounts.access import SignedInRequest
    from portal.cases.models import Photo, Upload, Visit

REFUSAL_STATUS = {
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "not_a_picture": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "unsupported": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "video": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "no_consent": HTTPStatus.FORBIDDEN,
    "not_open": HTTPStatus.CONFLICT,
    "not_asked": HTTPStatus.CONFLICT,
}


@patient_only
@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    visits = list(own_visits(request.user))
    context = {
        "visits": visits,
        "open_visit": next((one for one in visits if one.is_open), None),
        "waiting_visit": next((one for one in visits if one.is_with_the_clinic), None),
        "latest_report": next((one.report for one in visits if hasattr(one, "report")), None),
        "may_process": may_process_photos(request.user),
        "to_sign": forms_to_sign(request.user),
        "has_passkey": is_mfa_enabled(request.user),
    }
    return render(request, "cases/home.html", context)


@patient_only
@require_POST
def open_visit(request: SignedInRequest) -> HttpResponse:
    try:
        opened = services.open_visit(patient=request.user)
    except services.ConsentMissingError:
        return _to_consent(request)
    return redirect("cases:visit", opened.public_id)


@patient_only
@require_safe
@cache_control(private=True, no_store=True)
def visit(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    return _visit_page(request, _visit(request, visit_id))


@patient_only
@require_POST
@limited("photo")
def upload(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    visit = _visit(request, visit_id)
    form = PhotoForm(request.POST, request.FILES, visit=visit)
    if not form.is_valid():
        raise BadRequest("no such view")
    view = form.cleaned_data["view"]
    try:
        _accept(visit, form)
    except services.PhotoRefused as refused:
        return _refusal(request, visit, view, refused)
    if _wants_part(request):
        return _update(request, visit, view)
    return _back_to_card(visit, view)


@patient_only
@require_POST
@limited("photo")
def begin_upload(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """Announce a photo that comes in pieces; answers where it goes and how much is there."""
    visit = _visit(request, visit_id)
    form = UploadForm(request.POST, visit=visit)
    if not form.is_valid():
        raise BadRequest("no such view, size or digest")
    try:
        upload = resumable.begin_upload(visit=visit, **form.cleaned_data)
    except services.PhotoRefused as refused:
        return _refusal(request, visit, form.cleaned_data["view"], refused)
    address = resolve_url("cases:upload_piece", upload.public_id)
    created = JsonResponse({"address": address}, status=HTTPStatus.CREATED)
    return _at_offset(created, upload)


@patient_only
@require_http_methods(["GET", "HEAD", "PATCH"])
@cache_control(private=True, no_store=True)
def upload_piece(request: SignedInRequest, upload_id: UUID) -> HttpResponse:
    """How much of a photo is there; with PATCH its next piece, and with the last one the card."""
    uploads = uploads_for(request.user).select_related("visit__case__patient", "photo")
    upload = get_object_or_404(uploads, public_id=upload_id)
    if request.method != "PATCH":
        return _at_offset(HttpResponse(status=HTTPStatus.NO_CONTENT), upload)
    try:
        upload = resumable.append(upload=upload, offset=_offset(request), data=_piece(request))
        if upload.is_whole:
            resumable.finish(upload=upload)
    except resumable.OffsetError as error:
        return _at_offset(HttpResponse(status=HTTPStatus.CONFLICT), error.upload)
    except services.PhotoRefused as refused:
        return _refusal(request, upload.visit, View(upload.view), refused)
    if upload.is_whole:
        return _update(request, upload.visit, upload.view)
    return _at_offset(HttpResponse(status=HTTPStatus.NO_CONTENT), upload)


@patient_only
@require_safe
@cache_control(private=True, no_store=True)
def photo_status(request: SignedInRequest, photo_id: UUID) -> HttpResponse:
    photo = _photo(request, photo_id)
    return _update(request, photo.visit, photo.view)


@patient_only
@require_POST
def remove_photo(request: SignedInRequest, photo_id: UUID) -> HttpResponse:
    photo = _photo(request, photo_id)
    try:
        services.remove_photo(photo=photo)
    except WrongStateError:
        messages.error(request, services.NOT_OPEN)
    return _back_to_card(photo.visit, photo.view)


@patient_only
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def questions(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    visit = _visit(request, visit_id)
    if not visit.is_open:
        return redirect("cases:visit", visit.public_id)
    form = QuestionnaireForm(request.POST or None, initial=first_answers(visit))
    if request.method == "POST" and form.is_valid():
        services.save_answers(visit=visit, answers=form.cleaned_data)
        return redirect("cases:check", visit.public_id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "cases/questions.html", {"visit": visit, "form": form}, status=status)


@patient_only
@require_POST
def save_answers(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """Keep what was typed so far; the page's script sends it while one types."""
    visit = _visit(request, visit_id)
    form = QuestionnaireForm(request.POST)
    form.is_valid()  # what is not valid is left out, all the rest is kept
    try:
        services.save_answers(visit=visit, answers=form.cleaned_data)
    except WrongStateError:
        return HttpResponse(
            services.NOT_OPEN, status=HTTPStatus.CONFLICT, content_type="text/plain; charset=utf-8"
        )
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@patient_only
@require_safe
@cache_control(private=True, no_store=True)
def check(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    visit = _visit(request, visit_id)
    if not visit.is_open:
        return redirect("cases:visit", visit.public_id)
    return render(request, "cases/check.html", _context(request, visit))


@patient_only
@require_POST
def submit(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    visit = _visit(request, visit_id)
    try:
        services.submit(visit=visit)
    except services.NotReadyError as not_ready:
        page = _visit_page(request, visit, obstacles=not_ready.obstacles)
        page.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return page
    except services.ConsentMissingError:
        return _to_consent(request)
    except WrongStateError:
        pass  # tapped twice: the first one sent it, and the page says so
    return redirect("cases:visit", visit.public_id)


@allow(Role.PATIENT, Role.DERMATOLOGIST)
@require_safe
def photo_image(request: SignedInRequest, photo_id: UUID) -> HttpResponseBase:
    """The picture rebuilt from pixels, with ``?size=`` a smaller one. What was sent is never
    served.

    A doctor's browser may keep it, so that the next case is there before it is opened, but asks
    each time whether it may still show it.
    """
    photo = _photo(request, photo_id)
    size = request.GET.get("size", FULL)
    if not photo.display or size not in {FULL, *SIZES}:
        raise Http404
    photo_read(photo)
    if request.user.role != Role.DERMATOLOGIST:
        response: HttpResponseBase = _picture(photo, size)
        patch_cache_control(response, private=True, no_store=True)
        return response
    etag = quote_etag(f"{photo.public_id}-{size}")  # the picture of a photo never changes
    response = get_conditional_response(request, etag=etag) or _picture(photo, size)
    patch_cache_control(response, private=True, no_cache=True)
    response["ETag"] = etag
    return response


def _picture(photo: Photo, size: str) -> HttpResponseBase:
    return send_private(photo_file(photo, size), content_type="image/jpeg", filename="photo.jpg")


def _visit(request: SignedInRequest, visit_id: UUID) -> Visit:
    visits = visits_for(request.user).select_related("case__patient", "case__clinic", "report")
    return get_object_or_404(visits, public_id=visit_id)


def _photo(request: SignedInRequest, photo_id: UUID) -> Photo:
    photos = photos_for(request.user).select_related(
        "visit__case__patient", "visit__case__clinic", "visit__report"
    )
    return get_object_or_404(photos, public_id=photo_id)


def _accept(visit: Visit, form: PhotoForm) -> None:
    if not form.cleaned_data["photo"]:
        raise services.PhotoRefused("missing")
    services.accept_photo(
        visit=visit, view=form.cleaned_data["view"], upload=form.cleaned_data["photo"]
    )


def _offset(request: SignedInRequest) -> int:
    stated = request.headers.get("Upload-Offset", "")
    if not stated.isascii() or not stated.isdigit():
        raise BadRequest("no offset")
    return int(stated)


def _piece(request: SignedInRequest) -> bytes:
    try:
        return request.body
    except UnreadablePostError as error:
        raise BadRequest("the connection was lost") from error


def _at_offset(response: HttpResponse, upload: Upload) -> HttpResponse:
    response["Upload-Offset"] = str(upload.received)
    return response


def _refusal(
    request: SignedInRequest, visit: Visit, view: View, refused: intake.PhotoRefused
) -> HttpResponse:
    """The same page or card again, with the message at the view it is about."""
    error = {"view": view, "message": refused.message}
    if _wants_part(request):
        response = _update(request, visit, view, error=error)
    else:
        response = _visit_page(request, visit, error=error)
    response.status_code = REFUSAL_STATUS.get(refused.code, HTTPStatus.UNPROCESSABLE_ENTITY)
    return response


def _wants_part(request: SignedInRequest) -> bool:
    """Our own script asks for the changed parts of the page, a plain form for the whole page."""
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"


def _visit_page(request: SignedInRequest, visit: Visit, **more: Any) -> HttpResponse:
    return render(request, "cases/visit.html", _context(request, visit, **more))


def _update(request: SignedInRequest, visit: Visit, view: str, **more: Any) -> HttpResponse:
    context = _context(request, visit, **more)
    context["card"] = context["checklist"].card(view)
    if context["card"] is None:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "cases/update.html", context)


def _context(request: SignedInRequest, visit: Visit, **more: Any) -> dict[str, Any]:
    may_process = may_process_photos(request.user)
    return {
        "visit": visit,
        "checklist": checklist(visit),
        "may_process": may_process,
        "may_change": visit.is_open and may_process,
        "wait": wait_of(visit),
        "answers": answers_of(visit),
        "preview": preview_of(visit),
        **more,
    }


def _back_to_card(visit: Visit, view: str) -> HttpResponse:
    return redirect(f"{resolve_url('cases:visit', visit.public_id)}#view-{view}")


def _to_consent(request: SignedInRequest) -> HttpResponse:
    messages.info(request, services.NO_CONSENT)
    return redirect("consent:list")
