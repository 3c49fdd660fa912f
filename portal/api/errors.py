"""Every error has one shape: a code for the program, a message for the person, fields for both.

400 is said of what the schema forbids, 409 of what the site refuses although it was well formed:
the visit was sent, the file is no photograph, a colleague was faster.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

if TYPE_CHECKING:
    from django.forms import BaseForm
    from django.utils.functional import Promise

MESSAGES: dict[int, Promise] = {
    400: _("Some of what was sent is missing or wrong. Please check it and send it again."),
    401: _("Please sign in on this device."),
    403: _("This is not open to your account."),
    404: _("There is no such thing here, or it is not yours."),
    405: _("This address does not take that kind of request."),
    413: _("This is larger than the site takes."),
    415: _("The site does not take data of this kind here."),
    429: _("That was a lot in a short time. Please wait a little and try again."),
}
CODES = {
    400: "invalid",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}


class Refused(exceptions.APIException):
    """Well formed, and still not done. ``message`` says to the person what to do."""

    status_code = HTTPStatus.CONFLICT

    def __init__(
        self, code: str, message: Promise | str, fields: dict[str, list[str]] | None = None
    ) -> None:
        super().__init__(str(message), code)
        self.code = code
        self.message = str(message)
        self.fields = fields or {}


def wrong_fields(form: BaseForm) -> dict[str, list[str]]:
    """What a form of the pages refuses, for :class:`Refused`."""
    return {name: [str(line) for line in lines] for name, lines in form.errors.items()}


class NotRecognised(exceptions.APIException):
    """No such address with that password."""

    status_code = HTTPStatus.UNAUTHORIZED


class TooManyTries(exceptions.APIException):
    """Somebody has been guessing, maybe somebody else: the message says the way that is left."""

    status_code = HTTPStatus.TOO_MANY_REQUESTS
    wait = 10 * 60  # the longest that ``ACCOUNT_RATE_LIMITS`` remembers a wrong password


def handle(error: Exception, context: dict[str, Any]) -> Response | None:  # noqa: ARG001
    known = _known(error)
    if known is None:
        return None  # a mistake of ours: logged, and 500
    set_rollback()
    response = Response(document(known), status=known.status_code)
    if known.status_code == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = getattr(known, "auth_header", "Bearer")
    if wait := getattr(known, "wait", None):
        response["Retry-After"] = str(int(wait))
    return response


def _known(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    return error if isinstance(error, exceptions.APIException) else None


def document(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, Refused):
        return {"code": error.code, "message": error.message, "fields": error.fields}
    fields = _fields(error.detail) if isinstance(error, exceptions.ValidationError) else {}
    status = int(error.status_code)
    is_told = isinstance(error, exceptions.AuthenticationFailed | NotRecognised | TooManyTries)
    said = error.detail if is_told else MESSAGES[status]
    return {"code": CODES[status], "message": str(said), "fields": fields}


def _fields(detail: Any) -> dict[str, list[str]]:
    """What is wrong with which field, however deep it lies."""
    if isinstance(detail, dict):
        return {str(name): _flat(wrong) for name, wrong in detail.items()}
    return {"body": _flat(detail)}


def _flat(wrong: Any) -> list[str]:
    if isinstance(wrong, dict):
        return [line for inner in wrong.values() for line in _flat(inner)]
    if isinstance(wrong, list):
        return [line for inner in wrong for line in _flat(inner)]
    return [str(wrong)]
