from __future__ import annotations

from typing import TYPE_CHECKING

from portal.consent.services import withdraw
from tests import factories
from tests.rules.lists import ListPage
from tests.rules.roles import Actor

if TYPE_CHECKING:
    from tests.rules.roles import World


def signed_again(world: World) -> None:
    withdraw(signature=factories.sign_consent(world.patient))
    factories.sign_consent(world.patient)


LISTS = {"consent:list": ListPage(Actor.PATIENT, add=signed_again, ceiling=10)}
