"""The landing page, and allauth's pages: who is signed in is sent on from the entrance pages."""

from __future__ import annotations

from portal.accounts.invitations import token_of
from tests import factories
from tests.factories import PASSWORD
from tests.rules.roles import (
    DONE,
    HIDDEN,
    OPEN,
    PATIENTS,
    SIGN_IN,
    Actor,
    Row,
    World,
    everyone,
    only,
)

ENTRANCE = everyone(DONE, nobody=OPEN)
OWN_ACCOUNT = everyone(OPEN, nobody=SIGN_IN)


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
    "account_signup": Row(get=ENTRANCE),
    "account_inactive": Row(get=everyone(OPEN)),
    "account_reauthenticate": Row(get=OWN_ACCOUNT),
    "account_email": Row(get=OWN_ACCOUNT),
    "account_email_verification_sent": Row(get=everyone(OPEN)),
    "account_confirm_email": Row(
        args=lambda _world: {"key": "unknown"}, get=everyone(OPEN), post=everyone(HIDDEN)
    ),
    "mfa_index": Row(get=OWN_ACCOUNT),
    "mfa_list_webauthn": Row(get=OWN_ACCOUNT),
    # Asked only of whoever is on the way in.
    "mfa_authenticate": Row(get=everyone(DONE, nobody=SIGN_IN)),
    # Whoever did not just type their password is asked for it first.
    "mfa_add_webauthn": Row(get=everyone(DONE, nobody=SIGN_IN)),
    "mfa_edit_webauthn": Row(args=passkey, get=everyone(DONE, nobody=SIGN_IN)),
    "mfa_remove_webauthn": Row(args=passkey, get=everyone(DONE, nobody=SIGN_IN)),
    # Patients here have no second step to show; staff have their app.
    "mfa_reauthenticate": Row(
        get=everyone(OPEN, nobody=SIGN_IN, patient=DONE, other_patient=DONE, patient_elsewhere=DONE)
    ),
    "mfa_activate_totp": Row(get=everyone(DONE, nobody=SIGN_IN)),
    "mfa_deactivate_totp": Row(
        get=everyone(
            DONE, nobody=SIGN_IN, patient=HIDDEN, other_patient=HIDDEN, patient_elsewhere=HIDDEN
        )
    ),
    "mfa_generate_recovery_codes": Row(get=everyone(DONE, nobody=SIGN_IN)),
    # Nobody here has any.
    "mfa_view_recovery_codes": Row(get=everyone(HIDDEN, nobody=SIGN_IN)),
    "mfa_download_recovery_codes": Row(get=everyone(HIDDEN, nobody=SIGN_IN)),
    "sessions": Row(get=OWN_ACCOUNT, post=everyone(DONE, nobody=SIGN_IN)),
    "mfa_reauthenticate_webauthn": Row(get=everyone(DONE, nobody=SIGN_IN)),
    "mfa_login_webauthn": Row(
        data=lambda _world: {"credential": "{}"},
        get=everyone(DONE, nobody=SIGN_IN),
        post=everyone(DONE, nobody=SIGN_IN),
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
    "set_language": Row(data=lambda _world: {"language": "zh-hans"}, post=everyone(DONE)),
    "service_worker": Row(get=everyone(OPEN)),
    "offline": Row(get=everyone(OPEN)),
    "manifest": Row(args=lambda _world: {"language": "en"}, get=everyone(OPEN)),
    "join": Row(args=invited, get=ENTRANCE),
    # Whoever did not just type their password is asked for it first.
    "close_account": Row(get=only(*PATIENTS, allowed=DONE), post=only(*PATIENTS, allowed=DONE)),
}
