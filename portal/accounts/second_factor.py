"""Something besides the password: a code from an app, a passkey, or a recovery code.

Whoever sees other people's data needs one before any page opens; a patient may have one.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import STAFF, User

if TYPE_CHECKING:
    from django.http import HttpRequest

# A recovery code stands in for one of these; alone it is no second factor.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
SET_UP_HERE = "set_up_second_factor"


def is_required(user: User) -> bool:
    return bool(settings.SECOND_FACTOR_REQUIRED) and user.role in STAFF


def has_one(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def is_missing(user: User) -> bool:
    return is_required(user) and not has_one(user)


def is_shown(request: HttpRequest, user: User) -> bool:
    """In this session. That the account has a factor says nothing of who sits here: whoever knew
    its first password may be signed in since before there was one.
    """
    records = get_authentication_records(request, user)
    return SET_UP_HERE in request.session or any(one["method"] == "mfa" for one in records)


def note_set_up(request: HttpRequest) -> None:
    """Whoever sets one up holds it, and is not asked to show it in the same session."""
    request.session[SET_UP_HERE] = True


def is_asked_at_sign_in(user: User) -> bool:
    """After the password. Staff are asked for whatever they have.

    A patient's passkey takes the place of the password and is not asked for after it: whoever loses
    the phone that holds the only one would be shut out. An app's code is asked for, as they chose.
    """
    factors = FACTORS if user.role in STAFF else (Authenticator.Type.TOTP,)
    return bool(Authenticator.objects.filter(user=user, type__in=factors).exists())


def is_code_right(user: User, code: str) -> bool:
    """An app's code or an unused recovery code, which is then used. Tries are limited."""
    form = AuthenticateForm(user=user, data={"code": code})
    if not form.is_valid():
        return False
    form.authenticator.record_usage()
    return True


@transaction.atomic
def reset(*, person: User) -> None:
    """For whoever lost theirs: they sign in by password and set up another one first."""
    Authenticator.objects.filter(user=person).delete()


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]
    def _should_handle(self, request: HttpRequest) -> bool:
        return bool(super()._should_handle(request)) and is_asked_at_sign_in(self.login.user)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _(
            "Your role needs a second step to sign in. Add a passkey first, then remove the app."
        ),
        "incorrect_code": _("This code does not fit, or was used before. Type the next one."),
    }

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002 - allauth's
        had = Authenticator.objects.filter(user=user, type=type).count()
        return gettext("Passkey %(number)d") % {"number": had + 1}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        others = Authenticator.objects.filter(user=authenticator.user, type__in=FACTORS)
        return not is_required(authenticator.user) or others.exclude(pk=authenticator.pk).exists()

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


@transaction.atomic
def encrypt_anew() -> int:
    """Encrypt every stored secret with the key in force, so that older keys can go."""
    changed = 0
    for one in Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN):
        data: dict[str, Any] = one.data
        for name in {"secret", "seed"} & data.keys():
            data[name] = _cipher().rotate(data[name].encode()).decode()
        one.save(update_fields=["data"])
        changed += 1
    return changed


def _cipher() -> MultiFernet:
    """A copy of the database alone signs nobody in."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key_from(secret)) for secret in keys])


def _key_from(secret: str) -> bytes:
    digest = hashlib.sha256(b"portal.accounts.second_factor:" + secret.encode())
    return base64.urlsafe_b64encode(digest.digest())
