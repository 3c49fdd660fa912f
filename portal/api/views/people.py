from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework.decorators import (
    api_view,
    authentication_classes,
    permission_classes,
    throttle_classes,
)
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from portal.api import tokens
from portal.api.access import PatientOrDoctor
from portal.api.errors import NotRecognised, TooManyTries, document
from portal.api.schema import operation
from portal.api.serializers.people import Device, NewDevice, Person, SignIn
from portal.api.throttles import SignInPerSender

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest
    from rest_framework.request import Request as AnyRequest

    from portal.api.access import Request

NOT_RECOGNISED = _(
    "The address and the password do not belong together, or the address is not confirmed yet."
)
TOO_MANY_TRIES = _(
    "Too many wrong passwords. Please wait ten minutes, or sign in on the site, in a browser that "
    "you used there before, and make a key for the app under Devices."
)
CODE_NEEDED = _(
    "Please send the code of your authenticator app, or a recovery code, beside the password. "
    "Without either, sign in on the site and make a key for the app under Devices."
)


@operation("Sign in on a device", takes=SignIn, answers={201: NewDevice}, auth=[])
@api_view(["POST"])
@authentication_classes([])
@permission_classes([AllowAny])
@throttle_classes([SignInPerSender])
def sign_in(request: AnyRequest) -> Response:
    asked = SignIn(data=request.data)
    asked.is_valid(raise_exception=True)
    name = asked.validated_data.pop("device")
    try:
        device, key = tokens.issue_by_password(
            request=request._request,  # noqa: SLF001 - what the sign-in backends know
            name=name,
            **asked.validated_data,
        )
    except tokens.TooManyTriesError as error:
        raise TooManyTries(TOO_MANY_TRIES) from error
    except tokens.SecondFactorError as error:
        raise NotRecognised(CODE_NEEDED) from error
    except (tokens.NotRecognisedError, tokens.NoTokenError) as error:
        raise NotRecognised(NOT_RECOGNISED) from error
    return Response(NewDevice({"device": device, "token": key}).data, status=201)


@operation("The devices signed in", answers={200: Device(many=True)})
@api_view(["GET"])
@permission_classes([PatientOrDoctor])
def devices(request: Request) -> Response:
    return Response(Device(tokens.tokens_for(request.user), many=True).data)


@operation("Sign a device out", answers={204: None}, errors=[404])
@api_view(["DELETE"])
@permission_classes([PatientOrDoctor])
def device(request: Request, token_id: UUID) -> Response:
    tokens.revoke(token=get_object_or_404(tokens.tokens_for(request.user), public_id=token_id))
    return Response(status=204)


@operation("Who is signed in, and their clinic", answers={200: Person})
@api_view(["GET"])
@permission_classes([PatientOrDoctor])
def me(request: Request) -> Response:
    return Response(Person(request.user).data)


@csrf_exempt
def nothing(_request: HttpRequest) -> JsonResponse:
    """Whatever else is asked for is missing in the shape of every other error."""
    return JsonResponse(document(NotFound()), status=404)
