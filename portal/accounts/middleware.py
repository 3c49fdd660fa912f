from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from portal.accounts import second_factor, sessions, sign_ins
from portal.audit.models import Action, Why

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from django.http import HttpRequest, HttpResponse

    from portal.accounts.models import User

    Answer = Callable[[HttpRequest], HttpResponse]

IN_SESSION = "has_second_factor"
# What somebody without a second factor needs to get one, or to leave.
OPEN_PREFIXES = ("account_", "mfa_")
OPEN_PAGES = {
    "sessions",
    "set_language",
    "manifest",
    "service_worker",
    "offline",
    "security_txt",
    "healthz",
    "readyz",
}


def _signed_in(request: HttpRequest) -> User | None:
    """Without a cookie nobody is looked up, and what is the same for all stays cacheable."""
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    return request.user if has_session and request.user.is_authenticated else None


class IdleSessions:
    """A session that nobody used for a while ends, wherever its cookie lies."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = _signed_in(request)
        if user and sessions.is_idle(request):
            sign_ins.note(Action.SIGNED_OUT, user, why=Why.UNUSED)
            logout(request)
            messages.info(request, _("You were signed out because the page was not used."))
        elif user:
            sessions.note_use(request, user)
        return self.get_response(request)


class SecondFactor:
    """Closed by default: a page that is not named above opens only with a second factor, which
    whoever sits here has shown.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        user = _signed_in(request)
        if user is None or not second_factor.is_required(user):
            return None
        page = request.resolver_match.view_name if request.resolver_match else ""
        if page.startswith("mfa_"):
            request.session.pop(IN_SESSION, None)  # it may be removed there
        if request.session.get(IN_SESSION):
            return None
        if second_factor.is_missing(user):
            is_open = page.startswith(OPEN_PREFIXES) or page in OPEN_PAGES
            return None if is_open else redirect("mfa_index")
        if not second_factor.is_shown(request, user):
            return self._ended(request, user)
        if not page.startswith("mfa_"):
            # Asked once a session: it ends when somebody else takes the factor away.
            request.session[IN_SESSION] = True
        return None

    def _ended(self, request: HttpRequest, user: User) -> HttpResponse:
        sign_ins.note(Action.SIGNED_OUT, user)
        logout(request)
        messages.info(request, _("Please sign in again, with your second step."))
        return redirect("account_login")
