from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from inference.results import Model
from portal.accounts.models import Clinic, Invitation
from portal.analysis import engine
from portal.analysis.models import Analysis, AnalysisStatus
from portal.cases.models import Photo, Visit, VisitStatus
from portal.demonstration import people, services
from portal.messages.models import Message
from portal.messages.selectors import unread_for
from portal.reports.models import Report
from tests import factories
from tests.pictures import encoded, noise
from tests.portal.conftest import stored

pytestmark = pytest.mark.django_db
PASSWORD = "everybody knows it"
DARK = 40


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "drawn"
    folder.mkdir()
    for sitting in ("improving-1", "improving-2", "improving-3", "awaiting-1"):
        for view in services.VIEWS:
            _draw(folder / f"{sitting}-{view}.jpg", 500 + len(list(folder.iterdir())))
    _draw(folder / "refused-1-front.jpg", 520, dark=True)
    return folder


def _draw(path, side, *, dark=False) -> None:
    """On each, one of the lesions that are found is a nodule, and another is none."""
    papule, *others = factories.result().lesions
    truth = [{"type": "nodule", **_middle(papule)}]
    truth += [{"type": one.type, **_middle(one)} for one in others[:-1]]
    path.with_suffix(".json").write_text(json.dumps(truth))
    image = noise(side, side)
    path.write_bytes(encoded(image.point(lambda value: value // 8) if dark else image, "JPEG"))


def _middle(lesion):
    x, y, width, height = lesion.box
    return {"x": x + width / 2, "y": y + height / 2}


@pytest.fixture(autouse=True)
def judged_by_light(monkeypatch, settings):
    """In place of the networks, which the browser's tests use: dark pictures are refused."""

    def analyse(pictures):
        return [
            factories.result(one.request.view, accepted=bool(np.mean(one.pixels) > DARK))
            for one in pictures
        ]

    settings.DEMONSTRATION_PASSWORD = PASSWORD
    monkeypatch.setattr(engine, "model", lambda: Model("test", "1", "0" * 64))
    monkeypatch.setattr(engine, "analyse", analyse)


def test_the_clinic_holds_three_reports_a_waiting_visit_and_a_refused_photo(photos):
    call_command("load_demonstration", photos)
    assert Clinic.objects.get().is_demonstration
    assert get_user_model().objects.count() == len(people.EVERYBODY)
    assert Report.objects.count() == 3
    assert Visit.objects.filter(status=VisitStatus.AWAITING_REVIEW).count() == 1
    refused = Analysis.objects.get(status=AnalysisStatus.REJECTED)
    assert refused.photo.visit.case.patient.email == people.REFUSED.email


def test_the_reports_lie_about_three_months_apart_and_agree_with_their_visits(photos):
    call_command("load_demonstration", photos)
    reports = list(Report.objects.order_by("signed_at").select_related("visit"))
    gaps = [b.signed_at - a.signed_at for a, b in pairwise(reports)]
    assert all(timedelta(days=85) < gap < timedelta(days=95) for gap in gaps)
    for report in reports:
        taken = list(report.visit.photos.values_list("uploaded_at", flat=True))
        assert len(taken) == len(services.VIEWS)
        assert max(taken) <= report.visit.submitted_at <= report.visit.reported_at
        assert abs(report.signed_at - report.visit.reported_at) < timedelta(minutes=1)
    assert timezone.now() - reports[-1].signed_at > timedelta(days=1)


def test_the_reports_hold_what_was_drawn_as_the_doctor_sees_it(photos):
    call_command("load_demonstration", photos)

    machine = factories.result().lesions
    for report in Report.objects.all():
        assert [photo["view"] for photo in report.content["photos"]] == list(services.VIEWS)
        for photo in report.content["photos"]:
            assert len(photo["lesions"]) == len(machine) - 1, "what is no lesion was rejected"
        assert report.content["counts"]["nodule"] == 1
        assert report.content["is_corrected"]


def test_the_clinic_has_a_thread_with_an_answer_to_read_and_a_door_that_is_open(photos):
    call_command("load_demonstration", photos)
    patient = get_user_model().objects.get(email=people.IMPROVING.email)
    doctor = get_user_model().objects.get(email=people.DOCTOR.email)
    letters = list(patient.cases.get().messages.all())

    assert [one.from_clinic for one in letters] == [False, True, False, True]
    assert unread_for(patient).get() == letters[-1]
    assert not unread_for(doctor).exists()
    assert all(one.read_at for one in letters[:-1])
    assert letters[-1].sent_at < timezone.now() - timedelta(days=1), "too old for a mail"
    invitation = Invitation.objects.usable().get()
    assert (invitation.note, invitation.single_use) == (people.INVITATION_NOTE, False)


def test_loading_twice_is_loading_once(photos, capsys):
    call_command("load_demonstration", photos)
    call_command("load_demonstration", photos)
    assert "there already" in capsys.readouterr().out
    assert Report.objects.count() == 3


def test_a_load_that_breaks_off_leaves_nothing(photos, media):
    (photos / "refused-1-front.jpg").unlink()
    with pytest.raises(FileNotFoundError):
        call_command("load_demonstration", photos)
    assert not Clinic.objects.exists()
    assert not Photo.objects.exists()
    assert not Message.objects.exists()
    assert not get_user_model().objects.exists()
    assert stored(media) == []


def test_what_a_killed_load_left_is_replaced_by_a_whole_clinic(photos, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr(services, "_finish", lambda *_arguments: None)
        call_command("load_demonstration", photos)
    assert not services.is_loaded()

    call_command("load_demonstration", photos)
    assert services.is_loaded()
    assert Clinic.objects.count() == 1
    assert Report.objects.count() == 3


def test_a_photo_that_is_read_otherwise_than_drawn_stops_the_load(photos):
    _draw(photos / "awaiting-1-front.jpg", 511, dark=True)
    with pytest.raises(services.NotReadError):
        call_command("load_demonstration", photos)
    assert not Clinic.objects.exists()


def test_nobody_gets_a_password_that_was_not_chosen(photos, settings):
    settings.DEMONSTRATION_PASSWORD = ""
    with pytest.raises(CommandError, match="DEMONSTRATION_PASSWORD"):
        call_command("load_demonstration", photos)
