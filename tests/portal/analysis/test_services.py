from __future__ import annotations

import io
import uuid
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError
from django.utils import timezone
from PIL import Image

from inference.results import LesionType, Region
from portal.analysis import engine, services
from portal.analysis.models import Analysis, AnalysisStatus, Lesion, WorkerHeartbeat
from portal.cases.models import Photo, View, VisitStatus
from portal.cases.services import remove_photo, submit
from portal.cases.transitions import WrongStateError
from tests import factories
from tests.pictures import jpeg
from tests.portal.conftest import content, stored

pytestmark = pytest.mark.django_db
VIEWS = (View.FRONT, View.LEFT, View.RIGHT)


@pytest.fixture
def photos(visit) -> list[Photo]:
    return [factories.photo(visit, view, jpeg(300 + 10 * i)) for i, view in enumerate(VIEWS)]


@pytest.fixture
def photo(visit) -> Photo:
    return factories.photo(visit)


def of(photo: Photo) -> Analysis:
    return Analysis.objects.get(photo=photo)


def run_out_of_time(*claimed: Analysis) -> None:
    Analysis.objects.filter(pk__in=[row.pk for row in claimed]).update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )


def store(claimed: Analysis, **fields) -> None:
    view = View(claimed.photo.view)
    services.store(analysis=claimed, result=factories.result(view, **fields), display=jpeg())


def test_a_claim_takes_the_oldest_rows_as_one_batch_under_one_token_and_lease(photos, settings):
    settings.ANALYSIS_BATCH = 2
    first, second = services.claim()

    assert [first.photo, second.photo] == photos[:2]
    assert first.token == second.token is not None
    assert first.lease_until > timezone.now()
    assert first.attempts == 1
    assert [row.photo for row in services.claim()] == photos[2:]
    assert services.claim() == []


def test_a_row_that_was_tried_before_is_claimed_alone(photos):
    run_out_of_time(*services.claim())
    services.requeue_lost()

    assert [[row.photo for row in services.claim()] for _ in VIEWS] == [[one] for one in photos]


def test_a_reading_is_stored_whole(photo, media):
    [claimed] = services.claim()
    found = factories.result()
    services.store(analysis=claimed, result=found, display=jpeg(512))

    stored_row, photo = of(photo), Photo.objects.get(pk=photo.pk)
    assert stored_row.status == AnalysisStatus.DONE
    assert stored_row.token is stored_row.lease_until is None
    assert stored_row.result == found.to_json()
    assert (stored_row.model_version, stored_row.model_sha256) == ("1", "0" * 64)
    assert content(stored_row.heatmap) == found.heatmap.png
    assert stored_row.lesions.count() == 4
    assert (photo.width, photo.height) == (512, 512)
    assert content(photo.display) == jpeg(512)
    assert len(stored(media)) == 4  # the original, the picture, its thumbnail, the heatmap


def test_only_what_reaches_the_working_threshold_of_its_type_becomes_a_lesion(photo):
    [claimed] = services.claim()
    weak = factories.found_lesion(LesionType.PAPULE, 10, Region.NOSE, score=0.29)
    strong = factories.found_lesion(LesionType.PAPULE, 50, score=0.3)
    store(claimed, candidates=[strong, weak])

    lesion = Lesion.objects.get()
    assert (lesion.score, lesion.region, lesion.x, lesion.width) == (0.3, "", 50, 20)
    assert len(of(photo).result["candidates"]) == 2


def test_a_refused_photo_keeps_its_reasons_and_has_no_lesions(photo):
    [claimed] = services.claim()
    store(claimed, accepted=False)

    assert of(photo).status == AnalysisStatus.REJECTED
    assert of(photo).result["quality"]["reasons"][0]["code"] == "too_dark"
    assert not Lesion.objects.exists()


def test_a_result_comes_too_late_once_another_worker_holds_the_row(photo, media):
    [slow] = services.claim()
    run_out_of_time(slow)
    services.requeue_lost()
    [fast] = services.claim()
    before = stored(media)

    with pytest.raises(services.LeaseLostError):
        store(slow)

    assert of(photo).token == fast.token
    assert stored(media) == before
    store(fast)
    assert Lesion.objects.count() == 4


def test_a_result_is_stored_once(photo):
    [claimed] = services.claim()
    store(claimed)
    with pytest.raises(services.LeaseLostError):
        store(claimed)

    assert Lesion.objects.count() == 4


def test_a_result_of_a_removed_photo_is_dropped(photo):
    [claimed] = services.claim()
    remove_photo(photo=photo)
    with pytest.raises(services.LeaseLostError):
        store(claimed)

    assert of(photo).status == AnalysisStatus.CANCELLED
    assert not Photo.objects.get().display


def test_nothing_stays_of_a_result_that_could_not_be_stored(photo, media, monkeypatch):
    [claimed] = services.claim()
    before = stored(media)

    def fail(_visit):
        raise DatabaseError

    monkeypatch.setattr(services, "settle", fail)
    with pytest.raises(DatabaseError):
        store(claimed)

    assert stored(media) == before
    assert of(photo).status == AnalysisStatus.RUNNING
    assert not Lesion.objects.exists()


def test_what_a_dead_worker_held_is_tried_three_times_and_then_fails_with_an_error_id(photo, visit):
    submit(visit=visit)
    for attempt in (1, 2, 3):
        [claimed] = services.claim()
        assert claimed.attempts == attempt
        run_out_of_time(claimed)
        services.sweep()

    visit.refresh_from_db()
    assert of(photo).status == AnalysisStatus.FAILED
    assert of(photo).problem
    assert services.claim() == []
    assert visit.status == VisitStatus.AWAITING_REVIEW


def test_the_sweep_leaves_a_living_claim_alone(photo):
    [claimed] = services.claim()
    services.sweep()

    assert of(photo).token == claimed.token


def test_the_sweep_rings_for_rows_whose_message_was_lost(photo, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as rung:
        services.sweep()
    assert len(rung) == 1

    services.claim()
    with django_capture_on_commit_callbacks() as rung:
        services.sweep()
    assert rung == []


def test_a_failed_photo_can_be_read_again(photo):
    Analysis.objects.update(
        status=AnalysisStatus.FAILED, attempts=3, problem="0f", finished_at=timezone.now()
    )
    services.retry(analysis=of(photo))

    [claimed] = services.claim()
    assert (claimed.attempts, claimed.problem) == (1, "")


def test_only_a_failed_photo_is_read_again(photo):
    with pytest.raises(WrongStateError):
        services.retry(analysis=of(photo))


def test_withdrawing_stops_what_waits_and_what_runs(photos, patient, settings):
    settings.ANALYSIS_BATCH = 1
    services.claim()
    services.cancel_for_patient(patient=patient)

    assert {of(one).status for one in photos} == {AnalysisStatus.CANCELLED}


def test_an_error_of_the_models_costs_no_photo(photos, monkeypatch, caplog):
    def fail(_pictures):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(engine, "model", factories.result)
    monkeypatch.setattr(engine, "analyse", fail)
    assert services.analyse_next()
    assert {(of(one).status, of(one).attempts) for one in photos} == {("queued", 1)}

    assert services.analyse_waiting()
    assert {(of(one).status, of(one).attempts) for one in photos} == {("failed", 3)}
    assert of(photos[0]).problem in caplog.text


def test_photos_that_take_too_long_are_given_back_when_time_is_up(photos, monkeypatch):
    def dawdle(_pictures):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(engine, "model", factories.result)
    monkeypatch.setattr(engine, "analyse", dawdle)
    with pytest.raises(SoftTimeLimitExceeded):
        services.analyse_next()

    assert {(of(one).status, of(one).attempts) for one in photos} == {("queued", 1)}


def test_a_worker_without_a_model_takes_no_photo_away(photo, monkeypatch):
    def fail():
        raise RuntimeError("no weights")

    monkeypatch.setattr(engine, "model", fail)
    with pytest.raises(RuntimeError):
        services.analyse_waiting()

    assert (of(photo).status, of(photo).attempts) == ("queued", 0)


def test_a_file_that_is_no_picture_after_all_is_told_to_the_patient(photos, monkeypatch):
    photos[0].original.storage.delete(photos[0].original.name)
    with photos[0].original.storage.open(photos[0].original.name, "wb") as file:
        file.write(jpeg()[:500])
    [claimed, *_others] = services.claim()

    assert services._decode(claimed) is None
    assert (of(photos[0]).status, of(photos[0]).problem) == ("unreadable", "truncated")


def test_a_reading_without_a_token_is_not_stored(photo):
    stranger = of(photo)
    stranger.token = uuid.uuid4()
    with pytest.raises(services.LeaseLostError):
        store(stranger)


def test_a_worker_that_beats_is_seen_with_its_model(db):
    services.record_beat(worker="here", model=factories.result().model)
    services.record_beat(worker="here", model=factories.result().model)

    assert WorkerHeartbeat.objects.get().model_name == "test"


def test_the_display_copy_is_the_upright_photo_without_metadata(visit):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Phone of Anna Muster"
    lying = factories.noise(300, 400)
    photo = factories.photo(visit, data=factories.encoded(lying, exif=exif))

    shown = Image.open(io.BytesIO(engine.decode(photo).display()))

    assert shown.size == (400, 300)
    assert not shown.getexif()
    assert "icc_profile" not in shown.info
