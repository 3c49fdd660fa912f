"""A patient arrives by the clinic's link, signs by hand, writes, uses a passkey, and leaves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal.demonstration.people import ADMINISTRATOR, AWAITING, DOCTOR
from scripts.browsing import PASSWORD
from tests.browser.conftest import DESK, PHONE, hold_keys

if TYPE_CHECKING:
    from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_desk_makes_a_code_that_leads_a_stranger_to_the_clinic(visiting):
    with visiting(DESK) as desk:
        desk.sign_in(ADMINISTRATOR)
        desk.open("/desk/invitations/")
        desk.check_page()
        desk.press("Make the link")
        desk.check_page()
        link = desk.page.locator(".invitation__link").inner_text()
    with visiting(PHONE) as stranger:
        stranger.page.goto(link)
        stranger.check_page()
        stranger.follow("Register")
        expect(stranger.page.get_by_text("You register at")).to_be_visible()
        stranger.check_page()


def test_a_patient_withdraws_signs_by_hand_and_keeps_a_copy(visiting):
    with visiting(PHONE) as patient:
        patient.sign_in(AWAITING)
        patient.open("/consent/")
        research = patient.page.get_by_role("region", name="Use of your pictures in research")
        patient.go_by(research.get_by_role("link", name="Withdraw"))
        patient.check_page()
        patient.press("Withdraw my consent")
        patient.go_by(research.get_by_role("link", name="Read and decide"))
        draw(patient)
        patient.check_page()
        patient.press("I agree and sign")
        patient.go_by(research.get_by_role("link", name="Read your copy"))
        expect(patient.page.get_by_role("img", name="The signature drawn by hand")).to_be_visible()
        patient.check_page()
        with patient.page.expect_download() as download:
            patient.page.get_by_role("link", name="Download this copy").click()
        assert download.value.suggested_filename == "consent-research.html"


def draw(visitor: Visitor) -> None:
    pad = visitor.page.locator(".signature__pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    mouse = visitor.page.mouse
    mouse.move(box["x"] + 20, box["y"] + 60)
    mouse.down()
    for step in range(1, 10):
        mouse.move(box["x"] + 20 + 20 * step, box["y"] + (40 if step % 2 else 70))
    mouse.up()


def test_patient_and_doctor_write_to_each_other(visiting):
    with visiting(PHONE) as patient:
        patient.sign_in(AWAITING)
        patient.open("/messages/")
        patient.page.get_by_label("Your message").fill("May I swim in the sea?")
        patient.press("Send")
        expect(patient.page.get_by_text("May I swim in the sea?")).to_be_visible()
        patient.check_page()
    with visiting(DESK) as doctor:
        doctor.sign_in(DOCTOR)
        expect(doctor.page.get_by_role("link", name="Messages 1 unread")).to_be_visible()
        doctor.open("/messages/inbox/")
        doctor.check_page()
        doctor.follow(AWAITING.full_name)
        expect(doctor.page.get_by_text("May I swim in the sea?")).to_be_visible()
        doctor.check_page()


def test_a_passkey_signs_in_where_a_password_did(visiting):
    with visiting(PHONE) as patient:
        hold_keys(patient.page)
        on_localhost(patient, "/accounts/login/")
        patient.page.locator("[name=login]").fill(AWAITING.email)
        patient.page.locator("[name=password]").fill(PASSWORD)
        patient.go_by(patient.page.locator("main form button").first)
        on_localhost(patient, "/accounts/2fa/webauthn/add/")
        patient.check_page()
        patient.press("Add a passkey")
        expect(patient.page.get_by_text("Your passkey is ready")).to_be_visible()
        patient.check_page()
        patient.page.context.clear_cookies()
        on_localhost(patient, "/accounts/login/")
        patient.press("Sign in with a passkey")
        expect(patient.page).to_have_url(re.compile("/visits/$"))


def test_leaving_is_explained_before_it_is_done(visiting):
    with visiting(PHONE) as patient:
        patient.sign_in(AWAITING)
        patient.open("/account/close/")
        patient.page.locator("[name=password]").fill(PASSWORD)
        patient.press("Go on")
        expect(patient.page.get_by_text("signed out on every device")).to_be_visible()
        patient.check_page()


def on_localhost(visitor: Visitor, path: str) -> None:
    """A passkey belongs to a name; a bare address has none."""
    visitor.page.goto(visitor.portal.address.replace("127.0.0.1", "localhost") + path)
