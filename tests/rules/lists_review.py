from __future__ import annotations

from typing import TYPE_CHECKING

from portal.cases.models import Case
from portal.review.models import TreatmentTemplate
from portal.review.services import claim
from portal.review.treatments.services import keep_template
from tests import factories
from tests.rules.lists import ListPage
from tests.rules.roles import Actor

if TYPE_CHECKING:
    from tests.rules.roles import World


def visits(world: World) -> None:
    """One that waits, one with this doctor, one with a colleague, one signed."""
    colleague = factories.doctor(world.clinic)
    factories.sent_visit(factories.consenting_patient(world.clinic))
    for doctor in (world.doctor, colleague):
        visit = factories.sent_visit(factories.consenting_patient(world.clinic))
        claim(visit=visit, doctor=doctor)
    factories.report(factories.consenting_patient(world.clinic), by=world.doctor)


def reports(world: World) -> None:
    """Two, so that already the first look has something to compare."""
    for _ in range(2):
        factories.report(world.patient, by=world.doctor)


def template(world: World) -> None:
    number = TreatmentTemplate.objects.count()
    keep_template(clinic=world.clinic, template=None, name=f"Gel {number}", words="A gel.")


def case(world: World) -> dict:
    return {"case_id": Case.objects.get(patient=world.patient).public_id}


LISTS = {
    "review:queue": ListPage(Actor.DOCTOR, add=visits, ceiling=8),
    "review:statistics": ListPage(Actor.DOCTOR, add=visits, ceiling=8),
    "review:agreement": ListPage(Actor.DOCTOR, add=visits, ceiling=6),
    "review:templates": ListPage(Actor.DOCTOR, add=template, ceiling=6),
    "trends:mine": ListPage(Actor.PATIENT, add=reports, ceiling=13),
    "trends:case": ListPage(Actor.DOCTOR, add=reports, ceiling=13, args=case),
}
