"""Browsers on which an account was signed in to before.

Wrong passwords are counted per account, else many senders together could go on guessing. But then a
stranger who knows the address could keep its owner out. So a browser that once got in counts apart:
whatever strangers do, the owner's own tries are free.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

COOKIE = "known_device"
SALT = "portal.accounts.known_devices"
REMEMBERED_SECONDS = 180 * 24 * 60 * 60
MOST_ACCOUNTS = 10  # a clinic's shared computer


def known_as(request: HttpRequest, email: str) -> str:
    """What this browser is called for this account; empty if nobody got in here before."""
    return _accounts(request).get(_named(email), "")


def remember(request: HttpRequest, response: HttpResponse, email: str) -> None:
    accounts = _accounts(request)
    name = accounts.pop(_named(email), "") or secrets.token_urlsafe(9)
    newest_last = [*accounts.items(), (_named(email), name)][-MOST_ACCOUNTS:]
    response.set_cookie(
        COOKIE,
        signing.dumps(dict(newest_last), salt=SALT),
        max_age=REMEMBERED_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _accounts(request: HttpRequest) -> dict[str, str]:
    try:
        stored: dict[str, str] = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=REMEMBERED_SECONDS
        )
    except signing.BadSignature:
        return {}
    return stored


def _named(email: str) -> str:
    """Nobody reads from the cookie whose accounts were opened here."""
    return salted_hmac(SALT, email.lower(), algorithm="sha256").hexdigest()[:24]
