from __future__ import annotations

from portal.cases.models import Case
from tests import factories, pictures
from tests.rules.lists import ListPage
from tests.rules.roles import Actor, World


def thread_of_another(world: World) -> object:
    return factories.letter(factories.consenting_patient(world.clinic))


def letter(world: World) -> object:
    return factories.letter(world.patient, pictures=[pictures.jpeg()])


LISTS = {
    "messages:inbox": ListPage(Actor.DOCTOR, add=thread_of_another, ceiling=6),
    "messages:mine": ListPage(Actor.PATIENT, add=letter, ceiling=16),
    "messages:thread": ListPage(
        Actor.DOCTOR,
        add=letter,
        ceiling=16,
        args=lambda world: {"case_id": Case.objects.get(patient=world.patient).public_id},
    ),
}
