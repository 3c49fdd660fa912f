"""The landing page, and allauth's pages: who is signed in is sent on from the entrance pages."""

from __future__ import annotations

from portal.accounts.invitations import token_of
from tests import factories
from tests.factories import PASSWORD
from tests.rules.roles import (
    ASKED,
    DONE,
    HIDDEN,
    OPEN,
    PATIENTS,
    SIGN_IN,
    Actor,
    Outcomes,
    Row,
    World,
    everyone,
    only,
)

ENTRANCE = everyone(DONE, nobody=OPEN)
OWN_ACCOUNT = everyone(OPEN, nobody=SIGN_IN)
# Whoever did not just type their password is asked for it first.
WHO = everyone(ASKED, nobody=SIGN_IN)
SENT_ON = everyone(DONE, nobody=SIGN_IN)
NONE_OF_THIS = everyone(HIDDEN, nobody=SIGN_IN)


def by_factor(*, staff: str, patients: str) -> Outcomes:
    """Patients here have no second step to show; staff have their app."""
    return {actor: patients if actor in PATIENTS else staff for actor in Actor} | {
        Actor.NOBODY: SIGN_IN
    }


def sign_in(world: World) -> dict:
    return {"login": world.patient.email, "password": PASSWORD}


def invited(world: World) -> dict:
    return {"token": token_of(factories.invitation(world.people[Actor.ADMINISTRATOR]))}


def passkey(_world: World) -> dict:
    return {"pk": 1}


ROWS = {
    "home": Row(get=ENTRANCE),
    "account_login": Row(data=sign_in, get=ENTRANCE, post=everyone(DONE)),
    "account_logout": Row(get=everyone(OPEN, nobody=DONE), post=everyone(DONE)),
    "account_signup": Row(get=ENTRANCE, post=ENTRANCE),
    "account_inactive": Row(get=everyone(OPEN)),
    "account_reauthenticate": Row(get=OWN_ACCOUNT, post=OWN_ACCOUNT),
    "account_email": Row(get=OWN_ACCOUNT, post=SENT_ON),
    "account_email_verification_sent": Row(get=everyone(OPEN)),
    "account_confirm_email": Row(
        args=lambda _world: {"key": "unknown"}, get=everyone(OPEN), post=everyone(HIDDEN)
    ),
    "mfa_index": Row(get=OWN_ACCOUNT),
    "mfa_list_webauthn": Row(get=OWN_ACCOUNT),
    # Asked only of whoever is on the way in.
    "mfa_authenticate": Row(get=SENT_ON, post=SENT_ON),
    "mfa_add_webauthn": Row(get=WHO, post=WHO, shown_get=OWN_ACCOUNT, shown_post=OWN_ACCOUNT),
    "mfa_edit_webauthn": Row(
        args=passkey, get=WHO, post=WHO, shown_get=NONE_OF_THIS, shown_post=NONE_OF_THIS
    ),
    "mfa_remove_webauthn": Row(
        args=passkey, get=WHO, post=WHO, shown_get=NONE_OF_THIS, shown_post=NONE_OF_THIS
    ),
    "mfa_reauthenticate": Row(
        get=by_factor(staff=OPEN, patients=ASKED),
        post=by_factor(staff=OPEN, patients=ASKED),
        shown_get=by_factor(staff=OPEN, patients=ASKED),
        shown_post=by_factor(staff=OPEN, patients=ASKED),
    ),
    "mfa_activate_totp": Row(
        get=WHO,
        post=WHO,
        shown_get=by_factor(staff=DONE, patients=OPEN),
        shown_post=by_factor(staff=DONE, patients=OPEN),
    ),
    "mfa_deactivate_totp": Row(
        get=by_factor(staff=ASKED, patients=HIDDEN),
        post=by_factor(staff=ASKED, patients=HIDDEN),
        shown_get=by_factor(staff=OPEN, patients=HIDDEN),
        shown_post=by_factor(staff=OPEN, patients=HIDDEN),
    ),
    "mfa_generate_recovery_codes": Row(
        get=WHO,
        post=WHO,
        shown_get=OWN_ACCOUNT,
        shown_post=by_factor(staff=DONE, patients=OPEN),
    ),
    # Nobody here has any.
    "mfa_view_recovery_codes": Row(get=everyone(HIDDEN, nobody=SIGN_IN)),
    "mfa_download_recovery_codes": Row(get=everyone(HIDDEN, nobody=SIGN_IN)),
    "sessions": Row(get=OWN_ACCOUNT, post=SENT_ON),
    # Nobody here has a passkey: they are asked for their password instead.
    "mfa_reauthenticate_webauthn": Row(get=WHO, post=WHO, shown_get=WHO, shown_post=WHO),
    "mfa_login_webauthn": Row(
        data=lambda _world: {"credential": "{}"},
        get=SENT_ON,
        post=SENT_ON,
    ),
    "account_change_password": Row(get=OWN_ACCOUNT, post=OWN_ACCOUNT),
    "account_set_password": Row(get=SENT_ON, post=SENT_ON),
    "account_reset_password": Row(
        data=lambda world: {"email": world.patient.email}, get=everyone(OPEN), post=everyone(DONE)
    ),
    "account_reset_password_done": Row(get=everyone(OPEN)),
    "account_reset_password_from_key": Row(
        args=lambda _world: {"uidb36": "0", "key": "unknown"},
        get=everyone(OPEN),
        post=everyone(OPEN),
    ),
    "account_reset_password_from_key_done": Row(get=everyone(OPEN)),
    "account_confirm_login_code": Row(get=SENT_ON, post=SENT_ON),
    "set_language": Row(data=lambda _world: {"language": "zh-hans"}, post=everyone(DONE)),
    "service_worker": Row(get=everyone(OPEN)),
    # Nobody is named in the tests' settings; tests/portal/test_headers.py names somebody.
    "security_txt": Row(get=everyone(HIDDEN)),
    "offline": Row(get=everyone(OPEN)),
    "manifest": Row(args=lambda _world: {"language": "en"}, get=everyone(OPEN)),
    "join": Row(args=invited, get=ENTRANCE),
    "close_account": Row(
        get=only(*PATIENTS, allowed=ASKED),
        post=only(*PATIENTS, allowed=ASKED),
        shown_get=only(*PATIENTS),
        shown_post=only(*PATIENTS, allowed="409"),  # what was shown is not what is there
    ),
}
