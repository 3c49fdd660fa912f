"""A doctor's first sign-in: the app is set up, the codes are kept, and next time it is asked."""

from __future__ import annotations

import re
import time

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.shortcuts import resolve_url
from playwright.sync_api import expect

from tests import factories
from tests.browser.axe import assert_accessible
from tests.browser.conftest import DESK, OVERFLOW, PHONE, hold_keys, session_of

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


def test_who_it_is_is_shown_once_more_by_a_passkey(browser, live_server):
    administrator = factories.administrator(factories.clinic())
    patient = factories.patient(administrator.clinic)
    page = browser.new_context(locale="en-GB", service_workers="block").new_page()
    page.context.add_cookies([session_of(administrator, live_server.url)])
    hold_keys(page)
    page.goto(live_server.url + resolve_url("mfa_add_webauthn"))
    page.locator("[name=password]").fill(factories.PASSWORD)
    page.locator("main form button").first.click()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("Your passkey is ready")).to_be_visible()

    sign_in_long_ago(page)
    asked_for = live_server.url + resolve_url("desk:erase", patient.public_id)
    page.goto(asked_for)
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    check(page)
    page.get_by_role("link", name="passkey").click()
    check(page)
    page.get_by_role("button", name="Use my passkey").click()
    expect(page).to_have_url(asked_for)
    page.context.close()


def sign_in_long_ago(page) -> None:
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    session = SessionStore(cookies[settings.SESSION_COOKIE_NAME])
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= 24 * 60 * 60
    session.save()
