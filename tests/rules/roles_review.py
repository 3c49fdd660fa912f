from __future__ import annotations

from typing import TYPE_CHECKING

from portal.review.services import claim
from tests import factories
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


def waiting(world: World) -> dict:
    return {"visit_id": factories.sent_visit(world.patient).public_id}


def claimed(world: World) -> dict:
    visit = factories.sent_visit(world.patient)
    claim(visit=visit, doctor=world.doctor)
    return {"visit_id": visit.public_id}


def signed(world: World) -> dict:
    return {"report_id": factories.report(world.patient, by=world.doctor).public_id}


def decision(_world: World) -> dict:
    return {"grade": "III", "assessment": "Some pustules."}


READERS = everyone(
    HIDDEN,
    nobody=SIGN_IN,
    patient=OPEN,
    doctor=OPEN,
    administrator=FORBIDDEN,
    operator=FORBIDDEN,
    administrator_elsewhere=FORBIDDEN,
)
ROWS = {
    "review:queue": Row(get=only(*DOCTORS)),
    "review:workstation": Row(args=claimed, get=only(Actor.DOCTOR)),
    "review:claim": Row(args=waiting, post=only(Actor.DOCTOR, allowed=DONE)),
    "review:draft": Row(args=claimed, data=decision, post=only(Actor.DOCTOR, allowed="204")),
    "review:release": Row(args=claimed, post=only(Actor.DOCTOR, allowed=DONE)),
    "review:sign": Row(args=claimed, data=decision, post=only(Actor.DOCTOR, allowed=DONE)),
    "review:ask_for_retake": Row(
        args=claimed,
        data=lambda _world: {"retake-views": ["front"], "retake-reason": "Too far away."},
        post=only(Actor.DOCTOR, allowed=DONE),
    ),
    "reports:pdf": Row(args=signed, get=READERS),
    "reports:report": Row(args=signed, get=READERS),
    "trends:mine": Row(get=only(*PATIENTS)),
    "trends:case": Row(
        args=lambda world: {"case_id": factories.visit(world.patient).case.public_id},
        get=only(Actor.DOCTOR),
    ),
}
