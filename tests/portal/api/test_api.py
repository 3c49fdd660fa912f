from __future__ import annotations

import hashlib
import io
import uuid

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from portal.accounts.services import set_active
from portal.api import tokens
from portal.api.models import DeviceToken
from portal.cases.models import Photo, VisitStatus
from portal.consent.models import ConsentKind
from portal.consent.selectors import current_forms
from portal.messages.models import Message
from tests import factories, pictures
from tests.portal.api.conftest import bearer

pytestmark = pytest.mark.django_db

V1 = "/api/v1/"


class App:
    """An app on a phone: JSON in, JSON out, and a token that it sends along."""

    def __init__(self, client, person=None) -> None:
        self.client = client
        self.headers = bearer(person) if person else {}

    def get(self, path):
        return self.client.get(V1 + path, headers=self.headers)

    def send(self, method, path, data=None, **headers):
        how = {"content_type": "application/json", "headers": {**self.headers, **headers}}
        return getattr(self.client, method)(V1 + path, data, **how)

    def post(self, path, data=None):
        return self.send("post", path, data or {})

    def form(self, path, **data):
        return self.client.post(V1 + path, data, headers=self.headers)


@pytest.fixture
def app(client, patient):
    return App(client, patient)


@pytest.fixture
def desk(client, doctor):
    return App(client, doctor)


def sign_in(client, person, **asked):
    usual = {"email": person.email, "password": factories.PASSWORD, "device": "My phone"}
    return App(client).post("tokens/", {**usual, **asked})


def jpeg(data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("x.jpg", data or pictures.jpeg())


# --- Who asks ------------------------------------------------------------------------------------


def test_a_device_signs_in_is_listed_and_signs_out(client, patient):
    made = sign_in(client, patient).json()
    app = App(client)
    app.headers = {"Authorization": f"Bearer {made['token']}"}

    assert app.get("me/").json()["email"] == patient.email
    assert [one["name"] for one in app.get("devices/").json()] == ["My phone"]
    assert app.send("delete", f"devices/{made['device']['id']}/").status_code == 204
    assert app.get("me/").status_code == 401


def test_only_the_hash_of_a_key_is_kept(client, patient):
    key = sign_in(client, patient).json()["token"]

    assert key not in str(DeviceToken.objects.values().get())


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"email": "nobody@clinic.example"}])
def test_a_wrong_password_and_an_unknown_address_read_the_same(client, patient, wrong):
    refused = sign_in(client, patient, **wrong)

    assert refused.status_code == 401
    assert refused.json()["message"].startswith("The address and the password")


def test_nobody_signs_in_before_the_address_is_confirmed(client, clinic):
    assert sign_in(client, factories.patient(clinic, email_verified=False)).status_code == 401


def test_an_administrator_gets_no_token(client, clinic):
    assert sign_in(client, factories.administrator(clinic)).status_code == 401


def test_guessing_at_a_password_is_slowed_down(client, patient):
    cache.clear()
    tries = [sign_in(client, patient, password="wrong") for _ in range(11)]

    assert tries[-1].status_code == 429
    assert int(tries[-1]["Retry-After"]) > 0
    assert tries[-1].json()["code"] == "too_many_requests"


def test_a_closed_accounts_token_opens_nothing(app, patient):
    set_active(person=patient, active=False)

    assert app.get("me/").status_code == 401


def test_a_session_cookie_is_no_key_to_the_api(client, patient):
    client.force_login(patient)

    assert client.get(V1 + "me/").status_code == 401


def test_answers_are_in_the_language_asked_for(app):
    app.headers["Accept-Language"] = "zh-hans"

    answer = app.get("visits/" + str(uuid.uuid4()) + "/").json()
    assert answer["code"] == "not_found"
    assert answer["message"] != "There is no such thing here, or it is not yours."


@pytest.mark.parametrize("path", ["nowhere/", "visits/not-an-id/", "visits", ""])
def test_what_is_missing_is_told_in_the_shape_of_every_error(client, path):
    response = client.get(V1 + path)

    assert response.status_code == 404
    assert set(response.json()) == {"code", "message", "fields"}


def test_the_account_page_makes_and_ends_a_devices_key(client, patient):
    password = {"password": factories.PASSWORD}
    client.post(reverse("account_login"), {"login": patient.email, **password})
    client.post(reverse("account_reauthenticate"), password)

    page = client.post(reverse("devices"), {"name": "Tablet"})
    key = page.context["key"]

    assert key in page.content.decode()
    assert key not in client.get(reverse("devices")).content.decode()
    device = tokens.token_by_key(key)
    client.post(reverse("revoke_device", args=[device.public_id]))
    assert tokens.token_by_key(key) is None


# --- What a patient does -------------------------------------------------------------------------


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


def test_a_patient_reads_the_report(app, patient, doctor):
    signed = factories.report(patient, by=doctor, assessment="Mild, and getting better.")

    report = app.get(f"reports/{signed.public_id}/").json()

    assert report["assessment"] == "Mild, and getting better."
    assert report["is_intact"] is True
    assert report["grade_in_words"]
    assert [one["id"] for one in app.get("reports/").json()] == [report["id"]]


def test_messages_go_both_ways(app, desk):
    key = str(uuid.uuid4())
    for _ in range(2):
        sent = app.form("messages/", key=key, text="May I swim?", pictures=[jpeg()])
        assert sent.status_code == 201
    assert len(sent.json()["pictures"]) == 1

    thread = desk.get("threads/").json()[0]
    assert thread["unread"] == 1
    address = f"threads/{thread['case']}/"
    assert [one["text"] for one in desk.get(address).json()] == ["May I swim?"]
    desk.form(address, key=str(uuid.uuid4()), text="Yes, and shower after.")

    assert app.get("me/").json()["unread_messages"] == 1
    assert [one["from_clinic"] for one in app.get("messages/").json()] == [False, True]
    assert Message.objects.unread().count() == 0


def test_an_empty_message_is_refused(app):
    refused = app.form("messages/", key=str(uuid.uuid4()), text=" \n")

    assert (refused.status_code, refused.json()["code"]) == (409, "empty")


# --- What a doctor does --------------------------------------------------------------------------


def test_a_doctor_claims_reads_and_signs(desk, patient):
    visit = factories.sent_visit(patient)
    address = f"queue/{visit.public_id}/"
    assert [one["visit"]["id"] for one in desk.get("queue/").json()["waiting"]] == [
        str(visit.public_id)
    ]

    assert desk.post(address + "claim/").status_code == 200
    found = desk.get(address).json()
    assert found["counts"]["papule"] == 3
    assert len(found["photos"][0]["lesions"]) == 4
    signed = desk.post(address + "report/", {"grade": found["grade"], "assessment": "Mild."})

    assert signed.status_code == 201
    visit.refresh_from_db()
    assert visit.status == VisitStatus.REPORTED


def test_a_colleagues_visit_is_not_taken(client, clinic, desk, patient):
    visit = factories.sent_visit(patient)
    App(client, factories.doctor(clinic)).post(f"queue/{visit.public_id}/claim/")

    refused = desk.post(f"queue/{visit.public_id}/claim/")

    assert (refused.status_code, refused.json()["code"]) == (409, "taken")


def test_a_visit_given_back_waits_again(desk, patient):
    visit = factories.sent_visit(patient)
    desk.post(f"queue/{visit.public_id}/claim/")
    desk.post(f"queue/{visit.public_id}/release/")

    visit.refresh_from_db()
    assert visit.status == VisitStatus.AWAITING_REVIEW


def test_a_grade_that_differs_needs_its_reason(desk, patient):
    visit = factories.sent_visit(patient)
    desk.post(f"queue/{visit.public_id}/claim/")

    decision = {"grade": "IV", "assessment": "Worse."}
    refused = desk.post(f"queue/{visit.public_id}/report/", decision)

    assert refused.status_code == 409
    assert "override_reason" in refused.json()["fields"]
