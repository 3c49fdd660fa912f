"""What is kept of an erased patient is sealed: no page and no API says who it was.

Every address of the role table that can be opened is, with whatever it shows of a patient, as the
clinic's doctor and administrator, each having just shown who they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.urls import reverse

from portal.api import tokens
from portal.cases.models import Case
from portal.consent.models import ConsentKind
from portal.reports.models import Report
from tests import factories
from tests.portal.desk.test_people import confirm
from tests.portal.rights.test_erasure import erased
from tests.rules.roles import Actor, World, nothing
from tests.rules.test_roles import stated_rows

if TYPE_CHECKING:
    from portal.accounts.models import User

pytestmark = pytest.mark.django_db
NAME, ADDRESS = "Ada Sealed-Example", "ada@sealed.example"
ROWS = {name: row for name, row in stated_rows().items() if row.get is not None}


OF_NOTHING = [name for name, row in ROWS.items() if row.args is nothing]
MAKE_THE_REPORTS = ("api:lesions_of_case",)  # those of which it looks for the one pair


@pytest.fixture
def world() -> World:
    made = World.create()
    patient = factories.consenting_patient(made.clinic, full_name=NAME, email=ADDRESS)
    return replace(made, patient=patient, people={**made.people, Actor.PATIENT: patient})


def give_something_to_keep(world: World) -> None:
    factories.report(world.patient, by=world.doctor)
    factories.letter(world.patient, f"It is {NAME}.")


def says_who(client, person: User, path: str) -> bool:
    cache.clear()
    if path.startswith("/api/"):
        headers = {}
        if person.role in tokens.HOLDERS:
            _device, key = tokens.issue(user=person, name="A phone")
            headers["Authorization"] = f"Bearer {key}"
        answer = client.get(path, headers=headers)
    else:
        client.force_login(person)
        confirm(client)
        answer = client.get(path)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return any(word in body.decode(errors="replace") for word in (NAME, "Sealed-Example", ADDRESS))


def assert_silent(client, world: World, *paths: str) -> None:
    erased(world.patient)
    assert Report.objects.filter(visit__case__patient=world.patient).exists(), "else nothing is met"
    for actor in (Actor.DOCTOR, Actor.ADMINISTRATOR):
        told = [path for path in paths if says_who(client, world.people[actor], path)]
        assert told == [], actor


def test_no_page_of_the_clinic_says_who_a_sealed_record_is_of(client, world):
    give_something_to_keep(world)

    assert_silent(client, world, *(reverse(name) for name in OF_NOTHING))


@pytest.mark.parametrize("name", sorted(ROWS.keys() - OF_NOTHING))
def test_no_page_of_one_thing_says_who_a_sealed_record_is_of(name, client, world):
    if name not in MAKE_THE_REPORTS:
        give_something_to_keep(world)
    if not name.startswith("consent:"):  # these look for the one signature
        factories.sign_consent(world.patient, ConsentKind.RESEARCH)
    path = reverse(name, kwargs=ROWS[name].args(world))

    assert_silent(client, world, path)


def test_before_the_erasure_they_say_it(client, world):
    """Else the search above would find nothing whatever was shown."""
    give_something_to_keep(world)
    doctor, administrator = (world.people[one] for one in (Actor.DOCTOR, Actor.ADMINISTRATOR))
    case = Case.objects.get(patient=world.patient)
    report = Report.objects.get(visit__case=case)

    for person, path in (
        (administrator, reverse("desk:people")),
        (administrator, reverse("desk:export_signatures", args=["photography"])),
        (doctor, reverse("reports:report", args=[report.public_id])),
        (doctor, reverse("messages:thread", args=[case.public_id])),
    ):
        assert says_who(client, person, path), path
