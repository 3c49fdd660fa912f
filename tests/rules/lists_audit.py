from __future__ import annotations

from typing import TYPE_CHECKING

from portal.audit.models import Action
from portal.audit.services import record
from tests import factories
from tests.rules.lists import ListPage
from tests.rules.roles import Actor

if TYPE_CHECKING:
    from tests.rules.roles import World


def look(world: World) -> None:
    doctor = factories.doctor(world.clinic)
    record(Action.PHOTO_READ, doctor, of=world.patient, by=doctor)


LISTS = {
    "audit:log": ListPage(Actor.ADMINISTRATOR, add=look, ceiling=7),
    "audit:looks": ListPage(Actor.PATIENT, add=look, ceiling=8),
}
