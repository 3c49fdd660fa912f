from __future__ import annotations

import hashlib

import pytest

from portal.consent.models import ConsentForm, ConsentKind, ConsentSignature, Language
from portal.consent.selectors import current_forms, forms_to_sign, may_process_photos
from portal.consent.services import sign
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_new_clinic_has_both_forms_published_in_both_languages():
    clinic = factories.clinic()

    forms = ConsentForm.objects.current().filter(clinic=clinic)

    assert {form.kind for form in forms} == set(ConsentKind.values)
    for form in forms:
        assert {text.language for text in form.texts.all()} == set(Language.values)
        assert all(text.title and text.summary and text.body for text in form.texts.all())


def test_no_photo_is_processed_before_the_photography_form_is_signed():
    patient = factories.patient(factories.clinic())
    assert not may_process_photos(patient)

    factories.sign_consent(patient, ConsentKind.RESEARCH)
    assert not may_process_photos(patient)

    factories.sign_consent(patient, ConsentKind.PHOTOGRAPHY)
    assert may_process_photos(patient)
    assert forms_to_sign(patient) == []


def test_a_signature_holds_the_hash_of_the_text_in_the_language_that_was_read():
    patient = factories.patient(factories.clinic())

    signature = factories.sign_consent(patient, language=Language.CHINESE)

    text = signature.form.texts.get(language=Language.CHINESE)
    exact = f"{text.title}\n\n{text.summary}\n\n{text.body}".encode()
    assert signature.text_sha256 == hashlib.sha256(exact).hexdigest()
    assert signature.text_sha256 != signature.form.texts.get(language=Language.ENGLISH).sha256


def test_signing_twice_is_signing_once():
    patient = factories.patient(factories.clinic())

    first = factories.sign_consent(patient)
    second = sign(
        form=first.form, patient=patient, language=Language.ENGLISH, signed_name="Somebody Else"
    )

    assert second == first
    assert ConsentSignature.objects.filter(patient=patient).count() == 1
    assert current_forms(patient).count() == len(ConsentKind)
