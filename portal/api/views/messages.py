from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from rest_framework.decorators import api_view, parser_classes, permission_classes
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from portal.api.access import DoctorOnly, PatientOnly, PatientOrDoctor
from portal.api.errors import Refused
from portal.api.paging import AFTER, page, page_of
from portal.api.schema import PICTURE, operation
from portal.api.serializers.messages import Letter, NewLetter, Reading, Thread, Unread
from portal.api.views.photos import SIZE, picture
from portal.audit.models import Action
from portal.audit.reads import attachment_read
from portal.audit.services import record
from portal.cases import intake
from portal.cases.selectors import cases_for
from portal.messages import selectors, services

if TYPE_CHECKING:
    from uuid import UUID

    from django.http.response import HttpResponseBase

    from portal.api.access import Request
    from portal.cases.models import Case

EMPTY = _("Write a few words or add a picture first.")
TOO_MANY = _("Send at most four pictures in one message.")


@operation("The thread with the clinic", answers={200: Letter(many=True)}, methods=["GET"])
@operation(
    "Write to the clinic",
    takes=NewLetter,
    answers={201: Letter},
    errors=[409],
    methods=["POST"],
)
@api_view(["GET", "POST"])
@parser_classes([MultiPartParser])
@permission_classes([PatientOnly])
def mine(request: Request) -> Response:
    case = cases_for(request.user).first()
    if request.method == "GET":
        return _thread(request, case)
    letter = _asked(request)
    return _write(request, case or services.own_case(patient=request.user), letter)


@operation("Mark the thread as read", takes=Reading, answers={200: Unread}, errors=[404])
@api_view(["POST"])
@permission_classes([PatientOnly])
def read_mine(request: Request) -> Response:
    """Looking at the thread marks nothing, so an app may look while nobody reads."""
    return _read(request, cases_for(request.user).first())


@operation(
    "Threads with patients, the newest message first",
    answers={200: page_of("ThreadPage", Thread)},
    errors=[400, 404],
    parameters=[AFTER],
)
@api_view(["GET"])
@permission_classes([DoctorOnly])
def threads(request: Request) -> Response:
    """Each is known by its case; ``next`` and ``after`` are of cases too."""
    found = selectors.threads_for(request.user)
    return Response(page(request, found, Thread, newest_by="last_at"))


@operation(
    "One thread",
    answers={200: Letter(many=True)},
    errors=[404],
    methods=["GET"],
    operation_id="thread",
)
@operation(
    "Write to a patient",
    takes=NewLetter,
    answers={201: Letter},
    errors=[404, 409],
    methods=["POST"],
)
@api_view(["GET", "POST"])
@parser_classes([MultiPartParser])
@permission_classes([DoctorOnly])
def thread(request: Request, case_id: UUID) -> Response:
    case = get_object_or_404(cases_for(request.user), public_id=case_id)
    if request.method == "GET":
        return _thread(request, case)
    return _write(request, case, _asked(request))


@operation("Mark a thread as read", takes=Reading, answers={200: Unread}, errors=[404])
@api_view(["POST"])
@permission_classes([DoctorOnly])
def read_thread(request: Request, case_id: UUID) -> Response:
    return _read(request, get_object_or_404(cases_for(request.user), public_id=case_id))


@operation("A message's picture", answers=PICTURE, errors=[400, 404], parameters=[SIZE])
@api_view(["GET"])
@permission_classes([PatientOrDoctor])
def attachment_image(request: Request, attachment_id: UUID) -> HttpResponseBase:
    attachments = selectors.attachments_for(request.user).select_related("message__case__patient")
    found = get_object_or_404(attachments, public_id=attachment_id)
    attachment_read(found)
    return picture(request, found.file)


def _thread(request: Request, case: Case | None) -> Response:
    letters = selectors.thread(case) if case else []
    if case and letters:
        record(Action.MESSAGES_READ, case, of=case.patient)
    return Response(Letter(letters, many=True, context={"reader": request.user}).data)


def _read(request: Request, case: Case | None) -> Response:
    asked = Reading(data=request.data)
    asked.is_valid(raise_exception=True)
    letters = selectors.messages_for(request.user).filter(case=case)
    newest = get_object_or_404(letters, public_id=asked.validated_data["up_to"])
    services.mark_read(case=newest.case, reader=request.user, up_to=newest)
    left = selectors.unread_for(request.user).filter(case=case).count()
    return Response(Unread({"unread": left}).data)


def _asked(request: Request) -> NewLetter:
    asked = NewLetter(data=request.data)
    asked.is_valid(raise_exception=True)
    return asked


def _write(request: Request, case: Case, asked: NewLetter) -> Response:
    try:
        letter = services.write(case=case, author=request.user, **asked.validated_data)
    except services.EmptyMessageError as error:
        raise Refused("empty", EMPTY) from error
    except services.TooManyPicturesError as error:
        raise Refused("too_many_pictures", TOO_MANY) from error
    except intake.PhotoRefused as refused:
        raise Refused(refused.code, refused.message) from refused
    return Response(Letter(letter, context={"reader": request.user}).data, status=201)
