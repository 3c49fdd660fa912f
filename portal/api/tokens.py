"""Device tokens: how one is made, recognised and ended."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.accounts import second_factor
from portal.accounts.models import Role
from portal.api.models import DeviceToken
from portal.audit.models import Action
from portal.audit.services import record

if TYPE_CHECKING:
    from django.http import HttpRequest

    from portal.accounts.models import User
    from portal.api.models import DeviceTokenQuerySet

HOLDERS = (Role.PATIENT, Role.DERMATOLOGIST)
FRESH = timedelta(minutes=5)  # how exact "last used" is: not a write a request


class NotRecognisedError(Exception):
    """No such address with that password, or one that was not confirmed yet."""


class TooManyTriesError(Exception):
    """Wrong passwords for this address, or from this sender: of the site's pages and of apps."""


class SecondFactorError(Exception):
    """The password is right; the code beside it is missing or wrong, or none was set up yet."""


class NoTokenError(Exception):
    """The API holds nothing for people of this role."""


@transaction.atomic
def issue(*, user: User, name: str) -> tuple[DeviceToken, str]:
    """A new token and its key, which is told this once."""
    if user.role not in HOLDERS:
        raise NoTokenError
    key = secrets.token_urlsafe(32)
    token = DeviceToken.objects.create(user=user, name=name, sha256=_hashed(key))
    record(Action.DEVICE_ADDED, token, of=user, by=user)
    return token, key


def issue_by_password(
    *, request: HttpRequest, email: str, password: str, name: str, code: str = ""
) -> tuple[DeviceToken, str]:
    try:
        user = get_adapter(request).authenticate(request, email=email, password=password)
    except ValidationError as error:
        raise TooManyTriesError from error
    if user is None or not _has_confirmed(user):
        raise NotRecognisedError
    if second_factor.is_missing(user):
        raise SecondFactorError
    if second_factor.is_asked_at_sign_in(user) and not second_factor.is_code_right(user, code):
        raise SecondFactorError
    return issue(user=user, name=name)


def _has_confirmed(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()


def tokens_for(user: User) -> DeviceTokenQuerySet:
    return DeviceToken.objects.in_force().filter(user=user)


def token_by_key(key: str) -> DeviceToken | None:
    """The token in force, with its owner if their account is open."""
    known = DeviceToken.objects.in_force().select_related("user__clinic")
    return known.filter(sha256=_hashed(key), user__is_active=True).first()


def note_use(token: DeviceToken) -> None:
    now = timezone.now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - FRESH)
    DeviceToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


@transaction.atomic
def revoke(*, token: DeviceToken) -> None:
    if DeviceToken.objects.in_force().filter(pk=token.pk).update(revoked_at=timezone.now()):
        record(Action.DEVICE_REVOKED, token, of=token.user)


def revoke_all(*, user: User) -> None:
    """Every device: what ends the sessions of an account ends these too, else whoever holds a key
    stays in after the password changed, and one of a closed account is in again when it is opened.
    """
    for token in tokens_for(user):
        revoke(token=token)


def _hashed(key: str) -> str:
    # The key is random and long, so a fast hash tells nothing of it.
    return hashlib.sha256(key.encode()).hexdigest()
