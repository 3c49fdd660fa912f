from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError

from portal.analysis.models import Analysis, AnalysisStatus
from portal.cases import services
from portal.cases.models import Photo, View, VisitStatus
from portal.cases.transitions import WrongStateError
from portal.consent.models import ConsentSignature
from portal.consent.services import withdraw
from tests import factories
from tests.pictures import dark, encoded, face, heic, jpeg
from tests.portal.conftest import content, stored

pytestmark = pytest.mark.django_db


def send(visit, data: bytes, view: View = View.FRONT, name: str = "photo.jpg") -> Photo:
    return services.accept_photo(visit=visit, view=view, upload=ContentFile(data, name=name))


def codes(not_ready) -> list[str]:
    return [obstacle.code for obstacle in not_ready.value.obstacles]


def test_opening_a_visit_twice_opens_one(patient):
    assert factories.visit(patient) == factories.visit(patient)
    assert patient.cases.get().visits.get().number == 1


def test_a_visit_is_not_opened_without_consent(db):
    with pytest.raises(services.ConsentMissingError):
        services.open_visit(patient=factories.patient(factories.clinic()))


def test_a_photo_is_stored_with_a_row_that_waits_to_be_read(visit, media):
    photo = send(visit, jpeg())

    assert content(photo.original) == jpeg()
    assert photo.media_type == "image/jpeg"
    assert photo.byte_size == len(jpeg())
    assert Analysis.objects.get(photo=photo).status == AnalysisStatus.QUEUED
    assert stored(media) == [photo.original.name]


def test_the_worker_is_woken_once_the_row_can_be_seen(visit, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        send(visit, jpeg())

    assert len(callbacks) == 1


def test_the_name_of_a_file_leaves_no_trace(visit, media):
    photo = send(visit, heic(), name="../../etc/Anna Muster\x00 acne.heic")

    assert photo.original.name.startswith("originals/")
    assert photo.original.name.endswith(".heic")
    assert "Muster" not in str(Photo.objects.values().get(pk=photo.pk))
    assert all("Muster" not in name for name in stored(media))


def test_the_same_file_for_the_same_view_is_the_same_photo(visit, media):
    assert send(visit, jpeg()) == send(visit, jpeg())
    assert Photo.objects.count() == Analysis.objects.count() == len(stored(media)) == 1


def test_another_photo_of_a_view_replaces_the_first_and_stops_its_reading(visit):
    first, second = send(visit, jpeg()), send(visit, heic())

    assert visit.photos.current().get() == second
    assert Analysis.objects.get(photo=first).status == AnalysisStatus.CANCELLED
    assert Analysis.objects.get(photo=second).status == AnalysisStatus.QUEUED


def test_views_stand_beside_each_other(visit):
    send(visit, jpeg(), View.FRONT)
    send(visit, jpeg(), View.LEFT)

    assert visit.photos.current().count() == 2


def test_a_bad_file_leaves_the_good_photo_of_its_view_alone(visit, media):
    good = send(visit, jpeg())
    with pytest.raises(services.PhotoRefused):
        send(visit, b"<html>")

    assert visit.photos.current().get() == good
    assert stored(media) == [good.original.name]


def test_nothing_is_kept_of_a_photo_whose_transaction_fails(visit, media, monkeypatch):
    def fail(**_):
        raise DatabaseError

    monkeypatch.setattr(services.analysis, "queue_analysis", fail)
    with pytest.raises(DatabaseError):
        send(visit, jpeg())

    assert not Photo.objects.exists()
    assert stored(media) == []


def test_no_photo_is_taken_after_consent_was_withdrawn(visit, patient, media):
    withdraw(signature=ConsentSignature.objects.get(patient=patient))
    with pytest.raises(services.PhotoRefused) as refused:
        send(visit, jpeg())

    assert refused.value.code == "no_consent"
    assert stored(media) == []


def test_no_photo_is_taken_for_a_visit_that_was_sent(visit):
    send(visit, jpeg())
    services.submit(visit=visit)
    with pytest.raises(services.PhotoRefused) as refused:
        send(visit, heic())

    assert refused.value.code == "not_open"


def test_removing_a_photo_frees_its_view_and_stops_its_reading(visit):
    photo = send(visit, jpeg())
    services.remove_photo(photo=photo)
    services.remove_photo(photo=photo)

    assert not visit.photos.current().exists()
    assert Analysis.objects.get().status == AnalysisStatus.CANCELLED


def test_no_photo_is_removed_from_a_visit_that_was_sent(visit):
    photo = send(visit, jpeg())
    services.submit(visit=visit)
    with pytest.raises(WrongStateError):
        services.remove_photo(photo=photo)


def test_a_visit_needs_a_photo_from_the_front(visit):
    send(visit, jpeg(), View.LEFT)
    with pytest.raises(services.NotReadyError) as not_ready:
        services.submit(visit=visit)

    assert codes(not_ready) == ["front_missing"]


def test_a_refused_photo_is_retaken_or_removed_before_the_visit_is_sent(visit):
    send(visit, jpeg())
    side = send(visit, dark(), View.LEFT)
    factories.read(side, factories.result(View.LEFT, accepted=False))
    with pytest.raises(services.NotReadyError) as not_ready:
        services.submit(visit=visit)
    assert codes(not_ready) == ["left_refused"]

    services.remove_photo(photo=side)
    services.submit(visit=visit)

    assert visit.status == VisitStatus.SUBMITTED


def test_a_visit_may_be_sent_while_its_photos_are_read_and_then_waits_for_them(visit):
    photo = send(visit, jpeg())
    services.submit(visit=visit)
    assert visit.status == VisitStatus.SUBMITTED

    factories.read(photo)

    visit.refresh_from_db()
    assert visit.status == VisitStatus.AWAITING_REVIEW


def test_a_visit_whose_photos_were_read_goes_to_the_doctor_at_once(visit):
    factories.read(send(visit, jpeg()))
    services.submit(visit=visit)

    assert visit.status == VisitStatus.AWAITING_REVIEW


def test_a_visit_is_sent_once(visit):
    send(visit, jpeg())
    services.submit(visit=visit)
    with pytest.raises(WrongStateError):
        services.submit(visit=visit)


def test_a_photo_refused_after_sending_does_not_hold_the_visit_back(visit):
    photo = send(visit, encoded(face()))
    services.submit(visit=visit)
    factories.read(photo, factories.result(accepted=False))

    visit.refresh_from_db()
    assert visit.status == VisitStatus.AWAITING_REVIEW
