from __future__ import annotations

import pkgutil
import time
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY as AUTHENTICATION_METHODS_USER_SESSION_KEY,
)
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.core.cache import cache
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import tests.rules
from portal.api import tokens
from tests.rules.nonces import assert_nonces
from tests.rules.roles import (
    ASKED,
    FORBIDDEN,
    HIDDEN,
    METHODS,
    SIGN_IN,
    UNKNOWN,
    Actor,
    Row,
    World,
    outcome_of,
)
from tests.rules.scoping import scoped_queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.accounts.models import User

pytestmark = pytest.mark.django_db


def stated_rows() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for module in pkgutil.iter_modules(tests.rules.__path__):
        if module.name.startswith("roles_"):
            stated = import_module(f"tests.rules.{module.name}").ROWS
            assert not rows.keys() & stated.keys(), "a URL is stated in one file only"
            rows |= stated
    return rows


def url_names(resolver: URLResolver, namespace: str = "") -> set[str]:
    names: set[str] = set()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            names.add(f"{namespace}{entry.name or entry.pattern}")
        else:
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            names |= url_names(entry, inner)
    return names


ROWS = stated_rows()
SITE = {name for name in url_names(get_resolver()) if not name.startswith("admin:")}
CASES = [
    (name, method)
    for name, row in sorted(ROWS.items())
    for method in METHODS
    if getattr(row, method) is not None
]


def open_as(
    world: World, actor: Actor, client, path: str, *, method: str = "get", data: dict | None = None
) -> str:
    with opened_as(world, actor, client, path, method=method, data=data) as response:
        return outcome_of(response)


@contextmanager
def opened_as(
    world: World, actor: Actor, client, path: str, *, method: str = "get", data: dict | None = None
) -> Iterator[Any]:
    """Open and undo, so that the next actor meets the same state and fresh rate limits."""
    cache.clear()
    with transaction.atomic():
        with scoped_queries():
            response = sent_as(world.people.get(actor), client, path, method, data)
            if response.streaming:
                list(response.streaming_content)  # to its end, where the file is closed
            assert_nonces(response)
        yield response
        transaction.set_rollback(True)
    client.cookies.clear()


def sent_as(person: User | None, client, path: str, method: str, data: dict | None) -> Any:
    if path.startswith("/api/"):
        return ask(person, client, path, method, data)
    if person:
        client.force_login(person)
    if person and method.startswith("shown_"):
        show_who_it_is(client, person)
    return getattr(client, method.removeprefix("shown_"))(path, data)


def show_who_it_is(client, person: User) -> None:
    """As if the password had just been typed once more."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "password", "reauthenticated": True, "at": time.time()}
    ]
    session[AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(person.pk)
    session.save()


def ask(person: User | None, client, path: str, method: str, data: dict | None) -> Any:
    """The API knows people by their device's token, not by a cookie, and speaks JSON."""
    headers = {}
    if person and person.role in tokens.HOLDERS:
        _device, key = tokens.issue(user=person, name="A phone")
        headers["Authorization"] = f"Bearer {key}"
    if method == "get":
        return client.get(path, headers=headers)
    send = getattr(client, method)
    return send(path, data, content_type="application/json", headers=headers)


@pytest.mark.parametrize(
    ("name", "method"), [(name, method) for name, method in CASES if method in ("get", "post")]
)
def test_who_is_asked_who_they_are_meets_something_stated_then(name, method):
    row = ROWS[name]
    is_asked = ASKED in getattr(row, method).values()
    assert is_asked == (getattr(row, f"shown_{method}") is not None)


@pytest.mark.parametrize(
    "name", sorted(name for name, row in ROWS.items() if row.post is None and "api" not in name)
)
def test_what_takes_a_form_states_who_may_send_it(name, client):
    world = World.create()
    path = reverse(name, kwargs=ROWS[name].args(world))

    met = {open_as(world, actor, client, path, method="post") for actor in Actor}

    assert met <= {"405", SIGN_IN, UNKNOWN, FORBIDDEN, HIDDEN}


def test_every_url_of_the_site_states_who_may_open_it():
    assert SITE - ROWS.keys() == set(), "add a row to tests/rules/roles_<app>.py"
    assert ROWS.keys() - SITE == set(), "no such URL any more"


@pytest.mark.parametrize(("name", "method"), CASES)
def test_a_url_opens_for_whom_the_table_says_and_for_nobody_else(name, method, client):
    row, world = ROWS[name], World.create()
    path, data = reverse(name, kwargs=row.args(world)), row.data(world)

    met = {actor: open_as(world, actor, client, path, method=method, data=data) for actor in Actor}

    assert met == getattr(row, method)


@pytest.mark.parametrize("name", sorted(name for name, row in ROWS.items() if row.get is None))
def test_what_changes_something_cannot_be_opened_by_following_a_link(name, client):
    world = World.create()
    path = reverse(name, kwargs=ROWS[name].args(world))

    met = {open_as(world, actor, client, path) for actor in Actor}

    assert met <= {"405", SIGN_IN, UNKNOWN, FORBIDDEN, HIDDEN}
