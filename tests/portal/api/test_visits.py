"""A visit by the API: consent, photos, questions, sending, and a photo asked for again."""

from __future__ import annotations

import hashlib
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from portal.cases.models import Photo, View
from portal.consent.models import ConsentKind
from portal.consent.selectors import current_forms
from portal.review.services import ask_for_retake, claim
from tests import factories, pictures
from tests.portal.api.apps import V1, App, jpeg

pytestmark = pytest.mark.django_db


def test_a_patient_reads_signs_and_withdraws(client, clinic):
    patient = factories.patient(clinic, full_name="Ada Example")
    app = App(client, patient)
    form = app.get("consents/").json()[0]
    signing = {"language": "en", "text_sha256": form["text_sha256"], "signed_name": "Ada Example"}

    signed = app.post("consents/photography/signature/", signing)
    assert signed.status_code == 201
    assert app.get("me/").json()["may_send_photos"] is True

    withdrawn = app.post(f"signatures/{signed.json()['id']}/withdrawal/")
    assert withdrawn.json()["withdrawn_at"]
    assert app.get("me/").json()["may_send_photos"] is False


def test_another_text_or_name_signs_nothing(app, patient):
    text = current_forms(patient).get(kind=ConsentKind.RESEARCH).text_in("en")
    for wrong in ({"text_sha256": "0" * 64}, {"signed_name": "Somebody Else"}):
        right = {"language": "en", "text_sha256": text.sha256, "signed_name": patient.full_name}
        refused = app.post("consents/research/signature/", {**right, **wrong})
        assert refused.status_code == 409
        assert set(refused.json()["fields"]) == set(wrong)
    assert patient.consent_signatures.count() == 1


def test_a_visit_from_opening_to_sending(app, patient):
    visit = app.post("visits/").json()
    address = f"visits/{visit['visit']['id']}/"
    assert [one["code"] for one in visit["obstacles"]] == ["front_missing"]
    assert app.post(address + "submission/").json()["code"] == "front_missing"

    sent = app.form(address + "photos/", view="front", photo=jpeg())
    assert (sent.status_code, sent.json()["status"]) == (201, "queued")
    factories.read(Photo.objects.get())
    photo = app.get(f"photos/{sent.json()['id']}/").json()
    assert photo["status"] == "done"
    picture = b"".join(app.client.get(photo["image"], headers=app.headers).streaming_content)
    assert Image.open(io.BytesIO(picture)).format == "JPEG"

    kept = app.send("patch", address + "answers/", {"since": "months", "allergies": "None"})
    assert kept.json()["since"] == "months"
    assert app.post(address + "submission/").json()["visit"]["status"] == "awaiting_review"
    assert app.post(address + "submission/").status_code == 200
    assert app.get(address).json()["wait"]["ahead"] == 0


@pytest.mark.parametrize(
    ("file", "code"), [(b"<svg/>", "unsupported"), (b"text", "not_a_picture"), (b"", "empty")]
)
def test_what_is_no_photo_is_refused_with_its_reason(app, patient, file, code):
    visit = factories.visit(patient)

    refused = app.form(
        f"visits/{visit.public_id}/photos/", view="front", photo=SimpleUploadedFile("x.jpg", file)
    )

    assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert not Photo.objects.exists()


def test_a_photo_arrives_in_pieces_and_goes_on_after_a_lost_connection(app, patient):
    data, half = pictures.jpeg(), 5000
    digest = hashlib.sha256(data).hexdigest()
    announced = {"view": "front", "byte_size": len(data), "sha256": digest}
    start = f"visits/{factories.visit(patient).public_id}/uploads/"

    def piece(upload, offset, part):
        return app.client.patch(
            f"{V1}uploads/{upload['id']}/",
            part,
            content_type="application/octet-stream",
            headers={**app.headers, "Upload-Offset": str(offset)},
        )

    upload = app.post(start, announced).json()
    assert piece(upload, 0, data[:half]).json()["received"] == half
    assert piece(upload, 0, data[:half]).json()["code"] == "offset"
    again = app.post(start, announced).json()
    assert (again["id"], again["received"]) == (upload["id"], half)
    whole = piece(upload, half, data[half:]).json()

    assert whole["photo"] == str(Photo.objects.get().public_id)
    assert Photo.objects.get().sha256 == digest


def test_a_photo_is_taken_out_of_a_draft_only(app, patient):
    sent = factories.sent_visit(patient)
    draft = factories.photo(factories.visit(patient))

    assert app.send("delete", f"photos/{draft.public_id}/").status_code == 204
    refused = app.send("delete", f"photos/{sent.photos.get().public_id}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_open")


def test_only_what_the_doctor_asks_for_again_is_told_and_taken(app, patient, doctor):
    visit = factories.sent_visit(patient)
    review = claim(visit=visit, doctor=doctor)
    ask_for_retake(review=review, views=[View.LEFT], reason="Hair over the cheek.")
    address = f"visits/{visit.public_id}/"

    told = app.get(address).json()
    assert told["views_asked"] == ["left"]
    [retake] = told["retakes"]
    assert (retake["reason"], retake["photo"]) == ("Hair over the cheek.", None)
    assert retake["hint"].startswith("Turn your head")
    refused = app.form(address + "photos/", view="front", photo=jpeg())
    assert (refused.status_code, refused.json()["code"]) == (409, "not_asked")
    assert app.post(address + "submission/").json()["code"] == "asked_again"

    sent = app.form(address + "photos/", view="left", photo=jpeg(pictures.heic()))
    assert app.get(address).json()["retakes"][0]["photo"] == sent.json()["id"]
    factories.read(Photo.objects.get(public_id=sent.json()["id"]))
    again = app.post(address + "submission/").json()

    assert again["visit"]["status"] == "awaiting_review"
    assert again["retakes"] == []


@pytest.mark.parametrize("allowed", [True, False])
def test_findings_before_the_signature_are_the_clinics_choice(app, patient, clinic, allowed):
    clinic.show_findings_before_signature = allowed
    clinic.save()
    visit = factories.sent_visit(patient)

    preview = app.get(f"visits/{visit.public_id}/").json()["preview"]

    assert (preview and preview["counts"]["papule"]) == (3 if allowed else None)
