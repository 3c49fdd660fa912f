from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.internal.ratelimit import consume
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _

from portal.accounts import known_devices, sessions, sign_ins
from portal.accounts.invitations import invitation_in_session
from portal.accounts.selectors import clinics_open_for_registration
from portal.audit.models import Action

if TYPE_CHECKING:
    from allauth.core.internal.ratelimit import RateLimitUsage
    from django.contrib.auth.models import AnonymousUser
    from django.http import HttpRequest, HttpResponse

    from portal.accounts.models import User

SECOND_FACTOR = "allauth.mfa.stages.AuthenticateStage"
OUR_SECOND_FACTOR = "portal.accounts.second_factor.SecondFactorStage"
JUST_NOW_SECONDS = 5 * 60


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in and registration as the clinics want them."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "This address and this password do not belong together. Try again, or choose a new "
            "password."
        ),
        "enter_current_password": _("That is not your password. Type the one you have now."),
        "incorrect_password": _("That is not your password. Try again."),
        "too_many_login_attempts": _("Too many tries. Wait some minutes, then try again."),
        "duplicate_email": _("This is your address already."),
        "invalid_password_reset": _("This link was used before or is too old."),
        "rate_limited": _("Too many tries. Wait some minutes, then try again."),
    }
    ways_to_say_who: ClassVar[dict[str, Any]] = {
        "reauthenticate": _("Use my password"),
        "mfa_reauthenticate": _("Use the app or a recovery code"),
        "mfa_reauthenticate:webauthn": _("Use my passkey"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(invitation_in_session(request)) or clinics_open_for_registration().exists()

    def get_login_stages(self) -> list[str]:
        stages: list[str] = super().get_login_stages()
        return [OUR_SECOND_FACTOR if stage == SECOND_FACTOR else stage for stage in stages]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Who is known is not limited by the sender, whom they may share with strangers."""
        self._failures_by_sender: RateLimitUsage | None = None
        if not _known_as(request, **credentials):
            self._limit_sender(request)
        super().pre_authenticate(request, **credentials)

    def _limit_sender(self, request: HttpRequest) -> None:
        limited = {"request": request, "app": "allauth.account"}
        is_slow_enough = consume(**limited, action="login_of_unknown")
        self._failures_by_sender = consume(**limited, action="login_of_unknown_failed")
        if not (is_slow_enough and self._failures_by_sender):
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        if self._failures_by_sender:
            self._failures_by_sender.rollback()

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{_known_as(request, **credentials)}"

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        known_devices.remember(request, response, user.email)
        sessions.note_use(request, user)
        sign_ins.note(Action.SIGNED_IN, user, by=user)
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        sign_ins.note_refused(credentials.get("email", ""))

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            sign_ins.note(Action.SIGNED_OUT, request.user)
        super().logout(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever sets up their first second factor has typed their password a moment ago."""
        is_first = app == "allauth.mfa" and self._sets_up_first_factor()
        return not is_first and bool(super().is_reauthentication_required(app=app, **kwargs))

    def _sets_up_first_factor(self) -> bool:
        user = self.request.user
        records = get_authentication_records(self.request, user)
        if not records or time.time() - records[-1]["at"] > JUST_NOW_SECONDS:
            return False
        signed_in_at = datetime.fromtimestamp(records[-1]["at"], tz=UTC)
        earlier = Authenticator.objects.filter(user=user, created_at__lt=signed_in_at)
        return not earlier.exists()

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """In the words of our pages, not in allauth's."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [{**way, "description": self.ways_to_say_who[way["id"]]} for way in ways]

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """By name, also where nobody is signed in: after a forgotten password."""
        super().send_notification_mail(
            template_prefix, user, {"user": user, **(context or {})}, email
        )

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Whom the desk added has no password to forget: their first mail bids them welcome."""
        if user.has_usable_password():
            super().send_password_reset_mail(user, email, context)
        else:
            self.send_mail("account/email/welcome", email, context)


def _known_as(request: HttpRequest, **credentials: Any) -> str:
    """By this browser, or because they are signed in; empty if they are neither."""
    email = credentials.get("email", "")
    is_in = getattr(request.user, "email", None) == email
    return known_devices.known_as(request, email) or ("in" if is_in else "")
