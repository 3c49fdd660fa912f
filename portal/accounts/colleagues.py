"""Letting in whoever works at a clinic: a link by mail, and the password is their own choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.forms import ResetPasswordForm
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.accounts.services import create_person

if TYPE_CHECKING:
    from django.http import HttpRequest

    from portal.accounts.models import Clinic, Role


def free_address(email: str) -> str:
    """Nobody signs in with it yet."""
    email = email.lower()
    if User.objects.filter(email=email).exists():
        raise ValidationError(_("There is already an account with this address."))
    return email


def let_in(request: HttpRequest, *, clinic: Clinic, role: Role, full_name: str, email: str) -> User:
    colleague = create_person(
        clinic=clinic,
        role=role,
        full_name=full_name,
        email=email,
        password=None,
        email_verified=True,  # only who reads the mailbox can choose the password
    )
    send_password_link(request, colleague)
    return colleague


def send_password_link(request: HttpRequest, person: User) -> None:
    reset = ResetPasswordForm({"email": person.email})
    reset.full_clean()
    reset.save(request)
    messages.success(
        request, _("A link to choose a password was sent to %(email)s.") % {"email": person.email}
    )
