"""A page asked for without a connection says what to do, and nothing private is kept for it."""

from __future__ import annotations

import pytest
from django.shortcuts import resolve_url
from playwright.sync_api import expect

from tests import factories
from tests.browser.axe import assert_accessible
from tests.browser.conftest import PHONE, session_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KEPT = """async () => {
  const names = await caches.keys();
  const opened = await Promise.all(names.map((name) => caches.open(name)));
  const requests = (await Promise.all(opened.map((cache) => cache.keys()))).flat();
  return requests.map((request) => new URL(request.url).pathname);
}"""
READY = "async () => { await navigator.serviceWorker.ready; }"


@pytest.fixture
def phone(browser, live_server, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's driver runs a loop here
    patient = factories.consenting_patient(factories.clinic())
    context = browser.new_context(viewport=PHONE, locale="en-GB")
    context.add_cookies([session_of(patient, live_server.url)])
    yield context.new_page()
    context.close()


def test_without_a_connection_a_page_says_what_to_do(phone, live_server):
    home = live_server.url + resolve_url("cases:home")
    phone.goto(home)
    phone.evaluate(READY)
    kept = phone.evaluate(KEPT)
    assert resolve_url("offline") in kept
    assert all(path == resolve_url("offline") or path.startswith("/static/css/") for path in kept)

    phone.context.set_offline(True)
    phone.goto(live_server.url + resolve_url("trends:mine"))
    expect(phone.get_by_role("heading", name="No connection")).to_be_visible()
    expect(phone.locator("[lang=zh-hans] h2")).to_be_visible()
    assert_accessible(phone)

    phone.context.set_offline(False)
    phone.get_by_role("link", name="Try again").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("My skin over time")
    assert phone.evaluate(KEPT) == kept
