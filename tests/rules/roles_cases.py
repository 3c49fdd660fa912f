from __future__ import annotations

from typing import TYPE_CHECKING

from portal.cases.models import View
from portal.cases.resumable import begin_upload
from portal.cases.services import submit
from tests import factories
from tests.rules.roles import (
    DONE,
    FORBIDDEN,
    HIDDEN,
    OPEN,
    PATIENTS,
    REFUSED,
    SIGN_IN,
    Actor,
    Row,
    everyone,
    only,
)

if TYPE_CHECKING:
    from tests.rules.roles import World


def draft(world: World) -> dict:
    return {"visit_id": factories.visit(world.patient).public_id}


def draft_with_photo(world: World) -> dict:
    visit = factories.visit(world.patient)
    factories.photo(visit)
    return {"visit_id": visit.public_id}


def photo_in_draft(world: World) -> dict:
    return {"photo_id": factories.photo(factories.visit(world.patient)).public_id}


def upload_under_way(world: World) -> dict:
    visit = factories.visit(world.patient)
    upload = begin_upload(visit=visit, view=View.FRONT, byte_size=9, sha256="0" * 64)
    return {"upload_id": upload.public_id}


def photo_sent(world: World) -> dict:
    visit = factories.visit(world.patient)
    photo = factories.photo(visit)
    factories.read(photo)
    submit(visit=visit)
    return {"photo_id": photo.public_id}


PROBE = Row(get=everyone(OPEN))

ROWS = {
    "healthz": PROBE,
    # No worker beats in this test; what counts is that nobody is asked who they are.
    "readyz": Row(get=everyone("503")),
    "cases:home": Row(get=only(*PATIENTS)),
    "cases:open_visit": Row(post=only(*PATIENTS, allowed=DONE)),
    "cases:visit": Row(args=draft, get=only(Actor.PATIENT)),
    "cases:capture": Row(args=draft, get=only(Actor.PATIENT)),
    # Without a file the owner gets the page again, with the message.
    "cases:upload": Row(
        args=draft,
        data=lambda _world: {"view": "front"},
        post=only(Actor.PATIENT, allowed="422"),
    ),
    "cases:begin_upload": Row(
        args=draft,
        data=lambda _world: {"view": "front", "byte_size": 9, "sha256": "0" * 64},
        post=only(Actor.PATIENT, allowed="201"),
    ),
    # A piece is bytes from a place on; tests/portal/cases/test_resumable.py sends some.
    "cases:upload_piece": Row(
        args=upload_under_way,
        get=only(Actor.PATIENT, allowed="204"),
        patch=only(Actor.PATIENT, allowed=REFUSED),
    ),
    "cases:questions": Row(
        args=draft,
        data=lambda _world: {"since": "years"},
        get=only(Actor.PATIENT),
        post=only(Actor.PATIENT, allowed=DONE),
    ),
    "cases:save_answers": Row(
        args=draft,
        data=lambda _world: {"since": "years"},
        post=only(Actor.PATIENT, allowed="204"),
    ),
    "cases:check": Row(args=draft, get=only(Actor.PATIENT)),
    "cases:submit": Row(args=draft_with_photo, post=only(Actor.PATIENT, allowed=DONE)),
    "cases:photo_status": Row(args=photo_in_draft, get=only(Actor.PATIENT)),
    "cases:remove_photo": Row(args=photo_in_draft, post=only(Actor.PATIENT, allowed=DONE)),
    "cases:photo_image": Row(
        args=photo_sent,
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
