"""The desk on a telephone: what is set there can be seen there."""

from __future__ import annotations

import re

import pytest
from django.shortcuts import resolve_url
from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import DESK, PHONE, session_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_limit_of_the_picture_check_is_in_sight_on_a_telephone(browser, live_server):
    administrator = factories.administrator(factories.clinic())
    page = browser.new_context(locale="en-GB", viewport=PHONE, service_workers="block").new_page()
    page.context.add_cookies([session_of(administrator, live_server.url)])
    page.goto(live_server.url + resolve_url("desk:quality"))

    fields = page.locator("main input[type=number]")
    expect(fields.first).to_be_visible()
    for field in fields.all():
        box = field.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        expect(field).to_have_accessible_description(re.compile(r"^Default .+, from .+ to .+\.$"))
    page.context.close()


def test_two_accounts_of_one_patient_stand_side_by_side(browser, live_server):
    clinic = factories.clinic()
    kept = factories.patient(clinic, email="a.rather.long.address.of.one@patient.example")
    double = factories.patient(clinic, email="a.rather.long.address.of.two@patient.example")
    page = browser.new_context(viewport=DESK, service_workers="block").new_page()
    page.context.add_cookies([session_of(factories.administrator(clinic), live_server.url)])
    page.goto(live_server.url + resolve_url("desk:merge", kept.public_id, double.public_id))
    page.locator("[name=password]").fill(factories.PASSWORD)  # who it is, before two become one
    page.locator("main form button").first.click()

    cards = page.locator(".grid > .card")
    expect(cards).to_have_count(2)
    for card in cards.all():
        assert card.evaluate("card => card.scrollWidth - card.clientWidth") == 0
    page.context.close()


def test_a_colleague_is_added_once_it_is_shown_who_does_it(browser, live_server):
    administrator = factories.administrator(factories.clinic())
    page = browser.new_context(viewport=DESK, service_workers="block").new_page()
    page.context.add_cookies([session_of(administrator, live_server.url)])
    page.goto(live_server.url + resolve_url("desk:add_colleague"))
    page.locator("[name=password]").fill(factories.PASSWORD)
    page.locator("main form button").first.click()

    page.locator("[name=full_name]").fill("Sam New")
    page.locator("[name=email]").fill("sam@clinic.example")
    page.locator("main form button").last.click()

    expect(page.get_by_role("link", name="Sam New")).to_be_visible()
    page.context.close()
