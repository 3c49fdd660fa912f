from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language as django_set_language

from portal.accounts.access import patient_only, showing_who_they_are
from portal.accounts.invitations import invitation_of, keep_in_session
from portal.accounts.models import Role
from portal.accounts.selectors import clinics_open_for_registration
from portal.accounts.services import remember_language
from portal.accounts.sessions import end_all_sessions, open_sessions
from portal.api.tokens import revoke_all
from portal.audit.models import Action, Why
from portal.audit.services import record
from portal.rights.inventory import categories, digest
from portal.rights.services import ChangedError, close_as_shown
from portal.rights.tokens import token_of
from portal.rights.words import told

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from portal.accounts.access import SignedInRequest

HOME_OF = {
    Role.PATIENT: "cases:home",
    Role.DERMATOLOGIST: "review:queue",
    Role.ADMINISTRATOR: "desk:home",
    Role.OPERATOR: "admin:index",
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(HOME_OF[Role(request.user.role)])
    context = {"may_register": clinics_open_for_registration().exists()}
    return render(request, "home.html", context)


@require_safe
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Where a clinic's link or QR code leads: a welcome, or why the door is shut."""
    invitation = invitation_of(token)
    if invitation is None:
        raise Http404
    if request.user.is_authenticated:
        return redirect("home")
    if invitation.is_usable:
        keep_in_session(request, token)
        return render(request, "accounts/join.html", {"clinic": invitation.clinic})
    return render(request, "accounts/join_ended.html", status=HTTPStatus.GONE)


@patient_only
@showing_who_they_are
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: SignedInRequest) -> HttpResponse:
    """Close one's own account, after a page that says what that does and what is erased then.

    ``digest``: of what the page showed; if something came to it, the page is shown again.
    """
    has_changed = False
    if request.method == "POST":
        shown = request.POST.get("digest", "")
        try:
            asked = close_as_shown(patient=request.user, shown=shown, why=Why.ASKED_BY_PATIENT)
        except ChangedError:
            has_changed = True
        else:
            logout(request)
            context = {"erasure": asked, "token": token_of(asked.public_id)}
            return render(request, "accounts/closed.html", context)
    context = {
        "digest": digest(request.user),
        "plan": told(categories(request.user)),
        "days": settings.ERASURE_DELAY_DAYS,
        "has_changed": has_changed,
    }
    status = HTTPStatus.CONFLICT if has_changed else HTTPStatus.OK
    return render(request, "accounts/close.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def sessions(request: SignedInRequest) -> HttpResponse:
    """Where one is signed in, and the way to end all of it but here, devices too."""
    if request.method == "POST":
        end_all_sessions(request.user, but=request.session.session_key)
        revoke_all(user=request.user)
        if request.user.clinic_id:  # an operator's account is no clinic's business
            record(Action.SESSIONS_ENDED, request.user, of=request.user)
        messages.success(request, _("You are signed out everywhere else."))
        return redirect("sessions")
    context = {
        "sessions": open_sessions(request.user),
        "idle_minutes": settings.SESSION_IDLE_SECONDS // 60,
    }
    return render(request, "accounts/sessions.html", context)


@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """As Django does it, and kept for the mails to whoever is signed in."""
    language = request.POST.get("language", "")
    is_offered = language in dict(settings.LANGUAGES) and check_for_language(language)
    if request.user.is_authenticated and is_offered:
        remember_language(person=request.user, language=language)
    return django_set_language(request)
