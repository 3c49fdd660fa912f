from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from tests import factories, pictures
from tests.rules.roles import (
    DOCTORS,
    DONE,
    FORBIDDEN,
    HIDDEN,
    OPEN,
    PATIENTS,
    SIGN_IN,
    Actor,
    Row,
    everyone,
    only,
)

if TYPE_CHECKING:
    from tests.rules.roles import World


def thread(world: World) -> dict:
    return {"case_id": factories.letter(world.patient).case.public_id}


def picture(world: World) -> dict:
    letter = factories.letter(world.patient, pictures=[pictures.jpeg()])
    return {"attachment_id": letter.attachments.get().public_id}


def words(_world: World) -> dict:
    return {"text": "Good morning.", "key": uuid.uuid4()}


ROWS = {
    "messages:mine": Row(data=words, get=only(*PATIENTS), post=only(*PATIENTS, allowed=DONE)),
    "messages:inbox": Row(get=only(*DOCTORS)),
    "messages:thread": Row(
        args=thread,
        data=words,
        get=only(Actor.DOCTOR),
        post=only(Actor.DOCTOR, allowed=DONE),
    ),
    "messages:attachment": Row(
        args=picture,
        get=everyone(
            HIDDEN,
            nobody=SIGN_IN,
            patient=OPEN,
            doctor=OPEN,
            administrator=FORBIDDEN,
            operator=FORBIDDEN,
            administrator_elsewhere=FORBIDDEN,
        ),
    ),
}
