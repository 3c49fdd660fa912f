"""A patient's account and consent in the browser: arriving, coming back, agreeing, leaving."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.shortcuts import resolve_url
from playwright.sync_api import expect

from portal.accounts.models import User
from portal.analysis.models import Analysis, AnalysisStatus
from portal.cases.models import VisitStatus
from portal.consent.models import ConsentKind, ConsentSignature, ErasureRequest
from tests import factories
from tests.portal.consent.versions import next_version

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NEW_PASSWORD = "another long sentence of mine"


@pytest.fixture(autouse=True)
def _fresh_rate_limits():
    cache.clear()


def sign_in(page, address: str, password: str) -> None:
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()


def link_in(letter) -> str:
    found = re.search(r"https?://\S+", str(letter.body))
    assert found
    return found[0]


def test_a_stranger_registers_where_the_clinic_is_open_to_all(phone, at):
    phone.context.clear_cookies()
    clinic = factories.clinic(open_registration=True)
    at("home")
    phone.get_by_role("link", name="Register as a patient").click()
    phone.get_by_label("Full name").fill("Ada Example")
    phone.get_by_label("Date of birth").fill("1990-06-15")
    phone.get_by_label("E-mail address").fill("ada@patient.example")
    phone.get_by_label("Password").fill(factories.PASSWORD)
    phone.get_by_role("button", name="Register").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    assert User.objects.get(email="ada@patient.example").clinic == clinic


def test_who_forgot_the_password_chooses_another(phone, at, patient):
    phone.context.clear_cookies()
    at("account_login")
    phone.get_by_role("link", name="Forgot your password?").click()
    phone.get_by_label("E-mail address").fill(patient.email)
    phone.get_by_role("button", name="Send the link").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    [letter] = mail.outbox
    phone.goto(link_in(letter))
    for field in ("password1", "password2"):
        phone.locator(f"[name={field}]").fill(NEW_PASSWORD)
    phone.get_by_role("button", name="Save the new password").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your new password is saved")
    at("account_login")
    sign_in(phone, patient.email, NEW_PASSWORD)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your visits")
    phone.context.clear_cookies()
    phone.goto(link_in(letter))
    expect(phone.get_by_text("used before or is too old")).to_be_visible()


def test_the_language_is_switched_anywhere_without_leaving_the_page(phone, at, patient):
    visit = factories.visit(patient)
    at("cases:questions", visit.public_id)
    page = phone.url
    phone.get_by_role("button", name="中文").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("几个问题")
    assert phone.url == page
    patient.refresh_from_db()
    assert patient.language == "zh-hans"
    phone.get_by_role("button", name="English").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("A few questions")


def test_who_closes_the_account_is_out_at_once(phone, at, patient):
    factories.photo(factories.visit(patient))
    phone.context.clear_cookies()
    at("account_login")
    sign_in(phone, patient.email, factories.PASSWORD)
    phone.locator("summary", has_text="Account menu").click()
    phone.get_by_role("link", name="Close my account").click()
    phone.get_by_label("Password").fill(factories.PASSWORD)
    phone.get_by_role("button", name="Go on").click()
    expect(phone.get_by_role("heading", name="What happens after 7 days")).to_be_visible()
    phone.get_by_role("button", name="Close my account").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your account is closed")
    at("cases:home")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Sign in")
    sign_in(phone, patient.email, factories.PASSWORD)
    expect(phone.get_by_role("heading", level=1)).not_to_have_text("Your visits")
    assert ErasureRequest.objects.get().patient == patient
    assert Analysis.objects.get().status == AnalysisStatus.CANCELLED


def test_a_new_version_says_what_changed_and_is_signed_again(phone, at, patient):
    old = patient.consent_signatures.get()
    next_version(patient.clinic, ConsentKind.PHOTOGRAPHY, changes="Pictures are kept for a year.")
    at("cases:home")
    phone.get_by_role("link", name="Read and sign").click()
    expect(phone.get_by_text("New version to read")).to_be_visible()
    form = phone.get_by_role("region", name="A clearer title").first
    form.get_by_role("link", name="Read and decide").click()
    changes = phone.get_by_role("region", name="What changed since you signed")
    expect(changes).to_contain_text("Pictures are kept for a year.")
    phone.get_by_label("Type your full name to sign").fill(patient.full_name)
    phone.get_by_role("button", name="I agree and sign").click()
    expect(phone.get_by_text("Signed", exact=True)).to_be_visible()
    signed = ConsentSignature.objects.in_force().exclude(pk=old.pk).get()
    assert signed.form.version == old.form.version + 1
    at("consent:form", ConsentKind.PHOTOGRAPHY)
    expect(phone.get_by_text("You signed this on")).to_be_visible()


def test_withdrawing_tells_what_happens_and_stops_what_waits(phone, at, patient):
    visit = factories.visit(patient)
    photo = factories.photo(visit)
    at("consent:list")
    phone.get_by_role("main").get_by_role("link", name="Withdraw").click()
    expect(phone.get_by_text("Visits without a signed report are closed")).to_be_visible()
    assert Analysis.objects.get(photo=photo).status == AnalysisStatus.QUEUED
    phone.get_by_role("button", name="Withdraw my consent").click()
    expect(phone.get_by_text("Your consent is withdrawn.")).to_be_visible()
    visit.refresh_from_db()
    assert visit.status == VisitStatus.WITHDRAWN
    assert Analysis.objects.get(photo=photo).status == AnalysisStatus.CANCELLED
    at("cases:home")
    expect(phone.get_by_role("link", name="Read and sign")).to_be_visible()
    expect(phone.get_by_role("button", name="Start a new visit")).to_have_count(0)


def test_the_site_can_be_kept_as_an_app(browser, live_server):
    """What Chromium itself has against it."""
    with browser.new_context(locale="en-GB") as context:
        page = context.new_page()
        page.goto(live_server.url + resolve_url("account_login"))
        page.evaluate("async () => { await navigator.serviceWorker.ready; }")
        debugger = context.new_cdp_session(page)
        told = debugger.send("Page.getAppManifest")
        assert told["url"].endswith(resolve_url("manifest", "en"))
        assert told["errors"] == []
        found = debugger.send("Page.getInstallabilityErrors")["installabilityErrors"]
        assert [one["errorId"] for one in found if one["errorId"] != "in-incognito"] == []
