"""Who may open a page. Which objects they see on it is the selectors' business."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from portal.accounts.models import Role, User

if TYPE_CHECKING:
    from collections.abc import Callable

    View = Callable[..., HttpResponseBase]


class SignedInRequest(HttpRequest):
    """The request of a view behind :func:`allow`."""

    user: User


def allow(*roles: Role) -> Callable[[View], View]:
    """Only people of these roles: others get 403, who is not signed in is asked to."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(_page_to_go_on_with(request))
            if cast("User", request.user).role not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def _page_to_go_on_with(request: HttpRequest) -> str:
    """What was sent is not sent again, and its address may have no page: then the one before it."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    if not is_ours:
        return reverse("home")
    page = urlsplit(came_from)
    return page._replace(scheme="", netloc="", fragment="").geturl() or "/"


def showing_who_they_are(view: View) -> View:
    """For what cannot be taken back or gives much away: who it is is asked again first."""
    return cast("View", reauthentication_required(view))


def showing_who_they_are_where(is_asked: Callable[[HttpRequest], bool]) -> Callable[[View], View]:
    """The same for one kind of what a page does. What was sent goes on once it is shown."""
    return lambda view: cast("View", reauthentication_required(enabled=is_asked)(view))


def is_signing_again(request: HttpRequest) -> bool:
    clinic = cast("User", request.user).clinic
    return request.method == "POST" and clinic is not None and clinic.sign_with_password


# Where the clinic wants it, whoever signs shows anew who they are, and it goes on.
signing_again = showing_who_they_are_where(is_signing_again)
patient_only = allow(Role.PATIENT)
doctor_only = allow(Role.DERMATOLOGIST)
administrator_only = allow(Role.ADMINISTRATOR)
