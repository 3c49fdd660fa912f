"""Two readers of one visit: when, blind to each other, and what they agree on."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import reverse

from portal.analysis.models import LesionType
from portal.cases.models import Visit, VisitStatus
from portal.reports.models import Report
from portal.review import services
from portal.review.corrections.models import Kind
from portal.review.corrections.selectors import corrected
from portal.review.corrections.services import record
from portal.review.models import Consensus, Review, ReviewStatus
from portal.review.second.selectors import both_readings, given_readings, second_is_due
from portal.review.second.services import NotOfTheTwoError, record_consensus
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(patient, doctor, colleague):
    """Every visit is read by two."""
    patient.clinic.second_reading_percent = 100
    patient.clinic.save()


def give(visit: Visit, by, grade: str = "III", **written) -> Report | None:
    review = services.claim(visit=visit, doctor=by)
    reason = "" if grade == "III" else "I see no pustule."
    words = {"assessment": f"By {by}.", "override_reason": reason, **written}
    report = services.sign(review=review, grade=grade, **words)
    visit.refresh_from_db()
    return report


def test_the_first_reading_waits_and_the_same_from_a_colleague_signs_it(
    sent, doctor, colleague, rule
):
    assert give(sent, doctor) is None
    assert sent.status == VisitStatus.AWAITING_SECOND_READING

    report = give(sent, colleague)

    assert sent.status == VisitStatus.REPORTED
    assert report is not None
    assert (report.content["doctor"], report.content["second_doctor"]) == (
        str(doctor),
        str(colleague),
    )
    assert report.content["assessment"] == f"By {doctor}."
    statuses = dict(Review.objects.values_list("doctor", "status"))
    assert statuses == {doctor.pk: ReviewStatus.SIGNED, colleague.pk: ReviewStatus.GIVEN}


def test_whoever_reads_first_is_told_that_a_colleague_comes_next(sent, doctor, rule, client):
    client.force_login(doctor)
    services.claim(visit=sent, doctor=doctor)
    written = {"diagnosis": "acne", "grade": "III", "assessment": "Pustules."}

    told = client.post(reverse("review:sign", args=[sent.public_id]), written, follow=True)

    assert "A colleague reads it too, without seeing yours." in told.content.decode()


def test_the_first_reader_does_not_take_the_second_reading(sent, doctor, rule, client):
    give(sent, doctor)
    with pytest.raises(services.OwnReadingError):
        services.claim(visit=sent, doctor=doctor)

    client.force_login(doctor)
    page = client.get(reverse("review:workstation", args=[sent.public_id]))
    assert page.status_code == 409
    assert "Your reading is given" in page.content.decode()


def test_the_second_reader_sees_nothing_of_the_first(sent, doctor, colleague, rule, client):
    give(sent, doctor, "II", assessment="Secret words.", advice="Secret gel.")
    client.force_login(colleague)
    queue = client.get(reverse("review:queue"))
    assert [row.visit for row in queue.context["queue"].second] == [sent]

    page = client.post(reverse("review:claim", args=[sent.public_id]), follow=True)

    html = page.content.decode()
    assert "Your second reading" in html
    assert "Secret" not in html
    assert page.context["form"]["grade"].value() == "III"
    assert "Ask for a new photo" not in html


def test_a_second_reading_given_back_waits_for_another_doctor(sent, doctor, colleague, rule):
    give(sent, doctor)
    services.release(review=services.claim(visit=sent, doctor=colleague))

    sent.refresh_from_db()
    assert sent.status == VisitStatus.AWAITING_SECOND_READING
    services.claim(visit=sent, doctor=factories.doctor(doctor.clinic))


def test_two_who_disagree_see_both_and_record_what_they_agree_on(
    sent, doctor, colleague, rule, client
):
    give(sent, doctor)
    assert give(sent, colleague, "II") is None
    assert sent.status == VisitStatus.CONSENSUS
    first, second = given_readings(sent)
    client.force_login(colleague)
    address = reverse("review:consensus", args=[sent.public_id])
    assert client.get(reverse("review:workstation", args=[sent.public_id]))["Location"] == address
    html = client.get(address).content.decode()
    assert f"By {doctor}." in html
    assert f"By {colleague}." in html
    photo = sent.photos.get()
    assert html.count(f'href="{reverse("cases:photo_image", args=[photo.public_id])}"') == 2

    unsaid = client.post(address, {"diagnosis": "acne", "grade": "II", "standing": "x"})
    assert unsaid.status_code == 422
    agreed = {
        "diagnosis": "acne",
        "grade": "II",
        "standing": second.public_id,
        "note": "The chin is a scar.",
    }
    assert client.post(address, agreed)["Location"] == reverse("review:queue")

    sent.refresh_from_db()
    report = Report.objects.get(visit=sent)
    assert (sent.status, report.review, report.content["grade"]) == (
        VisitStatus.REPORTED,
        second,
        "II",
    )
    assert report.content["agreement"] == "The chin is a scar."
    first.refresh_from_db()
    assert (first.status, first.grade) == (ReviewStatus.GIVEN, "III")
    assert Consensus.objects.get().recorded_by == colleague


def test_each_readers_photo_shows_what_that_reader_left(sent, doctor, colleague, rule, client):
    review = services.claim(visit=sent, doctor=doctor)
    held = corrected(review)
    papule = next(one for one in held.lesions(held.readings[0]) if one.type == LesionType.PAPULE)
    record(review=review, key=uuid4(), kind=Kind.REJECT, target=papule.key)
    give(sent, doctor)
    give(sent, colleague, "II")

    first, second = both_readings(sent)

    assert [len(photo.shapes) for photo in second.photos] == [4]
    assert [len(photo.shapes) for photo in first.photos] == [3]


def test_nobody_else_sees_or_settles_a_disagreement(sent, doctor, colleague, rule, client):
    give(sent, doctor)
    give(sent, colleague, "II")
    third = factories.doctor(doctor.clinic)

    client.force_login(third)
    assert client.get(reverse("review:consensus", args=[sent.public_id])).status_code == 404
    with pytest.raises(NotOfTheTwoError):
        record_consensus(
            visit=sent,
            doctor=third,
            standing=given_readings(sent)[0],
            diagnosis="acne",
            grade="I",
            note="I know better.",
        )


def test_a_share_of_visits_and_those_of_low_certainty_are_read_by_two(sent, colleague):
    clinic = sent.case.clinic
    assert not second_is_due(sent)
    clinic.second_reading_percent = sent.public_id.int % 100
    assert not second_is_due(sent)
    clinic.second_reading_percent += 1
    assert second_is_due(sent)

    clinic.second_reading_percent = 0
    clinic.second_reading_below = 100
    sent.machine_reading["grades"]["china_2019"]["probabilities"] = {"III": 0.7}
    assert second_is_due(sent)
    clinic.second_reading_below = 70
    assert not second_is_due(sent)


def test_a_colleague_is_asked_and_without_one_it_is_said(sent, doctor, client):
    client.force_login(doctor)
    client.post(reverse("review:claim", args=[sent.public_id]))
    decision = {"grade": "III", "assessment": "Look at this.", "ask_colleague": "on"}
    address = reverse("review:sign", args=[sent.public_id])

    alone = client.post(address, decision)
    assert alone.status_code == 422
    assert "no other doctor" in alone.content.decode()

    factories.doctor(doctor.clinic)
    client.post(address, decision)
    sent.refresh_from_db()
    assert sent.status == VisitStatus.AWAITING_SECOND_READING
