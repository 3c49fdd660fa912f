"""How often somebody may do what costs a lot: ``ACCOUNT_RATE_LIMITS`` in the settings says it."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from allauth.core import ratelimit

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    View = Callable[..., HttpResponseBase]


def limited(action: str) -> Callable[[View], View]:
    """Beyond the rate the page is 429. Put it inside the decorator that says whose page it is."""

    def decorate(view: View) -> View:
        @wraps(view)
        def slowed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            refusal = cast(
                "HttpResponseBase | None", ratelimit.consume_or_429(request, action=action)
            )
            return refusal or view(request, *args, **kwargs)

        return slowed

    return decorate
