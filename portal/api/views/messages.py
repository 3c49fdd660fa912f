from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from rest_framework.decorators import api_view, parser_classes, permission_classes
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from portal.api.access import DoctorOnly, PatientOnly, PatientOrDoctor
from portal.api.errors import Refused
from portal.api.schema import PICTURE, operation
from portal.api.serializers.messages import Letter, NewLetter, Thread
from portal.api.views.photos import SIZE, picture
from portal.cases import intake
from portal.cases.selectors import cases_for
from portal.messages import selectors, services

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import FileResponse

    from portal.api.access import Request
    from portal.cases.models import Case

THREADS = 50
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


@operation("Threads with patients, unread first", answers={200: Thread(many=True)})
@api_view(["GET"])
@permission_classes([DoctorOnly])
def threads(request: Request) -> Response:
    """The first fifty."""
    return Response(Thread(selectors.threads_for(request.user)[:THREADS], many=True).data)


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


@operation("A message's picture", answers=PICTURE, errors=[400, 404], parameters=[SIZE])
@api_view(["GET"])
@permission_classes([PatientOrDoctor])
def attachment_image(request: Request, attachment_id: UUID) -> FileResponse:
    found = get_object_or_404(selectors.attachments_for(request.user), public_id=attachment_id)
    return picture(request, found.file)


def _thread(request: Request, case: Case | None) -> Response:
    """Reading marks what the other side wrote as read."""
    if case is None:
        return Response([])
    letters = Letter(selectors.thread(case), many=True).data
    services.mark_read(case=case, reader=request.user)
    return Response(letters)


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
    return Response(Letter(letter).data, status=201)
