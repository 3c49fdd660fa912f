"""Every page in a real browser: what the policy allows is all that a page needs, and nothing else
runs, be it a file of this very site.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import DESK, session_of
from tests.rules.roles import OPEN, Actor, World
from tests.rules.test_roles import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route
    from pytest_django.live_server_helper import LiveServer

    from portal.accounts.models import User

pytestmark = [pytest.mark.browser, pytest.mark.slow]

READERS = (Actor.NOBODY, Actor.PATIENT, Actor.DOCTOR, Actor.ADMINISTRATOR)
REPORT = """
addEventListener("securitypolicyviolation", (event) =>
  violated(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""


class Watched:
    """A browser's page, and what its policy refused."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.refused: list[str] = []
        page.expose_function("violated", lambda said: self.refused.append(said))  # noqa: PLW0108 - of Python
        page.add_init_script(REPORT)
        page.on("pageerror", lambda error: self.refused.append(str(error)))

    def open(self, path: str) -> None:
        self.page.goto(self.address + path, wait_until="networkidle")


@contextmanager
def watching(browser: Browser, live_server: LiveServer, person: User | None) -> Iterator[Watched]:
    context = browser.new_context(viewport=DESK, locale="en-GB")
    if person:
        context.add_cookies([session_of(person, live_server.url)])
    yield Watched(context.new_page(), live_server.url)
    context.close()


@pytest.fixture(autouse=True)
def _in_a_loop(monkeypatch, live_server):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's driver runs a loop here
    cache.clear()


def is_page(path: str, person: User | None) -> bool:
    client = Client()
    if person:
        client.force_login(person)
    answer = client.get(path)
    is_shown = "Content-Disposition" not in answer
    answer.close()
    return is_shown and answer.get("Content-Type", "").startswith("text/html")


def reader_of(name: str) -> Actor | None:
    met = ROWS[name].get or {}
    return next((actor for actor in READERS if met.get(actor) == OPEN), None)


@pytest.mark.parametrize("role", READERS, ids=lambda actor: actor.value)
def test_the_policy_refuses_nothing_that_a_page_needs(role, browser, live_server):
    names = [name for name in sorted(ROWS) if reader_of(name) is role and "api:" not in name]
    assert len(names) > 1
    refused = {}
    for name in names:
        world = World.create()
        path, person = reverse(name, kwargs=ROWS[name].args(world)), world.people.get(role)
        if is_page(path, person):
            with watching(browser, live_server, person) as watched:
                watched.open(path)
            refused[name] = watched.refused

    assert len(refused) > 1
    assert {name: said for name, said in refused.items() if said} == {}


def test_the_operators_site_works_under_the_same_policy(browser, live_server):
    clinic = factories.clinic()
    doctor = factories.doctor(clinic)
    with watching(browser, live_server, factories.operator()) as watched:
        for path in (
            reverse("admin:index"),
            reverse("admin:accounts_user_changelist"),
            reverse("admin:accounts_user_change", args=[doctor.pk]),
            reverse("admin:accounts_clinic_change", args=[clinic.pk]),
            reverse("admin:accounts_clinic_history", args=[clinic.pk]),
            reverse("admin:accounts_clinic_add"),
        ):
            watched.open(path)
        watched.page.locator("[name=name]").press_sequentially("Skin by the Sea")
        slug = watched.page.locator("[name=slug]")
        expect(slug).to_have_value("skin-by-the-sea")  # its scripts run

    assert watched.refused == []


@pytest.mark.parametrize(
    "smuggled",
    [
        '<script>document.title = "Smuggled"</script>',
        '<script src="/static/js/print.js"></script>',
        '<img src="/nothing" onerror="document.title = \'Smuggled\'">',
    ],
)
def test_what_was_smuggled_into_a_page_does_not_run(smuggled, browser, live_server):
    def smuggle(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</main>", smuggled + "</main>"))

    with watching(browser, live_server, None) as watched:
        watched.page.route(live_server.url + reverse("home"), smuggle)
        watched.open(reverse("home"))
        title = watched.page.title()

    assert [said.split()[0] for said in watched.refused][:1] in (
        ["script-src-elem"],
        ["script-src-attr"],
    )
    assert "Smuggled" not in title
