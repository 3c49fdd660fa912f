"""What was signed, by the API: reports in pages and on paper, and the trend."""

from __future__ import annotations

import uuid
from unittest import mock

import pytest
from django.utils import timezone

from inference.results import LesionType, Region
from portal.api import paging
from portal.audit.models import Action, Entry
from portal.trends.models import VisitMatching
from portal.trends.services import correct, match_waiting
from tests import factories
from tests.portal.api.apps import App

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff"


def test_a_patient_reads_the_report(app, patient, doctor):
    signed = factories.report(patient, by=doctor, assessment="Mild, and getting better.")

    report = app.get(f"reports/{signed.public_id}/").json()

    assert report["assessment"] == "Mild, and getting better."
    assert report["is_intact"] is True
    assert report["grade_in_words"]
    [photo] = report["photos"]
    assert photo["view"] == "front"
    assert len(photo["lesions"]) == 4
    picture = app.client.get(photo["image"], headers=app.headers)
    assert b"".join(picture.streaming_content).startswith(JPEG)
    assert [one["id"] for one in app.get("reports/").json()["results"]] == [report["id"]]


def test_a_report_is_had_on_paper(app, patient, doctor):
    signed = factories.report(patient, by=doctor)
    address = app.get(f"reports/{signed.public_id}/").json()["pdf"]

    paper = app.client.get(address, headers=app.headers)
    plain = app.client.get(address + "?findings=hidden", headers=app.headers)

    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    assert len(plain.content) < len(paper.content)


def test_a_report_that_is_not_what_was_signed_is_not_printed(app, patient, doctor, monkeypatch):
    signed = factories.report(patient, by=doctor)
    monkeypatch.setattr("portal.api.views.reports.is_intact", lambda _report: False)

    refused = app.get(f"reports/{signed.public_id}/pdf/")

    assert (refused.status_code, refused.json()["code"]) == (409, "damaged")


# --- In pages ------------------------------------------------------------------------------------


def leaf_through(app, path: str, most: int) -> list[dict]:
    """Every row of a list, page after page to its end."""
    rows, after = [], ""
    for _page in range(most):
        page = app.get(path + after).json()
        rows += page["results"]
        after = f"?after={page['next']}"
    assert page["next"] is None
    return rows


def reports_of_a_clinic(clinic, doctor, number: int):
    return [
        factories.report(factories.consenting_patient(clinic), by=doctor) for _ in range(number)
    ]


def test_reports_come_newest_first_in_pages(desk, clinic, doctor, monkeypatch):
    monkeypatch.setattr(paging, "LENGTH", 2)
    signed = reports_of_a_clinic(clinic, doctor, 5)

    met = [one["id"] for one in leaf_through(desk, "reports/", most=3)]

    assert met == [str(one.public_id) for one in reversed(signed)]


def test_reports_signed_in_the_same_instant_are_told_apart(desk, clinic, doctor, monkeypatch):
    with mock.patch.object(timezone, "now", return_value=timezone.now()):
        signed = reports_of_a_clinic(clinic, doctor, 3)
    monkeypatch.setattr(paging, "LENGTH", 1)

    met = [one["id"] for one in leaf_through(desk, "reports/", most=3)]

    assert sorted(met) == sorted(str(one.public_id) for one in signed)


def test_a_page_after_another_clinics_report_is_not_to_be_had(app, desk):
    elsewhere = factories.clinic()
    [other] = reports_of_a_clinic(elsewhere, factories.doctor(elsewhere), 1)

    for who in (app, desk):
        assert who.get(f"reports/?after={other.public_id}").status_code == 404
        assert who.get("reports/?after=nonsense").status_code == 400


def test_threads_come_in_pages(desk, clinic, monkeypatch):
    monkeypatch.setattr(paging, "LENGTH", 1)
    cases = [
        str(factories.letter(factories.consenting_patient(clinic)).case.public_id)
        for _number in range(3)
    ]

    met = [one["case"] for one in leaf_through(desk, "threads/", most=3)]

    assert met == cases[::-1]


# --- The trend -----------------------------------------------------------------------------------


def test_a_patient_follows_the_trend_in_numbers_and_words(app, patient, doctor):
    factories.report(patient, by=doctor)
    fewer = [factories.found_lesion(LesionType.PAPULE, 100, Region.FOREHEAD)]
    second = factories.report(patient, by=doctor, found=factories.result(candidates=fewer))

    trend = app.get("trend/").json()

    assert [visit["counts"]["papule"] for visit in trend["visits"]] == [3, 1]
    assert trend["visits"][1]["report"] == str(second.public_id)
    assert trend["visits"][1]["views"] == ["front"]
    assert any("2 fewer papules" in line for line in trend["since_last"])
    assert trend["since_first"] == []


def test_two_visits_photos_are_compared(app, patient, doctor):
    assert app.get("trend/comparison/").json()["code"] == "too_few"
    first, _second, third = (factories.report(patient, by=doctor) for _number in range(3))

    usual = app.get("trend/comparison/").json()
    chosen = app.get(f"trend/comparison/?before={third.public_id}&after={first.public_id}").json()

    assert usual["before"]["report"] == str(first.public_id)
    assert usual["after"]["report"] == str(third.public_id)
    assert usual["before"]["photo"]["lesions"]
    assert (usual["view"], usual["is_aligned"]) == ("front", False)
    assert usual["matrix"] == [1, 0, 0, 1, 0, 0]
    assert chosen["before"]["number"] == 3
    assert app.get(f"trend/comparison/?before={uuid.uuid4()}").status_code == 404
    assert app.get("trend/comparison/?view=nose").status_code == 400


def test_a_doctor_follows_the_trend_of_a_case_of_the_clinic(desk, patient, doctor):
    case = factories.report(patient, by=doctor).visit.case

    assert len(desk.get(f"trends/{case.public_id}/").json()["visits"]) == 1


# --- Each lesion from visit to visit --------------------------------------------------------------


@pytest.fixture
def followed(patient, doctor):
    """Two signed visits of one kind of finding, matched; the factory's lesions have no face."""
    reports = [factories.report(patient, by=doctor) for _number in range(2)]
    match_waiting()
    return reports


def outcomes(answer) -> list[str]:
    return [one["outcome"] for one in answer.json()["lesions"]]


def test_what_became_of_each_lesion_is_told_with_how_sure_that_is(app, followed):
    answer = app.get("trend/lesions/")

    assert outcomes(answer) == ["not_visible"] * 8
    told = answer.json()
    assert [told[side]["report"] for side in ("before", "after")] == [
        str(one.public_id) for one in followed
    ]
    assert told["seen"] == {"before": 0, "after": 0}
    assert (told["change"]["verdict"], told["change"]["sureness"]) == ("unclear", 0.5)
    [lesion, *_others] = told["lesions"]
    assert (lesion["confidence"], lesion["is_corrected"], lesion["after"]) == (1.0, False, None)
    [member] = lesion["before"]["members"]
    [photo] = app.get(f"reports/{followed[0].public_id}/").json()["photos"]
    assert member["photo"] == photo["id"]
    assert photo["lesions"][member["place"]]["type"] == lesion["before"]["type"]


def test_a_doctors_word_on_two_lesions_is_told_as_one(desk, followed, doctor):
    matching = VisitMatching.objects.get()
    before = matching.matches.filter(after__isnull=True).first()
    after = matching.matches.filter(before__isnull=True).first()
    said = {"before": before.public_id, "after": after.public_id, "are_one": True}
    correct(matching=matching, doctor=doctor, **said)

    answer = desk.get(f"trends/{followed[0].visit.case.public_id}/lesions/")

    [joined] = [one for one in answer.json()["lesions"] if one["before"] and one["after"]]
    assert joined["outcome"] in ("persisting", "changed")
    assert (joined["confidence"], joined["is_corrected"]) == (None, True)
    assert outcomes(answer).count("not_visible") == 6


def test_lesions_that_nobody_has_followed_are_refused_and_not_invented(app, patient, doctor):
    assert app.get("trend/lesions/").json()["code"] == "too_few"
    first, second = (factories.report(patient, by=doctor) for _number in range(2))
    waiting = app.get("trend/lesions/")
    assert (waiting.status_code, waiting.json()["code"]) == (409, "not_followed")

    match_waiting()

    assert app.get("trend/lesions/").status_code == 200
    turned = f"trend/lesions/?before={second.public_id}&after={first.public_id}"
    assert app.get(turned).json()["code"] == "not_followed"
    assert app.get(f"trend/lesions/?after={uuid.uuid4()}").status_code == 404


def test_nobody_reads_the_lesions_of_another_clinics_patient(client, followed):
    stranger = App(client, factories.doctor(factories.clinic()))
    assert stranger.get(f"trends/{followed[0].visit.case.public_id}/lesions/").status_code == 404


def test_reading_the_lesions_is_recorded_as_looking_at_the_course(desk, followed, patient):
    desk.get(f"trends/{followed[0].visit.case.public_id}/lesions/")

    looked = Entry.objects.filter(action=Action.COURSE_READ, patient=patient.public_id)
    assert looked.get().channel == "api"
