"""The landing page, and allauth's pages: who is signed in is sent on from the entrance pages."""

from __future__ import annotations

from tests.factories import PASSWORD
from tests.rules.roles import DONE, HIDDEN, OPEN, SIGN_IN, Row, World, everyone

ENTRANCE = everyone(DONE, nobody=OPEN)
OWN_ACCOUNT = everyone(OPEN, nobody=SIGN_IN)


def sign_in(world: World) -> dict:
    return {"login": world.patient.email, "password": PASSWORD}


ROWS = {
    "home": Row(get=ENTRANCE),
    "account_login": Row(data=sign_in, get=ENTRANCE, post=everyone(DONE)),
    "account_logout": Row(get=everyone(OPEN, nobody=DONE), post=everyone(DONE)),
    "account_signup": Row(get=ENTRANCE),
    "account_inactive": Row(get=everyone(OPEN)),
    "account_reauthenticate": Row(get=OWN_ACCOUNT),
    "account_email": Row(get=OWN_ACCOUNT),
    "account_email_verification_sent": Row(get=everyone(OPEN)),
    "account_confirm_email": Row(
        args=lambda _world: {"key": "unknown"}, get=everyone(OPEN), post=everyone(HIDDEN)
    ),
    "account_change_password": Row(get=OWN_ACCOUNT),
    "account_set_password": Row(get=everyone(DONE, nobody=SIGN_IN)),
    "account_reset_password": Row(
        data=lambda world: {"email": world.patient.email}, get=everyone(OPEN), post=everyone(DONE)
    ),
    "account_reset_password_done": Row(get=everyone(OPEN)),
    "account_reset_password_from_key": Row(
        args=lambda _world: {"uidb36": "0", "key": "unknown"}, get=everyone(OPEN)
    ),
    "account_reset_password_from_key_done": Row(get=everyone(OPEN)),
    "account_confirm_login_code": Row(get=everyone(DONE, nobody=SIGN_IN)),
    # Followed as a link it changes nothing.
    "set_language": Row(
        data=lambda _world: {"language": "zh-hans"}, get=everyone(DONE), post=everyone(DONE)
    ),
}
