from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.auth_backends import AuthenticationBackend

from portal.accounts.models import User

if TYPE_CHECKING:
    from typing import Any


class PeopleOfClinics(AuthenticationBackend):  # type: ignore[misc] # allauth is untyped
    """Every page asks which clinic its reader belongs to, so both are read at once."""

    def get_user(self, user_id: Any) -> User | None:
        user = User.objects.select_related("clinic").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
