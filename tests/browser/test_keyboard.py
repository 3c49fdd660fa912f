"""The whole way of a patient without a mouse, in both languages: from the clinic's invitation to
the answer to a letter. Nothing is clicked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.core.cache import cache
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from portal.accounts.invitations import token_of
from portal.accounts.models import User
from portal.accounts.selectors import clinic_of
from portal.cases.models import Photo, Questionnaire, Since, View, Visit, VisitStatus
from portal.consent.models import ConsentKind, ConsentSignature
from portal.messages.models import Message
from portal.review.selectors import machine_grade_of
from portal.review.services import claim, sign
from tests import factories
from tests.browser.keyboard import Keyboard
from tests.pictures import encoded, face

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMES = {"en": "Ada Example", "zh-hans": "李晓明"}
BORN = "06151990"  # the date's order is the browser's own language, not the page's
ASSESSMENT = "Papules on both cheeks."


@pytest.fixture
def doctor(live_server, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's driver runs a loop here
    cache.clear()  # so many mails to one address in so many minutes
    return factories.doctor(factories.clinic())


@pytest.fixture
def patient(narrow, language, live_server) -> Patient:
    return Patient(narrow, language, live_server.url)


class Patient:
    """The words are the English ones; what is looked for is what the page says in its language."""

    def __init__(self, page: Page, language: str, address: str) -> None:
        self.page = page
        self.keys = Keyboard(page)
        self.language = language
        self.address = address

    @property
    def name(self) -> str:
        return NAMES[self.language]

    def open(self, address: str) -> None:
        self.page.goto(address)
        expect(self.page.locator("html")).to_have_attribute("lang", self.language)

    def follow(self, words: str) -> None:
        self.keys.follow(self.main("link", words))

    def press(self, words: str) -> None:
        self.keys.follow(self.main("button", words))

    def go_to_room(self, words: str) -> None:
        """By the skip link's neighbours: the menu at the top of every page."""
        rooms = self.page.get_by_role("navigation", name=_("Main"))
        self.keys.follow(rooms.get_by_role("link", name=_(words)))

    def main(self, role, words: str) -> Locator:
        """The last one with these words: a page offers its next step at its end."""
        found = self.page.get_by_role("main").get_by_role(
            role, name=re.compile(re.escape(_(words)))
        )
        return found.last

    def field(self, words: str) -> Locator:
        return self.page.get_by_role("main").get_by_label(_(words))

    def fill(self, words: str, what: str) -> None:
        self.keys.type(self.field(words), what)


def test_a_patient_without_a_mouse_comes_all_the_way(patient, doctor):
    come_by_invitation(patient, doctor)
    confirm_the_address(patient)
    sign_both_forms(patient)
    send_a_visit(patient)
    signed_by(doctor, Visit.objects.get())
    read_the_report(patient)
    factories.report(User.objects.get(email="ada@patient.example"), by=doctor)
    follow_the_course(patient)
    write_a_letter(patient)


def come_by_invitation(patient: Patient, doctor: User) -> None:
    invitation = factories.invitation(factories.administrator(clinic_of(doctor)))
    patient.open(patient.address + resolve_url("join", token_of(invitation)))
    patient.follow("Register")
    patient.fill("Full name", patient.name)
    patient.fill("Date of birth", BORN)
    patient.fill("E-mail address", "ada@patient.example")
    patient.fill("Password", factories.PASSWORD)
    patient.press("Register")
    expect(patient.page.get_by_role("heading", level=1)).to_have_text(_("Look into your mail"))


def confirm_the_address(patient: Patient) -> None:
    [letter] = mail.outbox
    assert _("Confirm your e-mail address") in letter.subject
    link = re.search(r"https?://\S+", str(letter.body))
    assert link
    patient.open(link[0])
    patient.press("Yes, confirm")
    expect(patient.page.get_by_role("heading", level=1)).to_have_text(_("Your visits"))


def sign_both_forms(patient: Patient) -> None:
    patient.follow("Read and sign")
    for kind in ConsentKind.values:
        patient.keys.follow(patient.page.locator(f"a[href$='/consent/{kind}/']"))
        patient.fill("Type your full name to sign", patient.name)
        patient.press("I agree and sign")
    assert ConsentSignature.objects.in_force().count() == len(ConsentKind)


def send_a_visit(patient: Patient) -> None:
    patient.follow("To your visits")
    patient.press("Start a new visit")
    choose_photos(patient)
    patient.follow("Go on to the questions")
    first, wanted = Since.values[0], Since.values[2]
    patient.keys.take(
        patient.page.locator(f"[name=since][value={wanted}]"),
        first=patient.page.locator(f"[name=since][value={first}]"),
    )
    patient.keys.type(patient.page.locator("[name=treatments_now]"), "Zinc paste")
    patient.press("Save and go on")
    expect(patient.page.get_by_role("main")).to_contain_text("Zinc paste")
    patient.press("Send to the doctor")
    expect(patient.page.locator("#visit-state")).to_have_attribute(
        "data-state", VisitStatus.AWAITING_REVIEW
    )
    told = Questionnaire.objects.get()
    assert (told.since, told.treatments_now) == (wanted, "Zinc paste")


def picture(quality: int) -> FilePayload:
    data = encoded(face(), quality=quality)
    return {"name": f"{quality}.jpg", "mimeType": "image/jpeg", "buffer": data}


def choose_photos(patient: Patient) -> None:
    """One by its card, with the reading watched; two more at once."""
    files = [picture(quality) for quality in (80, 81, 82)]
    page = patient.page
    patient.keys.choose(page.locator("#view-front .picker--file input"), files[0])
    expect(page.locator("#view-front")).to_have_attribute("data-state", re.compile("^queued "))
    factories.read(Photo.objects.get())
    expect(page.locator("#view-front")).to_have_attribute("data-state", re.compile("^done "))

    back_to_the_top(patient)
    patient.keys.choose(page.locator("[data-several] input[type=file]").first, files[1:])
    expect(page.get_by_role("dialog")).to_be_visible()
    patient.keys.reach(page.get_by_role("button", name=_("Send these photos")))
    patient.keys.press("Enter")
    for view in (View.LEFT, View.RIGHT):
        expect(page.locator(f"#view-{view}")).to_have_attribute(
            "data-state", re.compile("^queued ")
        )
    for view in (View.LEFT, View.RIGHT):
        factories.read(Photo.objects.get(view=view))
        expect(page.locator(f"#view-{view}")).to_have_attribute("data-state", re.compile("^done "))


def back_to_the_top(patient: Patient) -> None:
    for _stop in range(40):
        patient.keys.press("Shift+Tab")
        if patient.page.locator(".skip-link").evaluate("link => link === document.activeElement"):
            return
    raise AssertionError("the page's start is not reached backwards")


def signed_by(doctor: User, visit: Visit) -> None:
    review = claim(visit=visit, doctor=doctor)
    grade = machine_grade_of(visit)
    assert grade
    assert sign(review=review, grade=grade, assessment=ASSESSMENT)


def read_the_report(patient: Patient) -> None:
    patient.go_to_room("Visits")
    patient.follow("Read the report")
    page = patient.page
    expect(page.locator("article.report")).to_contain_text(ASSESSMENT)
    expect(page.locator(".lesion").first).to_be_visible()
    patient.keys.reach(patient.field("show what was counted"))
    patient.keys.press("Space")
    expect(page.locator(".lesion").first).to_be_hidden()
    patient.keys.press("Space")
    expect(page.locator(".lesion").first).to_be_visible()


def follow_the_course(patient: Patient) -> None:
    patient.page.reload()
    patient.go_to_room("My skin")
    earlier = patient.page.locator("[data-earlier]")
    before = earlier.get_attribute("width")
    patient.keys.reach(patient.page.get_by_role("slider"))
    patient.keys.press("ArrowRight")
    assert float(str(earlier.get_attribute("width"))) > float(str(before))


def write_a_letter(patient: Patient) -> None:
    patient.page.reload()
    patient.go_to_room("Messages")
    patient.fill("Your message", "May I swim in the sea?")
    patient.keys.choose(patient.page.locator("input[type=file]"), picture(70))
    patient.press("Send")
    expect(patient.page.locator("#newest")).to_contain_text("May I swim in the sea?")
    assert Message.objects.get().attachments.count() == 1
