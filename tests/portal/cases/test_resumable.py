"""Photos in pieces: whatever order of pieces, losses and repeats, one photo comes out."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from portal.cases.models import Photo, Upload, UploadPiece, View
from portal.cases.resumable import OffsetError, append, begin_upload, finish, sweep_uploads
from portal.cases.services import PhotoRefused, accept_photo, submit
from tests import factories
from tests.pictures import encoded, heic, jpeg, noise
from tests.portal.conftest import content, stored

PART = {"X-Requested-With": "XMLHttpRequest"}
in_database = pytest.mark.django_db


def begin(visit, data: bytes, view: View = View.FRONT) -> Upload:
    digest = hashlib.sha256(data).hexdigest()
    return begin_upload(visit=visit, view=view, byte_size=len(data), sha256=digest)


def send_all(visit, data: bytes, piece: int = 4000) -> Photo:
    upload = begin(visit, data)
    while not upload.is_whole:
        start = upload.received
        upload = append(upload=upload, offset=start, data=data[start : start + piece])
    return finish(upload=upload)


# --- The services -------------------------------------------------------------------------------


@in_database
def test_pieces_become_the_photo_that_was_announced_and_leave_no_files(
    visit, media, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        photo = send_all(visit, jpeg())

    assert content(photo.original) == jpeg()
    assert stored(media) == [photo.original.name]
    assert not UploadPiece.objects.exists()


@in_database
def test_the_same_file_goes_on_where_it_stood(visit):
    upload = begin(visit, jpeg())
    append(upload=upload, offset=0, data=jpeg()[:5000])

    again = begin(visit, jpeg())

    assert (again.pk, again.received) == (upload.pk, 5000)


@in_database
def test_after_its_end_the_same_file_is_known_and_not_sent_again(visit):
    photo = send_all(visit, jpeg())

    again = begin(visit, jpeg())

    assert again.is_whole
    assert finish(upload=again) == photo


@in_database
def test_a_photo_that_was_removed_may_be_sent_again(visit):
    photo = send_all(visit, jpeg())
    photo.replaced_at = timezone.now()
    photo.save()

    assert begin(visit, jpeg()).received == 0


@in_database
def test_another_file_takes_the_place_of_one_under_way(
    visit, media, django_capture_on_commit_callbacks
):
    first = begin(visit, jpeg())
    append(upload=first, offset=0, data=jpeg()[:5000])

    with django_capture_on_commit_callbacks(execute=True):
        begin(visit, heic())

    assert not Upload.objects.filter(pk=first.pk).exists()
    assert stored(media) == []


@in_database
@pytest.mark.parametrize("offset", [0, 4999, 5001, 10**9])
def test_a_piece_at_the_wrong_place_is_told_where_the_right_one_is(visit, media, offset):
    upload = begin(visit, jpeg())
    append(upload=upload, offset=0, data=jpeg()[:5000])
    before = stored(media)

    with pytest.raises(OffsetError) as error:
        append(upload=upload, offset=offset, data=b"x" * 10)

    assert error.value.upload.received == 5000
    assert stored(media) == before


@in_database
def test_more_than_was_announced_is_not_stored(visit, media):
    upload = begin(visit, jpeg())

    with pytest.raises(OffsetError):
        append(upload=upload, offset=0, data=jpeg() + b"x")

    assert stored(media) == []


@in_database
def test_a_file_that_is_not_what_was_announced_is_refused_and_forgotten(
    visit, media, django_capture_on_commit_callbacks
):
    upload = begin(visit, jpeg())
    damaged = b"\0" * len(jpeg())
    upload = append(upload=upload, offset=0, data=damaged)

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(PhotoRefused) as refused:
        finish(upload=upload)

    assert refused.value.code == "truncated"
    assert not Upload.objects.exists()
    assert not Photo.objects.exists()
    assert stored(media) == []


@in_database
@pytest.mark.parametrize(("size", "code"), [(0, "empty"), (21 * 1024 * 1024, "too_large")])
def test_a_size_that_will_not_be_taken_is_refused_before_anything_is_sent(visit, size, code):
    with pytest.raises(PhotoRefused) as refused:
        begin_upload(visit=visit, view=View.FRONT, byte_size=size, sha256="0" * 64)

    assert refused.value.code == code


@in_database
def test_a_visit_that_was_sent_meanwhile_takes_no_piece(visit):
    upload = begin(visit, jpeg(), View.LEFT)
    factories.photo(visit)
    submit(visit=visit)

    with pytest.raises(PhotoRefused) as refused:
        append(upload=upload, offset=0, data=jpeg()[:10])

    assert refused.value.code == "not_open"


@in_database
def test_what_nobody_goes_on_with_is_swept_away_and_the_rest_stays(
    visit, media, django_capture_on_commit_callbacks
):
    old, new = begin(visit, jpeg()), begin(visit, heic(), View.LEFT)
    for upload in (old, new):
        append(upload=upload, offset=0, data=b"\xff" * 10)
    Upload.objects.filter(pk=old.pk).update(touched_at=timezone.now() - timedelta(hours=25))

    with django_capture_on_commit_callbacks(execute=True):
        sweep_uploads()

    assert list(Upload.objects.all()) == [new]
    assert len(stored(media)) == 1


@in_database
def test_uploads_of_a_visit_that_was_sent_are_swept_away(visit):
    begin(visit, jpeg(), View.LEFT)
    factories.photo(visit)
    submit(visit=visit)

    sweep_uploads()

    assert not Upload.objects.exists()


STEPS = hypothesis_settings(
    max_examples=12,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


class Sending(RuleBasedStateMachine):
    """A sender who loses answers, repeats pieces and starts anew, against a model of the file."""

    def __init__(self) -> None:
        super().__init__()
        self.data = encoded(noise(220, 220), quality=30)
        self.visit = factories.visit(factories.consenting_patient(factories.clinic()))
        self.upload = begin(self.visit, self.data)
        self.sent = 0

    @rule(size=st.integers(0, 3000))
    def send_the_next_piece(self, size: int) -> None:
        piece = self.data[self.sent : self.sent + size]
        append(upload=self.upload, offset=self.sent, data=piece)
        self.sent += len(piece)

    @rule(offset=st.integers(0, 20_000), size=st.integers(0, 3000))
    def send_a_piece_from_anywhere(self, offset: int, size: int) -> None:
        piece = self.data[offset : offset + size]
        if offset == self.sent:
            append(upload=self.upload, offset=offset, data=piece)
            self.sent += len(piece)
            return
        with pytest.raises(OffsetError) as refused:
            append(upload=self.upload, offset=offset, data=piece)
        assert refused.value.upload.received == self.sent

    @rule()
    def begin_again(self) -> None:
        self.upload = begin(self.visit, self.data)

    @rule()
    def finish_if_whole(self) -> None:
        self.upload.refresh_from_db()
        if self.upload.is_whole:
            photo = finish(upload=self.upload)
            assert photo.sha256 == hashlib.sha256(self.data).hexdigest()

    @invariant()
    def the_server_knows_how_much_it_has(self) -> None:
        stands = begin(self.visit, self.data)
        assert stands.received == self.sent
        assert stands.photo or sum(p.byte_size for p in stands.pieces.all()) == self.sent

    @invariant()
    def there_is_one_photo_at_the_most(self) -> None:
        assert Photo.objects.filter(visit=self.visit).count() <= 1


class TestSending(TestCase):
    @pytest.fixture(autouse=True)
    def _media(self, media) -> None:
        pass

    def test_any_order_of_pieces_ends_in_one_photo_or_none(self):
        run_state_machine_as_test(Sending, settings=STEPS)


# --- The pages ----------------------------------------------------------------------------------


@pytest.fixture
def browser(client, patient):
    client.force_login(patient)
    return client


def announce(browser, visit, data: bytes, view: str = "front", **more):
    fields = {"view": view, "byte_size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    path = reverse("cases:begin_upload", args=[visit.public_id])
    return browser.post(path, fields | more, headers=PART)


def patch(browser, address: str, data: bytes, offset: object):
    headers = {**PART, "Upload-Offset": str(offset)}
    kind = "application/offset+octet-stream"
    return browser.patch(address, data, content_type=kind, headers=headers)


@in_database
def test_a_photo_is_announced_sent_in_pieces_and_answered_with_its_card(browser, visit):
    begun = announce(browser, visit, jpeg())
    address = begun.json()["address"]
    assert (begun.status_code, begun["Upload-Offset"]) == (HTTPStatus.CREATED, "0")

    first = patch(browser, address, jpeg()[:5000], 0)
    assert (first.status_code, first["Upload-Offset"]) == (HTTPStatus.NO_CONTENT, "5000")
    assert browser.head(address)["Upload-Offset"] == "5000"

    last = patch(browser, address, jpeg()[5000:], 5000)
    assert last.status_code == HTTPStatus.OK
    assert "Waiting to be checked" in last.text
    assert Photo.objects.get().sha256 == hashlib.sha256(jpeg()).hexdigest()


@in_database
def test_the_last_answer_is_given_again_to_who_missed_it(browser, visit):
    address = announce(browser, visit, jpeg()).json()["address"]
    patch(browser, address, jpeg(), 0)

    again = announce(browser, visit, jpeg())
    answer = patch(browser, again.json()["address"], b"", again["Upload-Offset"])

    assert answer.status_code == HTTPStatus.OK
    assert "Waiting to be checked" in answer.text
    assert Photo.objects.count() == 1


@in_database
def test_a_wrong_offset_is_a_conflict_that_names_the_right_one(browser, visit):
    address = announce(browser, visit, jpeg()).json()["address"]

    response = patch(browser, address, b"abc", 7)

    assert (response.status_code, response["Upload-Offset"]) == (HTTPStatus.CONFLICT, "0")


@in_database
@pytest.mark.parametrize("offset", ["", "-1", "1.5", "²", "x"])
def test_an_offset_that_is_no_number_is_refused(browser, visit, offset):
    address = announce(browser, visit, jpeg()).json()["address"]

    assert patch(browser, address, b"abc", offset.encode()).status_code == HTTPStatus.BAD_REQUEST


@in_database
@pytest.mark.parametrize(
    "wrong", [{"view": "elbow"}, {"sha256": "zz"}, {"byte_size": "-3"}, {"byte_size": "much"}]
)
def test_an_announcement_that_makes_no_sense_is_refused(browser, visit, wrong):
    response = announce(browser, visit, jpeg(), **wrong)

    assert response.status_code == HTTPStatus.BAD_REQUEST


@in_database
def test_a_file_that_is_no_picture_is_refused_in_plain_words_at_its_card(browser, visit):
    data = b"<html>" * 100
    address = announce(browser, visit, data).json()["address"]

    response = patch(browser, address, data, 0)

    assert response.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert "not a picture" in response.text
    assert not Upload.objects.exists()


@in_database
def test_nobody_else_adds_to_an_upload(client, visit, patient):
    upload = begin(visit, jpeg())
    address = reverse("cases:upload_piece", args=[upload.public_id])
    for stranger in (factories.patient(patient.clinic), factories.doctor(patient.clinic)):
        client.force_login(stranger)
        assert patch(client, address, b"abc", 0).status_code in {403, 404}

    upload.refresh_from_db()
    assert upload.received == 0


@in_database
def test_the_plain_form_and_the_pieces_bring_the_same_photo_once(visit):
    plain = accept_photo(visit=visit, view=View.FRONT, upload=ContentFile(jpeg()))

    assert send_all(visit, jpeg()) == plain
