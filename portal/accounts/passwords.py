"""Is this password long enough, and was it in a known leak? That is asked of a service that learns
five letters of its hash.
"""

from __future__ import annotations

import hashlib
import logging
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from django.conf import settings
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = logging.getLogger(__name__)

PREFIX = 5
PATIENCE_SECONDS = 3
MOST_BYTES = 1 << 20


class LongEnough(MinimumLengthValidator):
    """Said in our own words: Django's are in no catalogue but the English one."""

    def get_error_message(self) -> str:
        said = _("This password is too short: at least %(count)d characters, please.")
        return said % {"count": self.min_length}


class NotBreached:
    """Off unless ``BREACHED_PASSWORDS_URL`` names a service. One that is down stops nobody."""

    def validate(self, password: str, user: User | None = None) -> None:  # noqa: ARG002
        if settings.BREACHED_PASSWORDS_URL and _is_breached(password):
            raise ValidationError(
                _("This password was published in a leak of another site. Choose another one."),
                code="password_breached",
            )

    def get_help_text(self) -> str:
        return _("Your password must not have been published in a leak.")


def _is_breached(password: str) -> bool:
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    head, rest = digest[:PREFIX], digest[PREFIX:]
    # Padded answers are all of one size: who listens does not learn the letters from it.
    asked = Request(settings.BREACHED_PASSWORDS_URL + head, headers={"Add-Padding": "true"})  # noqa: S310
    try:
        with urlopen(asked, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - the operator's own setting
            lines = answer.read(MOST_BYTES).decode("ascii", "replace").splitlines()
    except (OSError, HTTPException):
        logger.warning("the service for breached passwords does not answer")
        return False
    counts = dict(line.partition(":")[::2] for line in lines)
    return counts.get(rest, "0").strip() not in {"", "0"}
