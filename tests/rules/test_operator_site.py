"""Django's own admin is one group in the role table: the operator's, and without any patient data
beyond accounts and signatures.
"""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, get_resolver, reverse

from tests.rules.roles import DONE, FORBIDDEN, OPEN, SIGN_IN, Actor, World, everyone
from tests.rules.test_roles import open_as, url_names

pytestmark = pytest.mark.django_db

ARGUMENTS: tuple[dict, ...] = (
    {},
    {"object_id": "1"},
    {"app_label": "accounts"},
    {"content_type_id": 1, "object_id": "1"},
)
OPEN_TO_ALL = {"admin:login", "admin:jsi18n"}  # the sign-in, and the words of its scripts
NAMELESS = ("accounts/user/1/", "anything/")


def address(name: str) -> str:
    for arguments in ARGUMENTS:
        try:
            return reverse(name, kwargs=arguments)
        except NoReverseMatch:
            continue
    raise AssertionError(f"no address known for {name}")


NAMES = sorted(
    name
    for name in url_names(get_resolver())
    if name.startswith("admin:") and not name.endswith(("/", "$"))
)
PAGES = [address(name) for name in NAMES if name not in OPEN_TO_ALL] + [
    reverse("admin:index") + rest for rest in NAMELESS
]


@pytest.mark.parametrize("path", PAGES)
def test_only_the_operator_opens_the_operator_site(path, client):
    world = World.create()

    for actor in set(Actor) - {Actor.OPERATOR}:
        assert open_as(world, actor, client, path) == DONE, actor


def test_the_operator_signs_in_like_everybody_else(client):
    world = World.create()

    met = {actor: open_as(world, actor, client, reverse("admin:login")) for actor in Actor}

    assert met == everyone(FORBIDDEN, nobody=SIGN_IN, operator=DONE)
    assert open_as(world, Actor.OPERATOR, client, reverse("admin:index")) == OPEN


def test_clinics_accounts_and_forms_are_registered_and_nothing_else():
    """No picture, no finding, and nothing that would let somebody become somebody else."""
    registered = {model._meta.label for model in admin.site._registry}

    assert registered == {"accounts.Clinic", "accounts.User", "consent.ConsentForm"}
