"""From consent to the signed report, as a patient on a phone and a doctor at a desk."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from portal.demonstration.people import DOCTOR, IMPROVING, NEWCOMER
from tests.browser.conftest import DESK, PHONE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

READ_MS = 120_000  # one worker on two cores, and a test may be the first to load its model
ASSESSMENT = "Papules on both cheeks, a few on the chin."
ADVICE = "The gel every evening on dry skin."


def test_a_patient_consents_and_sends_photos_a_doctor_signs_and_the_patient_reads(visiting):
    with visiting(PHONE) as patient, visiting(DESK) as doctor:
        patient.sign_in(NEWCOMER)
        give_consent(patient)
        send_a_visit(patient)
        doctor.sign_in(DOCTOR)
        read_and_sign(doctor)
        read_the_report(patient)


def test_a_patient_follows_three_visits(visiting):
    with visiting(PHONE) as patient:
        patient.sign_in(IMPROVING)
        patient.open("/trends/")
        expect(patient.page.locator("svg.chart:visible")).to_have_count(3)
        expect(patient.page.locator("tbody").first.locator("tr")).to_have_count(3)
        patient.check_page()


# --- The patient --------------------------------------------------------------------------------


def give_consent(patient: Visitor) -> None:
    page = patient.page
    patient.check_page()
    patient.open("/consent/")
    for kind in ("photography", "research"):
        patient.check_page()
        patient.go_by(page.locator(f"a[href$='/consent/{kind}/']"))
        patient.check_page()
        page.locator("[name=signed_name]").fill(NEWCOMER.full_name)
        patient.press("I agree and sign")
    expect(page.get_by_text("Signed", exact=True)).to_have_count(2)
    patient.check_page()


def send_a_visit(patient: Visitor) -> None:
    patient.open("/visits/")
    patient.press("Start a new visit")
    patient.check_page()
    be_refused(patient)
    be_accepted(patient)
    patient.follow("Go on to the questions")
    patient.check_page()
    patient.press("Save and go on")
    patient.check_page()
    patient.press("Send to the doctor")
    expect(patient.page.locator("#visit-state")).to_have_attribute(
        "data-state", "awaiting_review", timeout=READ_MS
    )
    patient.check_page()


def be_refused(patient: Visitor) -> None:
    """A dark photo comes back with its reason, and the visit cannot be sent with it."""
    watch_reading(patient, "refused-1-front.jpg", "rejected")
    expect(patient.page.locator("#view-front")).to_contain_text("too dark")
    expect(patient.page.locator("#visit-state")).to_contain_text("Take the photo from the front")
    patient.check_page()


def be_accepted(patient: Visitor) -> None:
    watch_reading(patient, "improving-1-front.jpg", "done")
    expect(patient.page.locator("#view-front img")).to_be_visible()
    patient.check_page()


def watch_reading(patient: Visitor, photo: str, outcome: str) -> None:
    """Choose a photo and watch its card change, on a page that is never loaded again."""
    page = patient.page
    page.evaluate("window.neverReloaded = true")
    card = page.locator("#view-front")
    before = str(card.get_attribute("data-state"))
    card.locator("input[type=file]").last.set_input_files(patient.portal.photos / photo)
    expect(card).not_to_have_attribute("data-state", before)
    expect(card).to_have_attribute("data-state", re.compile(f"^{outcome} "), timeout=READ_MS)
    assert page.evaluate("window.neverReloaded")


def read_the_report(patient: Visitor) -> None:
    patient.open("/visits/")
    patient.check_page()
    patient.follow("Read the report")
    report = patient.page.locator("article.report")
    expect(report).to_contain_text(ASSESSMENT)
    expect(report).to_contain_text(ADVICE)
    expect(report).to_contain_text(DOCTOR.full_name)
    expect(report.locator(".lesion").first).to_be_visible()
    patient.check_page()
    patient.open("/trends/")
    patient.check_page()


# --- The doctor ---------------------------------------------------------------------------------


def read_and_sign(doctor: Visitor) -> None:
    page = doctor.page
    doctor.check_page()
    doctor.press(f"Open {NEWCOMER.full_name}")
    doctor.check_page()
    switch_a_type_off_and_on(doctor)
    for kept in ("From the model alone", "Lesions by type and region", "The model and its limits"):
        expect(page.get_by_role("main").get_by_text(kept).first).to_be_visible()
    write_decision(doctor)
    doctor.go_by(page.locator(".station__sign .button--primary"))
    expect(page.get_by_text(f"Signed: {NEWCOMER.full_name}")).to_be_visible()
    doctor.check_page()


def switch_a_type_off_and_on(doctor: Visitor) -> None:
    """By the switch, by its key, and all findings at once; the list says what the photo shows."""
    page = doctor.page
    finding = page.locator("[data-list] [data-lesion]").first
    expect(finding).to_be_visible()
    kind = finding.get_attribute("data-type")
    switch = page.locator(f"[data-show={kind}]")
    switch.uncheck()
    expect(page.locator(f"[data-list] [data-type={kind}]")).to_have_count(0)
    switch.check()
    expect(finding).to_be_visible()
    switch.blur()
    page.keyboard.press("h")
    expect(finding).to_have_count(0)
    page.keyboard.press("h")
    expect(finding).to_be_visible()


def write_decision(doctor: Visitor) -> None:
    """The grade stands as the model's; the doctor takes another, and has to say why."""
    page = doctor.page
    page.locator("[name=grade][value=II]").check()
    page.locator("[name=assessment]").fill(ASSESSMENT)
    page.locator("[name=advice]").fill(ADVICE)
    reason = page.locator("[name=override_reason]")
    if reason.is_visible():
        reason.fill("Counted on the photo.")
