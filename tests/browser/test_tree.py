"""The patient's pages as a screen reader tells them: where one is, what is there, what happens."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from django.shortcuts import resolve_url
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from portal.accounts.invitations import token_of
from portal.cases.models import Photo, View
from portal.consent.models import ConsentKind
from tests import factories
from tests.browser.axe import assert_accessible
from tests.browser.conftest import session_of
from tests.browser.sending import choose, hold_piece, wait_until
from tests.browser.tree import nodes, problems
from tests.pictures import encoded, face

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.sync_api import Page

    from portal.accounts.models import User
    from portal.reports.models import Report

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def clinic(live_server, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's driver runs a loop here
    return factories.clinic(open_registration=True)


def addresses(patient: User, doctor: User) -> list[str]:
    """Every page of a patient, with something to be seen there."""
    reports = [reported(patient, doctor, days_ago) for days_ago in (90, 1)]
    waiting = factories.sent_visit(patient)
    draft = factories.visit(patient)
    factories.read(factories.photo(draft), factories.result(accepted=False))
    factories.photo(draft, View.LEFT)
    factories.letter(patient, pictures=[encoded(face(), quality=70)])
    signature = patient.consent_signatures.get(form__kind=ConsentKind.PHOTOGRAPHY)
    return [
        resolve_url("cases:home"),
        resolve_url("cases:visit", draft.public_id),
        resolve_url("cases:capture", draft.public_id),
        resolve_url("cases:questions", draft.public_id),
        resolve_url("cases:check", draft.public_id),
        resolve_url("cases:visit", waiting.public_id),
        resolve_url("cases:visit", reports[0].visit.public_id),
        resolve_url("reports:report", reports[0].public_id),
        resolve_url("trends:mine"),
        resolve_url("messages:mine"),
        resolve_url("consent:list"),
        resolve_url("consent:form", ConsentKind.RESEARCH),
        resolve_url("consent:signature", signature.public_id),
        resolve_url("consent:withdraw", signature.public_id),
        resolve_url("devices"),
        resolve_url("mfa_index"),
        resolve_url("account_email"),
        resolve_url("account_change_password"),
        resolve_url("close_account"),
    ]


def reported(patient: User, doctor: User, days_ago: int) -> Report:
    day = timezone.now() - timedelta(days=days_ago)
    with mock.patch("django.utils.timezone.now", return_value=day):
        return factories.report(patient, by=doctor)


def assert_told(page: Page, addresses: Iterable[str]) -> None:
    found = []
    for address in addresses:
        page.goto(address)
        found += [f"{address}: {problem}" for problem in problems(page)]
        if translation.get_language() == "en":  # the rules are the same in every language
            assert_accessible(page)
    assert not found, "\n".join(found)


def test_a_patients_pages_have_landmarks_headings_and_names(narrow, clinic, live_server):
    patient = factories.consenting_patient(clinic)
    pages = addresses(patient, factories.doctor(clinic))
    narrow.context.add_cookies([session_of(patient, live_server.url)])
    assert_told(narrow, [live_server.url + address for address in pages])


def test_so_have_the_pages_of_who_is_new(narrow, clinic, live_server):
    invitation = factories.invitation(factories.administrator(clinic))
    before = [
        resolve_url("home"),
        resolve_url("join", token_of(invitation)),
        resolve_url("account_signup"),
        resolve_url("account_login"),
        resolve_url("account_reset_password"),
    ]
    assert_told(narrow, [live_server.url + address for address in before])
    patient = factories.patient(clinic)
    narrow.context.add_cookies([session_of(patient, live_server.url)])
    empty = [
        resolve_url(name) for name in ("cases:home", "trends:mine", "messages:mine", "consent:list")
    ]
    assert_told(narrow, [live_server.url + address for address in empty])


def test_what_becomes_of_a_photo_is_said_aloud(narrow, clinic, live_server):
    """Sending with its bar, then each state of its check, and a refusal with its reason."""
    page, patient = narrow, factories.consenting_patient(clinic)
    visit = factories.visit(patient)
    page.context.add_cookies([session_of(patient, live_server.url)])
    page.goto(live_server.url + resolve_url("cases:visit", visit.public_id))
    status = page.get_by_role("status").last
    assert live_regions(page) == [("status", "polite")]

    held, _offsets = hold_piece(page, 1)
    choose(page, "front", encoded(face(), quality=80))
    wait_until(page, lambda: held)
    expect(page.get_by_role("progressbar", name=_("Front"))).to_be_visible()
    assert [one for one in nodes(page) if one.properties.get("busy")]
    held[0].continue_()
    expect(status).to_have_text(f"{_('Front')}: {_('Waiting to be checked')}")
    factories.read(Photo.objects.get(), factories.result(accepted=False))
    expect(status).to_have_text(f"{_('Front')}: {_('Please take it again')}")

    choose(page, "front", b"no picture")
    expect(page.locator("#view-front").get_by_role("alert")).not_to_be_empty()
    assert ("alert", "assertive") in live_regions(page)


def live_regions(page: Page) -> list[tuple[str, str]]:
    return [
        (node.role, node.properties["live"])
        for node in nodes(page)
        if node.inside_main and node.role in ("status", "alert")
    ]
