from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import tests.rules
from tests.rules.roles import World

if TYPE_CHECKING:
    from tests.rules.lists import ListPage

pytestmark = pytest.mark.django_db


def stated_lists() -> dict[str, ListPage]:
    lists: dict[str, ListPage] = {}
    for module in pkgutil.iter_modules(tests.rules.__path__):
        if module.name.startswith("lists_"):
            lists |= import_module(f"tests.rules.{module.name}").LISTS
    return lists


LISTS = stated_lists()


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_list_takes_no_query_per_row(name, client):
    page, world = LISTS[name], World.create()
    client.force_login(world.people[page.actor])

    def queries_of_one_look() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = client.get(reverse(name, kwargs=page.args(world)))
        assert response.status_code == 200
        return len(queries)

    page.add(world)
    queries_of_one_look()  # what is cached once for all is not the rows' fault
    with_one = queries_of_one_look()
    for _ in range(3):
        page.add(world)

    assert queries_of_one_look() == with_one
    assert with_one <= page.ceiling
