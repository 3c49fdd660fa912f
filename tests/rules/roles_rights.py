from __future__ import annotations

from typing import TYPE_CHECKING

from portal.consent.services import close_account
from portal.rights.exporting import ask_for_export, make_waiting
from portal.rights.tokens import token_of
from tests.rules.roles import ASKED, DONE, OPEN, PATIENTS, Actor, Row, everyone, only

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
WHO = only(*PATIENTS, allowed=ASKED)

ROWS = {
    "rights:copies": Row(
        get=WHO,
        post=WHO,
        shown_get=only(*PATIENTS),
        shown_post=only(*PATIENTS, allowed=DONE),
    ),
    "rights:download": Row(
        args=made,
        get=WHO,
        post=WHO,
        shown_get=only(Actor.PATIENT),
        shown_post=only(*PATIENTS, allowed="405"),
    ),
    # The link of the mail is the key: whoever holds it may look, and stop it.
    "rights:erasure": Row(
        args=closed,
        data=lambda _world: {"decision": "stop"},
        get=everyone(OPEN),
        post=everyone(OPEN),
    ),
}
