from __future__ import annotations

import re

import pytest
from django.urls import reverse

from portal.consent.models import ConsentKind, ConsentSignature, Language
from portal.consent.selectors import current_forms, forms_to_sign, may_process_photos
from tests import factories
from tests.portal.consent.versions import next_version

pytestmark = pytest.mark.django_db
PAGE = reverse("consent:form", args=[ConsentKind.PHOTOGRAPHY])


@pytest.fixture
def patient(client):
    person = factories.patient(factories.clinic(), full_name="Ada Example")
    client.force_login(person)
    return person


def shown_hash(response) -> str:
    found = re.search(r'name="text_sha256" value="(\w+)"', response.content.decode())
    assert found is not None
    return found[1]


def post(client, **fields):
    return client.post(PAGE, {"signed_name": "Ada Example", **fields})


def test_the_plain_words_come_before_the_full_text(client, patient):
    text = current_forms(patient).get(kind=ConsentKind.PHOTOGRAPHY).text_in(Language.ENGLISH)

    page = client.get(PAGE).content.decode()

    plain, full = text.summary.splitlines()[0], text.body.splitlines()[0].removeprefix("## ")
    assert 0 < page.index(plain) < page.index(full)


def test_what_was_read_is_what_is_signed(client, patient):
    shown = shown_hash(client.get(PAGE))

    response = post(client, text_sha256=shown)

    assert response.url == reverse("consent:list")
    signature = ConsentSignature.objects.get(patient=patient)
    assert (signature.text_sha256, signature.signed_name) == (shown, "Ada Example")
    assert may_process_photos(patient)


def test_a_patient_reads_and_signs_in_their_language(client, patient):
    client.cookies["django_language"] = Language.CHINESE

    response = client.get(PAGE)
    assert "拍摄与处理您的皮肤照片" in response.content.decode()
    post(client, text_sha256=shown_hash(response))

    assert ConsentSignature.objects.get(patient=patient).language == Language.CHINESE


@pytest.mark.parametrize("meanwhile", ["new version", "other language", "tampered"])
def test_nothing_is_signed_if_the_words_are_not_those_that_were_read(client, patient, meanwhile):
    shown = shown_hash(client.get(PAGE))
    if meanwhile == "new version":
        next_version(patient.clinic, ConsentKind.PHOTOGRAPHY)
    elif meanwhile == "other language":
        client.cookies["django_language"] = Language.CHINESE
    else:
        shown = "0" * 64

    response = post(client, text_sha256=shown)

    assert response.status_code == 422
    assert response.context["form"].has_error("text_sha256", "text_changed")
    assert shown_hash(response) != shown
    assert not ConsentSignature.objects.exists()


def test_after_the_message_the_new_text_can_be_signed(client, patient):
    old = shown_hash(client.get(PAGE))
    next_version(patient.clinic, ConsentKind.PHOTOGRAPHY)

    again = post(client, text_sha256=old)
    post(client, text_sha256=shown_hash(again))

    assert may_process_photos(patient)


@pytest.mark.parametrize("name", ["ada example", "ＡＤＡ　ＥＸＡＭＰＬＥ", " Ada  Example "])
def test_the_name_may_be_typed_as_keyboards_do(client, patient, name):
    post(client, signed_name=name, text_sha256=shown_hash(client.get(PAGE)))

    assert ConsentSignature.objects.filter(patient=patient).exists()


@pytest.mark.parametrize("name", ["", "x", "Somebody Else"])
def test_another_name_is_no_signature(client, patient, name):
    response = post(client, signed_name=name, text_sha256=shown_hash(client.get(PAGE)))

    assert response.status_code == 422
    assert not ConsentSignature.objects.filter(patient=patient).exists()


def test_a_new_version_says_what_changed_to_who_signed_an_older_one(client, patient):
    factories.sign_consent(patient)
    next_version(patient.clinic, ConsentKind.PHOTOGRAPHY, changes="Pictures are kept longer.")
    next_version(patient.clinic, ConsentKind.PHOTOGRAPHY, changes="A new clinic partner.")

    page = client.get(PAGE).content.decode()

    assert not may_process_photos(patient)
    assert page.index("Pictures are kept longer.") < page.index("A new clinic partner.")


def test_who_signs_for_the_first_time_is_not_told_of_changes(client, patient):
    next_version(patient.clinic, ConsentKind.PHOTOGRAPHY, changes="Pictures are kept longer.")

    assert "Pictures are kept longer." not in client.get(PAGE).content.decode()


def test_only_the_form_that_changed_is_signed_again(patient):
    for kind in ConsentKind:
        factories.sign_consent(patient, kind)
    next_version(patient.clinic, ConsentKind.RESEARCH)

    assert [form.kind for form in forms_to_sign(patient)] == [ConsentKind.RESEARCH]
    assert may_process_photos(patient)


def test_a_copy_shows_the_text_of_then_after_a_new_version(client, patient):
    signature = factories.sign_consent(patient)
    next_version(patient.clinic, ConsentKind.PHOTOGRAPHY, title="An entirely new title")

    page = client.get(reverse("consent:signature", args=[signature.public_id])).content.decode()

    assert signature.text_sha256 in page
    assert "letter by letter" in page
    assert "An entirely new title" not in page


def test_the_consequences_are_told_before_a_consent_is_withdrawn(client, patient):
    signature = factories.sign_consent(patient)
    page = reverse("consent:withdraw", args=[signature.public_id])

    assert "Visits without a signed report are closed" in client.get(page).content.decode()
    assert may_process_photos(patient)
    client.post(page)

    assert not may_process_photos(patient)
    assert client.get(page).status_code == 404


def test_there_is_no_form_of_another_kind(client, patient):
    assert client.get(reverse("consent:form", args=["marketing"])).status_code == 404
