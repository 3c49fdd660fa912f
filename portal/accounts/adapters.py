from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.utils.translation import gettext_lazy as _

from portal.accounts.invitations import invitation_in_session
from portal.accounts.selectors import clinics_open_for_registration

if TYPE_CHECKING:
    from django.http import HttpRequest

    from portal.accounts.models import User

PASSKEY_AFTER_PASSWORD = "allauth.mfa.stages.AuthenticateStage"  # noqa: S105


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in and registration as the clinics want them."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "This address and this password do not belong together. Try again, or choose a new "
            "password."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(invitation_in_session(request)) or clinics_open_for_registration().exists()

    def get_login_stages(self) -> list[str]:
        """A passkey takes the place of the password. It is not asked for after it: whoever loses
        the phone that holds the only one would be shut out.
        """
        stages: list[str] = super().get_login_stages()
        return [stage for stage in stages if stage != PASSKEY_AFTER_PASSWORD]

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Whom the desk added has no password to forget: their first mail bids them welcome."""
        if user.has_usable_password():
            super().send_password_reset_mail(user, email, context)
        else:
            self.send_mail("account/email/welcome", email, context)
