"""Who asks, and whether somebody of their role may. What they see is the selectors' business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request as AnyRequest

from portal.accounts import second_factor
from portal.accounts.models import Role, User
from portal.api.tokens import note_use, token_by_key

if TYPE_CHECKING:
    from rest_framework.views import APIView

    from portal.api.models import DeviceToken

SCHEME = "Bearer"


class Request(AnyRequest):
    """The request of a view that somebody of a known role passed into."""

    user: User


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer KEY``. No cookie counts here, so no other site can ask for a user."""

    def authenticate(self, request: AnyRequest) -> tuple[User, DeviceToken] | None:
        words = get_authorization_header(request).split()
        if not words:
            return None
        token = self._token_of(words)
        if token is None:
            raise AuthenticationFailed(
                _("This device is not known any more. Please sign in on it again.")
            )
        if second_factor.is_missing(token.user):
            raise AuthenticationFailed(
                _("Please set up a second step for signing in first, on the site.")
            )
        note_use(token)
        return token.user, token

    def _token_of(self, words: list[bytes]) -> DeviceToken | None:
        if [words[0].lower(), len(words)] != [SCHEME.lower().encode(), 2]:
            return None
        return token_by_key(words[1].decode("latin-1"))

    def authenticate_header(self, request: AnyRequest) -> str:  # noqa: ARG002
        return SCHEME


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "deviceToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer"}


class _OfRole(BasePermission):
    roles: tuple[Role, ...]

    def has_permission(self, request: AnyRequest, view: APIView) -> bool:  # noqa: ARG002
        return isinstance(request.user, User) and request.user.role in self.roles


class PatientOnly(_OfRole):
    roles = (Role.PATIENT,)


class DoctorOnly(_OfRole):
    roles = (Role.DERMATOLOGIST,)


class PatientOrDoctor(_OfRole):
    roles = (Role.PATIENT, Role.DERMATOLOGIST)
