"""Who acts at this moment and from where, for services that know no request."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

from allauth.account.adapter import get_adapter
from django.utils.crypto import salted_hmac

from portal.accounts.models import User
from portal.audit.models import Channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

_request: ContextVar[HttpRequest | None] = ContextVar("audited_request", default=None)


def remember_request(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: while a request is answered, what is recorded carries its user and address."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = _request.set(request)
        try:
            return get_response(request)
        finally:
            _request.reset(token)

    return middleware


class Origin(NamedTuple):
    channel: Channel
    address: str


def origin(clinic_id: int) -> Origin:
    request = _request.get()
    if request is None:
        return Origin(Channel.INSIDE, "")
    channel = Channel.API if request.path.startswith("/api/") else Channel.PAGE
    return Origin(channel, _hashed(get_adapter().get_client_ip(request), clinic_id))


def acting() -> User | None:
    """Whoever is signed in where the request came from; nobody in a task or a command."""
    request = _request.get()
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else None


def _hashed(address: str, clinic_id: int) -> str:
    """Addresses are few enough to try them all, so the hash is keyed; and another one at each
    clinic, so that logs of two do not tell who visits both.
    """
    digest = salted_hmac(f"portal.audit.address.{clinic_id}", address, algorithm="sha256")
    return digest.hexdigest()[:16]
