from __future__ import annotations

from typing import TYPE_CHECKING

from portal.consent.services import close_account
from portal.rights.exporting import ask_for_export, make_waiting
from portal.rights.tokens import token_of
from tests.rules.roles import DONE, OPEN, PATIENTS, Actor, Row, everyone, only

if TYPE_CHECKING:
    from tests.rules.roles import World


def made(world: World) -> dict:
    export = ask_for_export(patient=world.patient, language="en")
    make_waiting()
    return {"export_id": export.public_id}


def closed(world: World) -> dict:
    """Of another patient: who closed their account is nobody any more."""
    asked = close_account(patient=world.people[Actor.OTHER_PATIENT])
    return {"token": token_of(asked.public_id)}


# Whoever did not just type their password is asked for it first.
ROWS = {
    "rights:copies": Row(get=only(*PATIENTS, allowed=DONE), post=only(*PATIENTS, allowed=DONE)),
    "rights:download": Row(args=made, get=only(*PATIENTS, allowed=DONE)),
    # The link of the mail is the key: whoever holds it may look, and stop it.
    "rights:erasure": Row(
        args=closed,
        data=lambda _world: {"decision": "stop"},
        get=everyone(OPEN),
        post=everyone(OPEN),
    ),
}
