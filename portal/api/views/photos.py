from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.decorators import (
    api_view,
    parser_classes,
    permission_classes,
    throttle_classes,
)
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle

from portal.analysis.selectors import reading
from portal.api.access import PatientOnly, PatientOrDoctor
from portal.api.errors import Refused
from portal.api.parsers import PieceParser
from portal.api.schema import PICTURE, operation
from portal.api.serializers.visits import NewPhoto, NewUpload, PhotoDocument, UploadDocument
from portal.api.throttles import PhotosPerPerson
from portal.api.views.visits import find_visit
from portal.audit.reads import photo_read
from portal.cases import resumable, services
from portal.cases.files import FULL, SIZES, photo_file, small_copy
from portal.cases.models import View
from portal.cases.selectors import photos_for, uploads_for
from portal.cases.transitions import WrongStateError
from portal.sending import send_private

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any
    from uuid import UUID

    from django.http.response import HttpResponseBase

    from portal.api.access import Request
    from portal.cases.models import Photo, Upload

NOT_THERE = _("The piece does not begin where the last one ended. Ask how much is there.")
SIZE = OpenApiParameter("size", enum=[FULL, "small"], default=FULL)
SIZE_OF_PHOTO = OpenApiParameter("size", enum=[FULL, *SIZES], default=FULL)
OFFSET = OpenApiParameter(
    "Upload-Offset",
    {"type": "integer", "minimum": 0, "maximum": settings.PHOTO_MAX_BYTES},
    OpenApiParameter.HEADER,
    required=True,
    description="Where the piece begins: what was received so far.",
)


@operation("Send a photo", takes=NewPhoto, answers={201: PhotoDocument}, errors=[404, 409])
@api_view(["POST"])
@parser_classes([MultiPartParser])
@permission_classes([PatientOnly])
@throttle_classes([UserRateThrottle, PhotosPerPerson])
def photos(request: Request, visit_id: UUID) -> Response:
    """In one go. The same file for the same view is the same photo."""
    visit = find_visit(request, visit_id)
    asked = NewPhoto(data=request.data)
    asked.is_valid(raise_exception=True)
    try:
        photo = services.accept_photo(
            visit=visit,
            view=View(asked.validated_data["view"]),
            upload=asked.validated_data["photo"],
        )
    except services.PhotoRefused as refused:
        raise Refused(refused.code, refused.message) from refused
    return Response(PhotoDocument(reading(photo)).data, status=201)


@operation("Announce a photo", takes=NewUpload, answers={201: UploadDocument}, errors=[404, 409])
@api_view(["POST"])
@permission_classes([PatientOnly])
@throttle_classes([UserRateThrottle, PhotosPerPerson])
def uploads(request: Request, visit_id: UUID) -> Response:
    """For a photo in pieces. Announcing a file that is under way answers where it stands."""
    visit = find_visit(request, visit_id)
    asked = NewUpload(data=request.data)
    asked.is_valid(raise_exception=True)
    announced = {**asked.validated_data, "view": View(asked.validated_data["view"])}
    try:
        upload = resumable.begin_upload(visit=visit, **announced)
    except services.PhotoRefused as refused:
        raise Refused(refused.code, refused.message) from refused
    return Response(UploadDocument(upload).data, status=201)


@operation("How much is there", answers={200: UploadDocument}, errors=[404], methods=["GET"])
@operation(
    "Send the next piece",
    takes={PieceParser.media_type: OpenApiTypes.BINARY},
    answers={200: UploadDocument},
    errors=[404, 409],
    parameters=[OFFSET],
    methods=["PATCH"],
    description="With the last piece the photo is taken in, or refused.",
)
@api_view(["GET", "PATCH"])
@parser_classes([PieceParser])
@permission_classes([PatientOnly])
def upload(request: Request, upload_id: UUID) -> Response:
    mine = uploads_for(request.user).select_related("visit__case__patient", "photo")
    found = get_object_or_404(mine, public_id=upload_id)
    if request.method == "PATCH":
        found = _append(found, _offset(request), request.data or b"")
    return Response(UploadDocument(found).data)


def _append(upload: Upload, offset: int, data: bytes) -> Upload:
    try:
        upload = resumable.append(upload=upload, offset=offset, data=data)
        if upload.is_whole:
            upload.photo = resumable.finish(upload=upload)
    except resumable.OffsetError as error:
        raise Refused("offset", NOT_THERE) from error
    except services.PhotoRefused as refused:
        raise Refused(refused.code, refused.message) from refused
    return upload


def _offset(request: Request) -> int:
    stated = request.headers.get("Upload-Offset", "")
    if not (stated.isascii() and stated.isdigit()) or int(stated) > settings.PHOTO_MAX_BYTES:
        raise ValidationError({"Upload-Offset": [_("A whole number of bytes is asked for.")]})
    return int(stated)


@operation("One photo and its reading", answers={200: PhotoDocument}, errors=[404], methods=["GET"])
@operation("Take a photo out", answers={204: None}, errors=[404, 409], methods=["DELETE"])
@api_view(["GET", "DELETE"])
@permission_classes([PatientOnly])
def photo(request: Request, photo_id: UUID) -> Response:
    found = _photo(request, photo_id)
    if request.method == "GET":
        return Response(PhotoDocument(reading(found)).data)
    try:
        services.remove_photo(photo=found)
    except WrongStateError as error:
        raise Refused("not_open", services.NOT_OPEN) from error
    return Response(status=204)


def _photo(request: Request, photo_id: UUID) -> Photo:
    photos = photos_for(request.user).select_related("visit__case__patient")
    return get_object_or_404(photos, public_id=photo_id)


@operation("The picture", answers=PICTURE, errors=[400, 404], parameters=[SIZE_OF_PHOTO])
@api_view(["GET"])
@permission_classes([PatientOrDoctor])
def photo_image(request: Request, photo_id: UUID) -> HttpResponseBase:
    """Rebuilt from its pixels; what was sent is never served."""
    found = _photo(request, photo_id)
    if not found.display:
        raise Http404
    size = _size(request, [FULL, *SIZES])
    photo_read(found)
    return _jpeg(photo_file(found, size))


def picture(request: Request, file: Any) -> HttpResponseBase:
    size = _size(request, [FULL, "small"])
    return _jpeg(file if size == FULL else small_copy(file.open("rb")))


def _size(request: Request, known: Sequence[str]) -> str:
    asked = serializers.ChoiceField(known, default=FULL)
    try:
        return str(asked.run_validation(request.query_params.get("size", serializers.empty)))
    except ValidationError as error:
        raise ValidationError({"size": error.detail}) from error


def _jpeg(content: Any) -> HttpResponseBase:
    response = send_private(content, content_type="image/jpeg", filename="photo.jpg")
    response["Cache-Control"] = "private, no-store"
    return response
