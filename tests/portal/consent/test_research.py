"""Whose pictures an export for research may hold."""

from __future__ import annotations

import pytest

from portal.cases.services import submit
from portal.consent.models import ConsentKind
from portal.consent.selectors import photos_for_research
from portal.consent.services import close_account, publish, withdraw
from tests import factories
from tests.portal.consent.versions import draft_version, next_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return factories.clinic()


@pytest.fixture
def volunteer(clinic):
    person = factories.consenting_patient(clinic)
    factories.sign_consent(person, ConsentKind.RESEARCH)
    factories.sent_visit(person)
    return person


def owners(clinic):
    return {photo.visit.case.patient for photo in photos_for_research(clinic)}


def take_back(person, kind):
    withdraw(signature=person.consent_signatures.in_force().get(form__kind=kind))


def test_only_who_agreed_to_research_is_in(clinic, volunteer):
    factories.sent_visit(factories.consenting_patient(clinic))

    assert owners(clinic) == {volunteer}


def test_another_clinics_pictures_are_theirs(volunteer):
    assert owners(factories.clinic()) == set()


@pytest.mark.parametrize("kind", ConsentKind)
def test_either_consent_taken_back_keeps_the_pictures_out(clinic, volunteer, kind):
    take_back(volunteer, kind)

    assert owners(clinic) == set()


def test_a_report_already_signed_does_not_keep_the_pictures_in(clinic, volunteer):
    factories.report(volunteer, by=factories.doctor(clinic))
    take_back(volunteer, ConsentKind.RESEARCH)

    assert owners(clinic) == set()


def test_who_agrees_again_is_in_again(clinic, volunteer):
    take_back(volunteer, ConsentKind.RESEARCH)
    factories.sign_consent(volunteer, ConsentKind.RESEARCH)

    assert owners(clinic) == {volunteer}


def test_a_new_version_must_be_signed_first_but_a_correction_need_not(clinic, volunteer):
    publish(form=draft_version(clinic, ConsentKind.RESEARCH), asks_again=False)
    assert owners(clinic) == {volunteer}

    next_version(clinic, ConsentKind.RESEARCH)
    assert owners(clinic) == set()


def test_who_closed_the_account_is_out(clinic, volunteer):
    close_account(patient=volunteer)

    assert owners(clinic) == set()


def test_a_visit_not_sent_and_a_photo_replaced_or_unread_are_out(clinic, volunteer):
    draft = factories.visit(volunteer)
    factories.read(factories.photo(draft))
    assert photos_for_research(clinic).filter(visit=draft).count() == 0

    submit(visit=draft)
    assert photos_for_research(clinic).filter(visit=draft).count() == 1
    draft.photos.update(display="", width=None, height=None)
    assert photos_for_research(clinic).filter(visit=draft).count() == 0
