"""A new version that only corrects the words leaves every signature standing."""

from __future__ import annotations

import pytest
from django.urls import reverse

from portal.consent.models import ConsentKind
from portal.consent.selectors import consent_states, forms_to_sign, may_process_photos
from portal.consent.services import publish
from portal.desk.selectors import form_state
from tests import factories
from tests.portal.consent.versions import draft_version, next_version

pytestmark = pytest.mark.django_db
KIND = ConsentKind.PHOTOGRAPHY


@pytest.fixture
def patient():
    return factories.consenting_patient(factories.clinic())


def correct(clinic, **words):
    return publish(form=draft_version(clinic, KIND, **words), asks_again=False)


def test_nobody_signs_a_correction_again(patient):
    correct(patient.clinic)

    assert may_process_photos(patient)
    assert KIND not in [form.kind for form in forms_to_sign(patient)]
    assert form_state(patient.clinic, KIND).to_sign_again == 0
    assert form_state(patient.clinic, KIND).signed == 1


def test_a_correction_after_a_real_change_does_not_undo_the_change(patient):
    next_version(patient.clinic, KIND)
    correct(patient.clinic)

    assert not may_process_photos(patient)
    assert form_state(patient.clinic, KIND).to_sign_again == 1
    assert consent_states(patient)[0].earlier is not None


def test_who_signed_sees_what_was_corrected_and_is_not_asked(client, patient):
    client.force_login(patient)
    correct(patient.clinic, summary="You take pictures, nobody else.", changes="A misspelling.")

    page = client.get(reverse("consent:form", args=[KIND])).content.decode()

    assert "need not sign again" in page
    assert "<del>" in page
    assert "Do you agree?" not in page


def test_the_administrator_chooses_at_publishing(client, patient):
    draft_version(patient.clinic, KIND)
    client.force_login(factories.administrator(patient.clinic))

    client.post(reverse("desk:publish", args=[KIND]), {"is_correction": "on"})

    assert may_process_photos(patient)


def test_who_must_sign_again_sees_the_change_word_by_word(client, patient):
    client.force_login(patient)
    next_version(patient.clinic, KIND, title="Taking and selling pictures of your skin")

    page = client.get(reverse("consent:form", args=[KIND])).content.decode()

    assert "<del>processing</del><ins>selling</ins>" in page
