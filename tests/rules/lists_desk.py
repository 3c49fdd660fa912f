from __future__ import annotations

from typing import TYPE_CHECKING

from portal.consent.defaults import default_wordings
from portal.consent.models import ConsentKind
from portal.consent.services import publish, write_draft
from tests import factories
from tests.rules.lists import ListPage
from tests.rules.roles import Actor

if TYPE_CHECKING:
    from portal.analysis.models import Analysis
    from portal.consent.models import ConsentForm
    from tests.rules.roles import World


def version(world: World) -> ConsentForm:
    wordings = default_wordings(ConsentKind.RESEARCH).items()
    changed = {language: words._replace(changes="Clearer.") for language, words in wordings}
    return publish(
        form=write_draft(clinic=world.clinic, kind=ConsentKind.RESEARCH, wordings=changed)
    )


def failure(world: World) -> Analysis:
    patient = factories.consenting_patient(world.clinic)
    return factories.failed(factories.photo(factories.visit(patient)))


LISTS = {
    "desk:people": ListPage(
        Actor.ADMINISTRATOR, add=lambda world: factories.patient(world.clinic), ceiling=6
    ),
    "desk:invitations": ListPage(
        Actor.ADMINISTRATOR,
        add=lambda world: factories.invitation(world.people[Actor.ADMINISTRATOR]),
        ceiling=6,
    ),
    "desk:signatures": ListPage(
        Actor.ADMINISTRATOR,
        add=lambda world: factories.consenting_patient(world.clinic),
        args=lambda _world: {"kind": ConsentKind.PHOTOGRAPHY},
        ceiling=12,
    ),
    "desk:doubles": ListPage(
        Actor.ADMINISTRATOR,
        add=lambda world: factories.patient(world.clinic),
        args=lambda world: {"person_id": world.patient.public_id},
        ceiling=6,
    ),
    "desk:figures": ListPage(
        Actor.ADMINISTRATOR,
        add=lambda world: factories.report(
            factories.consenting_patient(world.clinic), world.doctor
        ),
        ceiling=9,
    ),
    "desk:forms": ListPage(Actor.ADMINISTRATOR, add=version, ceiling=12),
    "desk:analyses": ListPage(Actor.ADMINISTRATOR, add=failure, ceiling=7),
}
