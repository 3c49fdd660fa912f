"""The camera's page: who gets it, which views it takes, and by which standard it judges."""

from __future__ import annotations

import json
import re

import pytest
from django.urls import reverse

from portal.analysis.standard import picture_standard
from portal.analysis.words import FINDINGS
from portal.cases.capture import INSTRUCTIONS
from portal.cases.models import View
from portal.cases.services import submit
from portal.consent.models import ConsentSignature
from portal.consent.services import withdraw
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client, patient):
    client.force_login(patient)
    return client


def capture(visit) -> str:
    return reverse("cases:capture", args=[visit.public_id])


def setup_of(response) -> dict:
    block = re.search(r'<script id="capture-setup"[^>]*>(.*?)</script>', response.text, re.DOTALL)
    assert block is not None
    return json.loads(block[1])


def views(response) -> list[str]:
    return [asked["view"] for asked in setup_of(response)["views"]]


def test_only_this_page_may_run_webassembly(browser, patient):
    visit = factories.visit(patient)
    policy = browser.get(capture(visit))["Content-Security-Policy"]
    assert re.search(r"script-src 'nonce-[^;]* 'wasm-unsafe-eval'(;|$)", policy)
    elsewhere = browser.get(reverse("cases:visit", args=[visit.public_id]))
    assert "wasm-unsafe-eval" not in elsewhere["Content-Security-Policy"]


def test_it_takes_the_views_that_are_missing(browser, patient):
    visit = factories.visit(patient)
    factories.photo(visit, View.FRONT)
    assert views(browser.get(capture(visit))) == ["left", "right"]


def test_it_begins_with_the_view_asked_for_and_takes_it_again(browser, patient):
    visit = factories.visit(patient)
    factories.photo(visit, View.LEFT)
    response = browser.get(capture(visit), {"view": "left"})
    assert views(response) == ["left", "front", "right"]


@pytest.mark.parametrize("view", ["chest", "nonsense", "front'"])
def test_a_view_without_a_guide_is_not_asked_for(browser, patient, view):
    response = browser.get(capture(factories.visit(patient)), {"view": view})
    assert views(response) == ["front", "left", "right"]


def test_nothing_to_take_leads_back_to_the_visit(browser, patient):
    visit = factories.visit(patient)
    for view in (View.FRONT, View.LEFT, View.RIGHT):
        factories.photo(visit, view)
    response = browser.get(capture(visit))
    assert response["Location"] == reverse("cases:visit", args=[visit.public_id])


def test_a_visit_that_was_sent_takes_no_photo(browser, patient):
    visit = factories.visit(patient)
    factories.photo(visit)
    submit(visit=visit)
    assert browser.get(capture(visit)).status_code == 302


def test_without_consent_no_camera_opens(browser, patient):
    visit = factories.visit(patient)
    withdraw(signature=ConsentSignature.objects.get(patient=patient))
    assert browser.get(capture(visit)).status_code == 302


def test_the_page_judges_by_the_clinics_own_limits(browser, patient):
    clinic = patient.clinic
    clinic.quality_limits = {"refuse_brightness_below": 0.35}
    clinic.save()
    standard = setup_of(browser.get(capture(factories.visit(patient))))["standard"]
    limits = {one["name"]: one["limit"] for one in standard["criteria"]}
    assert limits["refuse_brightness_below"] == 0.35
    assert limits["refuse_overexposed_above"] == 0.50


def test_every_refusal_of_a_face_has_an_instruction():
    criteria = picture_standard({})["criteria"]
    faces = {"front", "left", "right"}
    refusals = {
        one["code"]
        for one in criteria
        if one["consequence"] == "refuse" and faces & set(one["views"])
    }
    assert refusals <= set(INSTRUCTIONS)
    assert refusals <= set(FINDINGS)


def test_the_visits_page_leads_to_the_camera(browser, patient):
    visit = factories.visit(patient)
    response = browser.get(reverse("cases:visit", args=[visit.public_id]))
    assert f"{capture(visit)}?view=front" in response.text
