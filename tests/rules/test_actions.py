"""Object by action: every action of the API has its row, and each clinic is closed to the other.

``test_roles.py`` opens what belongs to one clinic as everybody. Here its people meet what belongs
to the other one, by the same rows turned round: no rule holds for one clinic only.
"""

from __future__ import annotations

import re

import pytest
from django.db import transaction
from django.urls import resolve, reverse
from drf_spectacular.generators import SchemaGenerator

from tests.rules.roles import METHODS, Actor, Row, World, nothing
from tests.rules.test_roles import ROWS, open_as

pytestmark = pytest.mark.django_db

STRANGERS = (Actor.PATIENT_ELSEWHERE, Actor.DOCTOR_ELSEWHERE, Actor.ADMINISTRATOR_ELSEWHERE)
SOME_ID = "00000000-0000-4000-8000-000000000000"
APPS = sorted({name.split(":")[0] for name, row in ROWS.items() if row.args is not nothing})


def actions_of_the_api() -> set[tuple[str, str]]:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {(view_of(path), method) for path, methods in paths.items() for method in methods}


def view_of(path: str) -> str:
    filled = re.sub(r"\{[^}]*\}", SOME_ID, re.sub(r"\{kind\}", "research", path))
    return resolve(filled).view_name


def stated(row: Row) -> list[str]:
    return [method for method in METHODS if getattr(row, method) is not None]


def test_every_action_of_the_api_states_who_may_do_it():
    rows = {(name, method) for name, row in ROWS.items() for method in stated(row)}

    assert actions_of_the_api() - rows == set(), "add it to the row in tests/rules/roles_api.py"


def met_by_strangers(there: World, name: str, method: str, client) -> dict[Actor, str]:
    """What the first clinic's people meet at something that belongs to the other one."""
    row = ROWS[name]
    with transaction.atomic():
        path, data = reverse(name, kwargs=row.args(there)), row.data(there)
        met = {
            actor: open_as(there, actor, client, path, method=method, data=data)
            for actor in STRANGERS
        }
        transaction.set_rollback(True)
    return met


@pytest.mark.parametrize("app", APPS)
def test_what_is_the_other_clinics_is_as_closed_as_ones_own_is_to_it(app, client):
    there = World.create().mirrored()
    actions = [
        (name, method)
        for name, row in sorted(ROWS.items())
        if name.split(":")[0] == app and row.args is not nothing
        for method in stated(row)
    ]

    met = {action: met_by_strangers(there, *action, client) for action in actions}

    assert met == {
        (name, method): {actor: getattr(ROWS[name], method)[actor] for actor in STRANGERS}
        for name, method in actions
    }
