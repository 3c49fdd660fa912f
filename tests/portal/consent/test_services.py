from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.consent.models import (
    ConsentForm,
    ConsentKind,
    ConsentSignature,
    ConsentText,
    Language,
)
from portal.consent.selectors import current_forms, forms_to_sign, may_process_photos
from portal.consent.services import (
    FormIncompleteError,
    FormPublishedError,
    FormReplacedError,
    publish,
    sign,
)
from tests import factories
from tests.portal.consent.versions import draft_version, next_version

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


def test_a_draft_binds_nobody_until_it_is_published():
    patient = factories.consenting_patient(factories.clinic())

    draft = draft_version(patient.clinic, ConsentKind.PHOTOGRAPHY)
    assert may_process_photos(patient)

    publish(form=draft)
    assert not may_process_photos(patient)


def test_editing_a_draft_makes_no_second_one():
    clinic = factories.clinic()

    first = draft_version(clinic, ConsentKind.RESEARCH)
    second = draft_version(clinic, ConsentKind.RESEARCH, title="Better still")

    assert (second.pk, second.version) == (first.pk, 2)
    assert second.text_in(Language.ENGLISH).title == "Better still"


def test_a_published_text_is_never_published_or_edited_again():
    clinic = factories.clinic()
    published = next_version(clinic, ConsentKind.RESEARCH)

    with pytest.raises(FormPublishedError):
        publish(form=published)

    assert draft_version(clinic, ConsentKind.RESEARCH).version == published.version + 1


def test_a_new_version_must_say_what_it_changes():
    draft = draft_version(factories.clinic(), ConsentKind.RESEARCH, changes="")

    with pytest.raises(FormIncompleteError):
        publish(form=draft)


def test_a_version_lacking_a_language_is_not_published():
    draft = draft_version(factories.clinic(), ConsentKind.RESEARCH)
    draft.texts.get(language=Language.CHINESE).delete()

    with pytest.raises(FormIncompleteError):
        publish(form=draft)


@pytest.mark.parametrize("form_of", ["another clinic", "an older version"])
def test_only_the_form_in_force_at_ones_own_clinic_can_be_signed(form_of):
    patient = factories.patient(factories.clinic())
    if form_of == "another clinic":
        form = current_forms(factories.patient(factories.clinic())).first()
    else:
        form = current_forms(patient).get(kind=ConsentKind.RESEARCH)
        next_version(patient.clinic, ConsentKind.RESEARCH)

    with pytest.raises(FormReplacedError):
        sign(form=form, patient=patient, language=Language.ENGLISH, signed_name="Ada")

    assert not ConsentSignature.objects.exists()


def test_another_clinics_new_version_asks_nobody_here():
    patient = factories.consenting_patient(factories.clinic())

    next_version(factories.clinic(), ConsentKind.PHOTOGRAPHY)

    assert may_process_photos(patient)


@given(st.text(), st.text(), st.text())
def test_the_hash_tells_every_change_of_the_words(title, summary, body):
    text = ConsentText(title=title, summary=summary, body=body)

    assert ConsentText(title=title, summary=summary, body=body).sha256 == text.sha256
    assert ConsentText(title=title, summary=summary, body=body + "x").sha256 != text.sha256
    assert ConsentText(title=title + "x", summary=summary, body=body).sha256 != text.sha256
