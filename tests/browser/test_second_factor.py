"""A doctor's first sign-in: the app is set up, the codes are kept, and next time it is asked."""

from __future__ import annotations

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.shortcuts import resolve_url
from playwright.sync_api import expect

from tests import factories
from tests.browser.axe import assert_accessible
from tests.browser.conftest import DESK, OVERFLOW, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def check(page) -> None:
    for screen in (PHONE, DESK):
        page.set_viewport_size(screen)
        assert page.evaluate(OVERFLOW) <= 0
        assert_accessible(page)


def sign_in(page, address, doctor) -> None:
    page.goto(address + resolve_url("account_login"))
    page.locator("[name=login]").fill(doctor.email)
    page.locator("[name=password]").fill(factories.PASSWORD)
    page.locator("main form button").first.click()


def digits_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def test_a_doctor_sets_up_an_app_and_signs_in_with_it(browser, live_server):
    doctor = factories.doctor(factories.clinic(), has_second_factor=False)
    page = browser.new_context(locale="en-GB", service_workers="block").new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    sign_in(page, live_server.url, doctor)
    expect(page.get_by_text("One thing before you go on")).to_be_visible()
    check(page)

    page.get_by_role("link", name="Set up an app").click()
    check(page)
    secret = re.sub(r"\s", "", page.locator(".spaced-key").inner_text())
    page.locator("[name=code]").fill(digits_for(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    check(page)
    code = page.locator(".recovery-codes code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    expect(page).to_have_url(live_server.url + resolve_url("review:queue"))

    page.goto(live_server.url + resolve_url("sessions"))
    check(page)
    page.locator(".menu summary").last.click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    sign_in(page, live_server.url, doctor)
    expect(page.get_by_role("heading", name="The second step")).to_be_visible()
    check(page)
    page.locator("[name=code]").fill(code)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(live_server.url + resolve_url("review:queue"))
    assert complaints == []
    page.context.close()
