"""What a patient gets back: the report, on screen and on paper, and the course."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from inference.results import LesionType, Region
from portal.cases.services import save_answers, submit
from portal.review.selectors import machine_grade_of
from portal.review.services import claim, sign
from tests import factories
from tests.browser.axe import assert_accessible

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NEXT = timezone.localdate() + timedelta(days=60)


def papules(number: int):
    places = range(40, 40 + 30 * number, 30)
    found = [factories.found_lesion(LesionType.PAPULE, at, Region.CHIN) for at in places]
    return factories.result(candidates=found)


@pytest.fixture
def doctor(patient):
    return factories.doctor(patient.clinic, full_name="Dr. Grey")


def reported(patient, doctor, number, days_ago, treatment=""):
    day = timezone.now() - timedelta(days=days_ago)
    with mock.patch("django.utils.timezone.now", return_value=day):
        visit = factories.visit(patient)
        factories.read(factories.photo(visit), papules(number))
        save_answers(visit=visit, answers={"treatments_now": treatment})
        submit(visit=visit)
        return sign(
            review=claim(visit=visit, doctor=doctor),
            grade=machine_grade_of(visit),
            assessment="Much better.",
            advice="The gel every evening.",
            next_visit_on=NEXT,
        )


def test_a_report_begins_with_the_doctors_words_and_shows_no_conflict(phone, at, patient, doctor):
    report = reported(patient, doctor, number=3, days_ago=1)
    at("reports:report", report.public_id)
    headings = phone.get_by_role("main").get_by_role("heading", level=2).all_inner_texts()
    assert headings[0] == "What Dr. Grey says"
    assert headings[1:4] == ["How severe it is", "What was counted", "The photos"]
    expect(phone.get_by_text("The gel every evening.")).to_be_visible()
    expect(phone.locator(".report__next")).to_contain_text(str(NEXT.year))
    expect(phone.locator(".scale, .grade-scale").first).to_be_visible()
    expect(phone.get_by_text("the model's grade")).to_have_count(0)
    assert_accessible(phone)


def test_a_report_is_printed_without_the_sites_furniture_and_saved_as_a_pdf(
    phone, at, patient, doctor
):
    report = reported(patient, doctor, number=3, days_ago=1)
    at("reports:report", report.public_id)
    phone.evaluate("window.print = () => { document.title = 'printed'; }")
    phone.get_by_role("button", name="Print").click()
    expect(phone).to_have_title("printed")
    phone.emulate_media(media="print")
    for furniture in (".site-nav", ".page-actions", ".site-footer__theme", ".switch"):
        expect(phone.locator(furniture).first).to_be_hidden()
    expect(phone.get_by_text("The gel every evening.")).to_be_visible()
    phone.emulate_media(media="screen")
    with phone.expect_download() as saved:
        phone.get_by_role("link", name="Save as PDF").click()
    assert saved.value.path().read_bytes().startswith(b"%PDF-")


def test_the_course_is_told_in_words_with_the_treatments_on_it(phone, at, patient, doctor):
    reported(patient, doctor, number=12, days_ago=90, treatment="Zinc paste")
    reported(patient, doctor, number=2, days_ago=1, treatment="Adapalene")
    at("trends:mine")
    changed = phone.get_by_role("region", name="What changed since the last visit")
    expect(changed).to_contain_text("10 fewer papules than on")
    expect(phone.locator(".treatments")).to_contain_text("Zinc paste")
    expect(phone.locator(".treatments")).to_contain_text("Adapalene")
    expect(phone.locator(".chart__treatment:visible")).to_have_count(2)
    assert_accessible(phone)
