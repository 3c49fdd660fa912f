from __future__ import annotations

from typing import TYPE_CHECKING

from portal.review.services import claim, sign
from portal.review.treatments.services import keep_template
from portal.trends.models import VisitMatching
from portal.trends.services import match_waiting
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


def template(world: World) -> dict:
    made = keep_template(clinic=world.clinic, template=None, name="Gel", words="A gel.")
    return {"template_id": made.public_id}


def disagreed(world: World) -> dict:
    """Read by the doctor and, otherwise, by a colleague."""
    factories.set_rules(world.clinic, second_reading_percent=100)
    visit = factories.sent_visit(world.patient)
    for reader, grade in ((world.doctor, "III"), (factories.doctor(world.clinic), "II")):
        review = claim(visit=visit, doctor=reader)
        sign(review=review, grade=grade, assessment="Spots.", override_reason="Seen so.")
    return {"visit_id": visit.public_id}


def signed(world: World) -> dict:
    return {"report_id": factories.report(world.patient, by=world.doctor).public_id}


def matched(world: World) -> dict:
    """Two signed visits whose lesions the worker has followed."""
    for _ in range(2):
        factories.report(world.patient, by=world.doctor)
    match_waiting()
    return {"matching_id": VisitMatching.objects.latest("pk").pk}


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
    "review:search": Row(data=lambda _world: {"q": "Ada"}, post=only(*DOCTORS, allowed=DONE)),
    # Whom it does not know, and another clinic's visits, are not assigned: nothing happens.
    "review:agreement": Row(get=only(*DOCTORS)),
    "review:statistics": Row(get=only(*DOCTORS)),
    "review:following": Row(get=only(*DOCTORS)),
    "review:templates": Row(get=only(*DOCTORS)),
    "review:add_template": Row(
        data=lambda _world: {"name": "Gel", "words": "A gel, once a day."},
        get=only(*DOCTORS),
        post=only(*DOCTORS, allowed=DONE),
    ),
    "review:template": Row(
        args=template,
        data=lambda _world: {"name": ""},
        get=only(Actor.DOCTOR),
        post=only(Actor.DOCTOR, allowed="422"),
    ),
    "review:drop_template": Row(args=template, post=only(Actor.DOCTOR, allowed=DONE)),
    # Open to the two who disagree; who did not read the visit does not see it.
    "review:consensus": Row(
        args=disagreed,
        data=lambda _world: {"note": ""},
        get=only(Actor.DOCTOR),
        post=only(Actor.DOCTOR, allowed="422"),
    ),
    "review:assign": Row(
        data=lambda world: {"visits": [str(waiting(world)["visit_id"])]},
        post=only(*DOCTORS, allowed=DONE),
    ),
    "review:keep_filter": Row(
        data=lambda _world: {"name": "Late", "query": "late=on"},
        post=only(*DOCTORS, allowed=DONE),
    ),
    "review:drop_filter": Row(
        data=lambda _world: {"name": "Late"}, post=only(*DOCTORS, allowed=DONE)
    ),
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
    "reports:fhir": Row(args=signed, get=READERS),
    "reports:addendum": Row(
        args=signed,
        data=lambda _world: {"words": "Also this."},
        post=only(Actor.DOCTOR, allowed=DONE),
    ),
    "reports:report": Row(args=signed, get=READERS),
    "trends:mine": Row(get=only(*PATIENTS)),
    "trends:case": Row(
        args=lambda world: {"case_id": factories.visit(world.patient).case.public_id},
        get=only(Actor.DOCTOR),
    ),
    "trends:correct_match": Row(
        args=matched,
        data=lambda _world: {"are_one": "no"},
        post=only(Actor.DOCTOR, allowed=DONE),
    ),
}
