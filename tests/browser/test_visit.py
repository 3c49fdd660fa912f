"""A visit in the browser where things go other than planned: two taps, no scripts, a long wait."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.shortcuts import resolve_url
from playwright.sync_api import expect

from portal.analysis.models import Analysis
from portal.cases import notices
from portal.cases.models import Photo, Questionnaire, View, Visit, VisitStatus
from tests import factories
from tests.browser.axe import assert_accessible
from tests.browser.conftest import NARROW, session_of
from tests.browser.sending import choose, wait_until
from tests.pictures import encoded, face

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

URGENT = "Call 01234 at once."


def test_whatever_the_clinic_asks_for_is_on_the_list_with_a_drawing(phone, at, patient):
    patient.clinic.views_asked = [View.FRONT, View.CHEST, View.BACK]
    patient.clinic.save()
    at("cases:visit", factories.visit(patient).public_id)
    expect(phone.locator("[data-view]")).to_have_count(3)
    for view in patient.clinic.views_asked:
        expect(phone.locator(f"#view-{view} svg.drawing")).to_be_visible()
    choose(phone, "back", encoded(face(), quality=70))
    expect(phone.locator("#view-back")).to_contain_text("Waiting to be checked")
    assert_accessible(phone)


def test_a_double_tap_does_what_one_does(phone, at, patient):
    factories.report(patient, by=factories.doctor(patient.clinic))
    at("cases:home")
    phone.get_by_role("button", name="Start a new visit").dblclick()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Visit 2")
    visit = Visit.objects.get(status=VisitStatus.DRAFT)
    data = encoded(face(), quality=80)
    choose(phone, "front", data)
    expect(phone.locator("#view-front")).to_contain_text("Waiting to be checked")
    choose(phone, "front", data)
    expect(phone.locator("#view-front .sending")).to_be_hidden()
    assert Photo.objects.filter(visit=visit).count() == 1
    factories.read(Photo.objects.get(visit=visit))
    at("cases:check", visit.public_id)
    phone.get_by_role("button", name="Send to the doctor").dblclick()
    expect(phone.locator("#visit-state")).to_have_attribute("data-state", "awaiting_review")
    assert Visit.objects.count() == 2
    assert Analysis.objects.filter(photo__visit=visit).count() == 1


def test_a_photo_chosen_before_the_scripts_are_there_is_sent(phone, live_server, patient):
    visit, held = factories.visit(patient), []
    phone.route("**/js/upload*.js", lambda route: held.append(route))  # noqa: PLW0108
    address = live_server.url + resolve_url("cases:visit", visit.public_id)
    phone.goto(address, wait_until="commit")
    choose(phone, "front", encoded(face(), quality=80))
    wait_until(phone, lambda: held)
    held[0].continue_()
    expect(phone.locator("#view-front")).to_contain_text("Waiting to be checked")


def test_answers_are_kept_while_they_are_typed(phone, at, patient):
    visit = factories.visit(patient)
    at("cases:questions", visit.public_id)
    phone.get_by_label("What do you use or take for it now?").press_sequentially("Zinc paste")
    expect(phone.locator("[data-answers-status]")).to_contain_text("Saved")
    wait_until(phone, Questionnaire.objects.filter(treatments_now="Zinc paste").exists)
    phone.reload()
    expect(phone.get_by_label("What do you use or take for it now?")).to_have_value("Zinc paste")


def test_after_sending_it_says_how_long_it_takes_and_what_to_do_if_urgent(phone, at, patient):
    clinic = patient.clinic
    clinic.promised_days, clinic.urgent_advice_en = 2, URGENT
    clinic.save()
    report = factories.report(patient, by=factories.doctor(clinic))
    factories.sent_visit(factories.consenting_patient(clinic))
    visit = factories.sent_visit(patient)
    at("cases:visit", visit.public_id)
    told = phone.locator("#visit-state")
    expect(told).to_contain_text("1 visit is ahead of yours")
    expect(told).to_contain_text("an answer within 2 days")
    for name, *args in (
        ("cases:visit", visit.public_id),
        ("cases:home",),
        ("reports:report", report.public_id),
        ("trends:mine",),
        ("messages:mine",),
        ("consent:list",),
        ("mfa_index",),
    ):
        at(name, *args)
        expect(phone.get_by_role("main").get_by_text(URGENT)).to_be_visible()


def test_a_mail_tells_that_there_is_a_report_and_leads_to_it(phone, at, patient, settings):
    report = factories.report(patient, by=factories.doctor(patient.clinic))
    notices.send_waiting()
    [letter] = mail.outbox
    assert settings.SITE_URL in letter.body
    assert not any(word in letter.body.lower() for word in ("acne", "grade", "papule", "skin"))
    at("home")
    phone.get_by_role("link", name="Read the report").click()
    expect(phone).to_have_url(re.compile(str(report.public_id)))


@pytest.mark.parametrize("shown", [False, True])
def test_the_machines_findings_wait_for_the_doctor_unless_the_clinic_shows_them(
    phone, at, patient, shown
):
    patient.clinic.show_findings_before_signature = shown
    patient.clinic.save()
    visit = factories.sent_visit(patient)
    at("cases:visit", visit.public_id)
    expect(phone.locator("#visit-state")).to_be_visible()
    aid = phone.get_by_text("This is a reading aid, not a diagnosis.")
    expect(aid).to_have_count(int(shown))
    expect(phone.locator(".lesion")).to_have_count(4 if shown else 0)
    if shown:
        phone.get_by_label("show what was counted").uncheck()
        expect(phone.locator(".lesion").first).to_be_hidden()
        assert_accessible(phone)


@pytest.fixture
def plain(browser, live_server, monkeypatch) -> Iterator[Page]:
    """A browser whose scripts are switched off."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    context = browser.new_context(viewport=NARROW, locale="en-GB", java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_a_visit_is_sent_without_scripts(plain, live_server):
    patient = factories.patient(factories.clinic())
    plain.context.add_cookies([session_of(patient, live_server.url)])
    plain.goto(live_server.url + resolve_url("consent:form", "photography"))
    plain.get_by_label("Type your full name to sign").fill(patient.full_name)
    plain.get_by_role("button", name="I agree and sign").click()
    plain.goto(live_server.url + resolve_url("cases:home"))
    plain.get_by_role("button", name="Start a new visit").click()

    card = plain.locator("#view-front")
    send_file(plain, card, b"no picture")
    expect(card.get_by_role("alert")).to_contain_text("This file is not a picture")
    send_file(plain, card, encoded(face(), quality=80))
    expect(card).to_contain_text("Waiting to be checked")
    factories.read(Photo.objects.get())
    card.get_by_role("link", name="Look again").click()
    expect(card).to_contain_text("Accepted")

    plain.get_by_role("link", name="Go on to the questions").click()
    plain.get_by_label("What bothers you most?").fill("The chin")
    plain.get_by_role("button", name="Save and go on").click()
    expect(plain.get_by_text("The chin")).to_be_visible()
    plain.get_by_role("button", name="Send to the doctor").click()
    expect(plain.locator("#visit-state")).to_have_attribute("data-state", "awaiting_review")

    plain.goto(live_server.url + resolve_url("messages:mine"))
    plain.get_by_label("Your message").fill("May I swim?")
    plain.get_by_role("button", name="Send").click()
    expect(plain.locator("#newest")).to_contain_text("May I swim?")


def send_file(page: Page, card, data: bytes) -> None:
    file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": data}
    card.locator("input[type=file]").last.set_input_files(file)
    card.get_by_role("button", name="Send this photo").click()
