from __future__ import annotations

from typing import TYPE_CHECKING

from tests import factories
from tests.rules.roles import REFUSED, Actor, Row, only
from tests.rules.roles_review import claimed

if TYPE_CHECKING:
    from tests.rules.roles import World


def photo(world: World) -> dict:
    return {"photo_id": factories.sent_visit(world.patient).photos.get().public_id}


# A form is not the JSON that the page sends: who may correct gets as far as hearing that.
CORRECTING = Row(args=claimed, post=only(Actor.DOCTOR, allowed=REFUSED))
ROWS = {
    "review:record_correction": CORRECTING,
    "review:undo_correction": CORRECTING,
    "review:redo_correction": CORRECTING,
    "review:regrade": Row(args=claimed, get=only(Actor.DOCTOR)),
    "review:heatmap": Row(args=photo, get=only(Actor.DOCTOR)),
}
