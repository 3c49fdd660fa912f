"""Whatever shows a report or where a visit's lesions lie has written down that somebody looked."""

from __future__ import annotations

import re
from functools import partial

import pytest
from django.db import transaction
from django.urls import reverse

from portal.audit.models import READS, Entry
from tests import factories
from tests.rules.roles import Actor, World
from tests.rules.test_roles import CASES, ROWS, opened_as

pytestmark = pytest.mark.django_db

ASSESSED = "Only in a report."
FOUND = 0.7
# What only a report says, and where each lesion lies, as no other number of a page is.
SIGNS = re.compile(rf"{ASSESSED}|\b(?:100|140|180|220)\.7\b")
WHO_LOOKS = (Actor.PATIENT, Actor.DOCTOR, Actor.ADMINISTRATOR)
# What the workstation asks while one works: it answers only whoever has taken the visit, which is
# written down.
WHILE_AT_WORK = {"review:regrade"}
APPS = sorted({name.split(":")[0] for name, _method in CASES})


@pytest.fixture(autouse=True)
def _signs(monkeypatch):
    """Every report of these tests says this, and every lesion lies there."""
    lesion, report = factories.found_lesion, factories.report
    monkeypatch.setattr(
        factories, "found_lesion", lambda kind, place, *more: lesion(kind, place + FOUND, *more)
    )
    monkeypatch.setattr(factories, "report", partial(report, assessment=ASSESSED))


def unlogged(world: World, name: str, method: str, client) -> list[str]:
    """Who is shown something though nobody wrote that down; sent is what the row states, or an
    empty form.
    """
    row = ROWS[name]
    with transaction.atomic():
        path, stated = reverse(name, kwargs=row.args(world)), row.data(world)
        tries = [(actor, data) for actor in WHO_LOOKS for data in (stated, {})]
        met = [
            f"{method} {name} as {actor}, {'as stated' if data is stated else 'empty'}"
            for actor, data in tries
            if shows_unlogged(world, actor, client, path, method=method, data=data)
        ]
        transaction.set_rollback(True)
    return met


def shows_unlogged(world: World, actor: Actor, client, path: str, **sent) -> bool:
    looks = Entry.objects.filter(action__in=READS, actor=world.people[actor].public_id)
    before = looks.count()
    with opened_as(world, actor, client, path, **sent) as response:
        shown = "" if response.streaming else response.content.decode(errors="replace")
        return bool(SIGNS.search(shown)) and looks.count() == before


@pytest.mark.parametrize("app", APPS)
def test_what_shows_a_report_or_findings_has_recorded_a_look(app, client):
    world = World.create()
    factories.report(world.patient, by=world.doctor)
    actions = [case for case in CASES if case[0].split(":")[0] == app]

    met = [
        one
        for name, method in actions
        if name not in WHILE_AT_WORK
        for one in unlogged(world, name, method, client)
    ]

    assert met == []
