"""Who signed in, who was refused, who left, and how the ways in changed, for the clinic's log.

An operator belongs to no clinic and so to no clinic's log: what they do goes to the site's.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from allauth.mfa import signals

from portal.accounts import second_factor
from portal.accounts.models import User
from portal.accounts.sessions import end_all_sessions
from portal.audit.models import Action, Why
from portal.audit.services import record

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator
    from django.http import HttpRequest

logger = logging.getLogger(__name__)


def note(action: Action, user: User, *, by: User | None = None, why: Why | str = "") -> None:
    if user.clinic_id:
        record(action, user, of=user, by=by, why=why)
    else:
        logger.info("operator %s: %s", user.public_id, action)


def note_refused(email: str) -> None:
    """A wrong password for an account that there is; whoever typed it is nobody yet."""
    user = User.objects.filter(email=email.lower()).first()
    if user:
        note(Action.SIGN_IN_REFUSED, user, why=Why.WRONG_PASSWORD)


def listen() -> None:
    """allauth tells of second steps by its signals alone."""
    signals.authenticator_added.connect(_added, dispatch_uid=__name__)
    signals.authenticator_removed.connect(_removed, dispatch_uid=__name__)
    signals.authenticator_reset.connect(_made_anew, dispatch_uid=__name__)
    signals.authentication_failed.connect(_wrong_code, dispatch_uid=__name__)


def _added(*, request: HttpRequest, user: User, authenticator: Authenticator, **_more: Any) -> None:
    """Until a moment ago the password alone opened a session of staff, to whoever knew it."""
    note(Action.SECOND_STEP_ADDED, user)
    if authenticator.type in second_factor.FACTORS and second_factor.is_required(user):
        second_factor.note_set_up(request)
        end_all_sessions(user, but=request.session.session_key)


def _removed(*, user: User, **_more: Any) -> None:
    note(Action.SECOND_STEP_REMOVED, user)


def _made_anew(*, user: User, **_more: Any) -> None:
    note(Action.SIGN_IN_CHANGED, user)


def _wrong_code(*, user: User, **_more: Any) -> None:
    note(Action.SIGN_IN_REFUSED, user, why=Why.WRONG_CODE)
