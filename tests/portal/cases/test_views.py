from __future__ import annotations

import io
from http import HTTPStatus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from portal.analysis.models import Analysis, AnalysisStatus
from portal.cases.models import Photo, View, VisitStatus
from portal.cases.services import submit
from portal.consent.models import ConsentSignature
from portal.consent.services import withdraw
from tests import factories
from tests.pictures import encoded, face, heic, jpeg
from tests.portal.conftest import stored

pytestmark = pytest.mark.django_db
PART = {"X-Requested-With": "XMLHttpRequest"}


@pytest.fixture
def browser(client, patient):
    client.force_login(patient)
    return client


def page(visit) -> str:
    return reverse("cases:visit", args=[visit.public_id])


def send(browser, visit, data: bytes, view: str = "front", name: str = "photo.jpg", **options):
    path = reverse("cases:upload", args=[visit.public_id])
    return browser.post(path, {"view": view, "photo": SimpleUploadedFile(name, data)}, **options)


def status(browser, photo):
    return browser.get(reverse("cases:photo_status", args=[photo.public_id]), headers=PART)


def image(browser, photo, query: str = ""):
    return browser.get(reverse("cases:photo_image", args=[photo.public_id]) + query)


def body(response) -> bytes:
    return b"".join(response.streaming_content)  # at its end the client closes the file


def test_a_new_patient_reads_what_a_visit_is_and_opens_one(browser, patient):
    home = browser.get(reverse("cases:home"))
    assert "No visits yet" in home.text

    opened = browser.post(reverse("cases:open_visit"), follow=True)

    assert opened.redirect_chain[-1][0] == page(patient.cases.get().visits.get())


def test_without_consent_the_patient_is_led_to_the_form(client):
    client.force_login(factories.patient(factories.clinic()))
    assert "read and sign a form" in client.get(reverse("cases:home")).text

    assert client.post(reverse("cases:open_visit")).url == reverse("consent:list")


def test_the_home_page_shows_each_visit_with_its_state(browser, patient, visit):
    factories.photo(visit)
    submit(visit=visit)
    factories.photo(factories.visit(patient))
    home = browser.get(reverse("cases:home")).text

    assert "Visit 2 is waiting for you" in home
    assert "1 photo so far" in home
    assert str(VisitStatus.SUBMITTED.label) in home


def test_a_photo_is_sent_and_shown_as_waiting(browser, visit):
    response = send(browser, visit, jpeg(), headers=PART)

    assert response.status_code == HTTPStatus.OK
    assert "Waiting to be checked" in response.text
    assert reverse("cases:photo_status", args=[Photo.objects.get().public_id]) in response.text


def test_a_plain_form_without_script_leads_back_to_the_card(browser, visit):
    response = send(browser, visit, jpeg())

    assert response.url == f"{page(visit)}#view-front"


@pytest.mark.parametrize("headers", [PART, {}])
@pytest.mark.parametrize(
    "case",
    [
        (b"", HTTPStatus.UNPROCESSABLE_ENTITY, "This file is empty"),
        (jpeg()[:-999], HTTPStatus.UNPROCESSABLE_ENTITY, "damaged or incomplete"),
        (b"<svg/>", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Pictures of this kind cannot be used"),
        (b"<html>", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not a picture"),
    ],
)
def test_a_bad_file_is_refused_in_plain_words(browser, visit, media, case, headers):
    data, code, words = case
    response = send(browser, visit, data, headers=headers)

    assert response.status_code == code
    assert words in response.text
    assert not Photo.objects.exists()
    assert stored(media) == []


def test_a_file_beyond_the_limit_is_refused_and_not_kept(browser, visit, settings):
    settings.PHOTO_MAX_BYTES = 1000
    response = send(browser, visit, b"\xff" * (21 * 1024 * 1024))

    assert response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert "larger than 20 MB" in response.text


def test_sending_nothing_says_so(browser, visit):
    path = reverse("cases:upload", args=[visit.public_id])
    response = browser.post(path, {"view": "front"})

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "No photo was chosen" in response.text


@pytest.mark.parametrize("view", ["", "elbow", "chest"])
def test_a_view_that_is_not_asked_for_is_refused(browser, visit, view):
    assert send(browser, visit, jpeg(), view).status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("name", ["../../Anna.jpg", "Anna\x00.jpg", "Anna." + "x" * 5000, "Anna"])
def test_a_hostile_file_name_does_no_harm(browser, visit, media, name):
    assert send(browser, visit, jpeg(), name=name).status_code == HTTPStatus.FOUND
    assert not any("Anna" in path for path in stored(media))


def test_a_visit_that_was_sent_takes_no_photo(browser, visit):
    factories.photo(visit)
    submit(visit=visit)
    response = send(browser, visit, heic())

    assert response.status_code == HTTPStatus.CONFLICT


def test_the_status_follows_the_photo_until_it_is_accepted(browser, visit):
    photo = factories.photo(visit)
    assert "Waiting to be checked" in status(browser, photo).text

    Analysis.objects.update(status=AnalysisStatus.QUEUED)
    factories.read(photo)
    accepted = status(browser, photo).text

    assert "Accepted" in accepted
    assert "data-poll" not in accepted


def test_a_refused_photo_says_why_and_offers_another_try(browser, visit):
    photo = factories.photo(visit)
    factories.read(photo, factories.result(accepted=False))
    refused = status(browser, photo).text

    assert "Turn towards a window or a lamp" in refused
    assert "Take a photo" in refused
    assert "Take the photo from the front again." in refused


def test_a_photo_that_cannot_be_opened_says_so(browser, visit):
    photo = factories.photo(visit)
    Analysis.objects.update(
        status=AnalysisStatus.UNREADABLE, problem="truncated", finished_at=timezone.now()
    )

    assert "This file is damaged or incomplete" in status(browser, photo).text


def test_a_photo_that_was_not_read_is_told_to_be_safe(browser, visit):
    photo = factories.photo(visit)
    Analysis.objects.update(
        status=AnalysisStatus.FAILED, problem="0f0f", finished_at=timezone.now()
    )

    assert "Your photo is safe" in status(browser, photo).text


def test_what_the_machine_found_is_not_shown_before_the_signature(browser, visit):
    factories.read(factories.photo(visit))
    submit(visit=visit)
    shown = browser.get(page(visit)).text

    for word in ("papule", "pustule", "lesion", "Grade II", "grade II"):
        assert word not in shown


def test_a_visit_without_its_front_photo_is_not_sent_and_says_what_is_missing(browser, visit):
    response = browser.post(reverse("cases:submit", args=[visit.public_id]))

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "The visit cannot be sent yet" in response.text
    assert "Add the photo from the front." in response.text


def test_sending_twice_sends_once(browser, visit):
    factories.photo(visit)
    for _ in range(2):
        response = browser.post(reverse("cases:submit", args=[visit.public_id]), follow=True)

    visit.refresh_from_db()
    assert visit.status == VisitStatus.SUBMITTED
    assert "Your photos are being checked" in response.text
    assert "Take a photo" not in response.text


def test_a_photo_is_removed(browser, visit):
    photo = factories.photo(visit)
    browser.post(reverse("cases:remove_photo", args=[photo.public_id]))

    assert not visit.photos.current().exists()


def test_after_withdrawal_the_visit_says_so_and_takes_nothing(browser, visit, patient):
    withdraw(signature=ConsentSignature.objects.get(patient=patient))
    shown = browser.get(page(visit)).text

    assert "This visit was withdrawn" in shown
    assert "Take a photo" not in shown


def test_the_picture_shown_is_rebuilt_private_and_never_the_original(browser, visit):
    exif = face().getexif()
    exif[0x010F] = "a secret in the picture"
    photo = factories.photo(visit, data=encoded(face(), exif=exif))
    assert image(browser, photo).status_code == HTTPStatus.NOT_FOUND

    factories.read(photo)
    shown = image(browser, photo)

    assert shown["Content-Type"] == "image/jpeg"
    assert "no-store" in shown["Cache-Control"]
    assert "private" in shown["Cache-Control"]
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert b"secret" not in body(shown)


def size_of(response) -> tuple[int, int]:
    return Image.open(io.BytesIO(body(response))).size


def large(visit) -> Photo:
    photo = factories.photo(visit)
    reading = factories.result(width=2400, height=3200)
    factories.read(photo, reading, display=encoded(face().resize((2400, 3200))))
    photo.refresh_from_db()
    return photo


SMALLER = {"thumbnail": (240, 320), "small": (768, 1024), "medium": (1536, 2048)}


def test_whoever_looks_from_afar_gets_a_smaller_picture_that_was_made_once(browser, visit, media):
    photo = large(visit)

    assert size_of(image(browser, photo)) == (2400, 3200)
    for name, size in SMALLER.items():
        assert size_of(image(browser, photo, f"?size={name}")) == size
        with Image.open(media / getattr(photo, name).name) as kept:
            assert kept.size == size
            assert not kept.getexif()
    assert image(browser, photo, "?size=huge").status_code == HTTPStatus.NOT_FOUND


def test_a_photo_kept_without_smaller_pictures_is_reduced_on_the_way(browser, visit):
    photo = large(visit)
    Photo.objects.update(**dict.fromkeys(SMALLER, ""))

    for name, size in SMALLER.items():
        assert size_of(image(browser, photo, f"?size={name}")) == size


def test_a_small_photo_is_not_made_larger(browser, visit, media):
    photo = factories.photo(visit)
    factories.read(photo)

    assert size_of(image(browser, photo, "?size=medium")) == (512, 512)
    assert size_of(image(browser, photo, "?size=thumbnail")) == (320, 320)
    shown = [name for name in stored(media) if name.startswith("display/")]
    assert len(shown) == 2


def test_a_doctors_browser_keeps_pictures_and_asks_each_time_whether_it_may_show_them(
    client, patient, visit
):
    photo = large(visit)
    submit(visit=visit)
    client.force_login(factories.doctor(patient.clinic))
    first = image(client, photo, "?size=small")
    known = {"headers": {"if-none-match": first["ETag"]}}
    address = reverse("cases:photo_image", args=[photo.public_id])

    assert size_of(first) == SMALLER["small"]
    assert "no-cache" in first["Cache-Control"]
    assert "private" in first["Cache-Control"]
    assert client.get(f"{address}?size=small", **known).status_code == HTTPStatus.NOT_MODIFIED
    assert size_of(client.get(address, **known)) == (2400, 3200)

    client.force_login(factories.doctor(factories.clinic()))
    assert client.get(f"{address}?size=small", **known).status_code == HTTPStatus.NOT_FOUND
    client.logout()
    assert client.get(f"{address}?size=small", **known).status_code == HTTPStatus.FOUND


def test_the_doctor_sees_no_picture_of_a_visit_that_was_not_sent(client, patient, visit):
    photo = factories.photo(visit)
    factories.read(photo)
    client.force_login(factories.doctor(patient.clinic))
    assert image(client, photo).status_code == HTTPStatus.NOT_FOUND

    submit(visit=visit)

    assert body(image(client, photo))


def test_pages_cost_the_same_number_of_queries_however_much_there_is(
    browser, patient, visit, django_assert_max_num_queries
):
    for view in (View.FRONT, View.LEFT, View.RIGHT):
        factories.read(factories.photo(visit, view))
    browser.get(page(visit))  # the first look notes that the session is in use
    with django_assert_max_num_queries(12):
        browser.get(page(visit))

    submit(visit=visit)
    for _ in range(4):
        another = factories.visit(patient)
        factories.photo(another)
        submit(visit=another)
    with django_assert_max_num_queries(12):
        browser.get(reverse("cases:home"))
