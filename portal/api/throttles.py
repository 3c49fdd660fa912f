from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class SignInPerSender(AnonRateThrottle):
    scope = "sign_in"


class SignInPerAddress(SimpleRateThrottle):
    """Many senders guessing at one account are slowed down too."""

    scope = "sign_in_address"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:  # noqa: ARG002
        email = request.data.get("email") if isinstance(request.data, dict) else None
        if not isinstance(email, str):
            return None
        ident = hashlib.sha256(email.lower().encode()).hexdigest()
        return str(self.cache_format % {"scope": self.scope, "ident": ident})


class PhotosPerPerson(UserRateThrottle):
    """A photo costs the site more than a page."""

    scope = "photo"
