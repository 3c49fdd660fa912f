"""A doctor asks for one view again: the patient sees only that one, and the visit comes back."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from portal.cases.checklist import checklist
from portal.cases.models import Notice, NoticeKind, RetakeRequest, View, Visit, VisitStatus
from portal.cases.selectors import wait_of
from portal.cases.services import NotReadyError, PhotoRefused, remove_photo, submit
from portal.cases.transitions import WrongStateError
from portal.review.queue.selectors import queue
from portal.review.services import (
    AnotherVisitOpenError,
    ClaimLostError,
    ask_for_retake,
    claim,
    release,
    save_draft,
)
from tests import factories
from tests.pictures import heic, jpeg

pytestmark = pytest.mark.django_db
REASON = "Hair over the left cheek."


@pytest.fixture
def doctor(patient):
    return factories.doctor(patient.clinic)


@pytest.fixture
def sent(visit):
    for view in (View.FRONT, View.LEFT):
        factories.read(factories.photo(visit, view))
    submit(visit=visit)
    return visit


@pytest.fixture
def asked(sent, doctor):
    review = claim(visit=sent, doctor=doctor)
    ask_for_retake(review=review, views=[View.LEFT], reason=REASON)
    sent.refresh_from_db()
    return sent


def page(visit) -> str:
    return reverse("cases:visit", args=[visit.public_id])


def test_the_visit_goes_back_to_the_patient_with_the_doctors_reason(asked, doctor):
    request = asked.retakes.get()

    assert asked.status == VisitStatus.RETAKE_REQUESTED
    assert (request.view, request.reason, request.doctor) == (View.LEFT, REASON, doctor)
    assert not asked.reviews.open().exists()
    assert Notice.objects.get(visit=asked).kind == NoticeKind.RETAKE_ASKED


def test_the_patient_sees_the_reason_and_only_the_missing_view(client, patient, asked):
    client.force_login(patient)

    html = client.get(page(asked)).text

    assert REASON in html
    assert 'id="view-left"' in html
    assert 'id="view-front"' not in html
    assert 'data-picture="example"' in html
    assert "Remove" not in html
    assert html.count(patient.clinic.urgent_advice) == 1
    assert html.index(REASON) < html.index(patient.clinic.urgent_advice), "her words come first"
    assert "photo so far" not in client.get(reverse("cases:home")).text


def test_only_the_view_that_is_asked_for_is_taken(asked):
    with pytest.raises(PhotoRefused) as refused:
        factories.photo(asked, View.FRONT, heic())
    assert refused.value.code == "not_asked"

    with pytest.raises(WrongStateError):
        remove_photo(photo=asked.photos.current().get(view=View.FRONT))


def test_without_the_new_photo_the_visit_is_not_sent_again(asked):
    with pytest.raises(NotReadyError) as not_ready:
        submit(visit=asked)

    assert [obstacle.code for obstacle in not_ready.value.obstacles] == ["asked_again"]


def test_the_new_photo_is_checked_like_every_photo(asked):
    factories.read(factories.photo(asked, View.LEFT, heic()), factories.result(accepted=False))

    [card] = checklist(asked).cards
    assert card.state == "rejected"
    with pytest.raises(NotReadyError):
        submit(visit=asked)


def test_the_visit_comes_back_to_the_queue_with_the_doctors_notes(asked, doctor):
    factories.read(factories.photo(asked, View.LEFT, heic()))
    submit(visit=asked)

    assert asked.status == VisitStatus.AWAITING_REVIEW
    assert asked.retakes.get().answered_at
    assert asked.photos.current().count() == 2


def test_a_visit_sent_again_waits_since_it_was_sent_first(asked, doctor):
    first = timezone.now() - timedelta(days=2)
    Visit.objects.filter(pk=asked.pk).update(submitted_at=first)
    later = factories.sent_visit(factories.consenting_patient(asked.case.clinic))
    factories.read(factories.photo(asked, View.LEFT, heic()))

    submit(visit=asked)

    assert asked.submitted_at == first
    assert [row.visit for row in queue(doctor).waiting] == [asked, later]
    assert wait_of(later).ahead == 1


def test_what_the_doctor_wrote_before_is_there_again(sent, doctor):
    review = claim(visit=sent, doctor=doctor)
    save_draft(visit=sent, doctor=doctor, written={"assessment": "So far so good."})
    ask_for_retake(review=review, views=[View.LEFT], reason=REASON)
    factories.read(factories.photo(sent, View.LEFT, heic()))
    submit(visit=sent)

    assert claim(visit=sent, doctor=doctor).assessment == "So far so good."


def test_a_doctor_who_lost_the_visit_asks_for_nothing(sent, doctor):
    review = claim(visit=sent, doctor=doctor)
    release(review=review)

    with pytest.raises(ClaimLostError):
        ask_for_retake(review=review, views=[View.LEFT], reason=REASON)
    assert not RetakeRequest.objects.exists()


def test_a_new_visit_with_photos_is_not_pushed_aside(patient, sent, doctor):
    review = claim(visit=sent, doctor=doctor)
    factories.photo(factories.visit(patient))

    with pytest.raises(AnotherVisitOpenError):
        ask_for_retake(review=review, views=[View.LEFT], reason=REASON)

    sent.refresh_from_db()
    assert sent.status == VisitStatus.IN_REVIEW


def test_a_new_visit_without_photos_gives_way(patient, sent, doctor):
    review = claim(visit=sent, doctor=doctor)
    empty = factories.visit(patient)

    ask_for_retake(review=review, views=[View.LEFT], reason=REASON)

    assert list(patient.cases.get().visits.all()) == [sent]
    assert empty.number == 2


def test_the_database_refuses_a_second_request_for_a_view_and_one_without_reason(asked, doctor):
    for fields in ({"view": View.LEFT, "reason": "x"}, {"view": View.RIGHT, "reason": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RetakeRequest.objects.create(visit=asked, doctor=doctor, **fields)


# --- The doctor's page ---------------------------------------------------------------------------


def ask(client, visit, **fields):
    stated = {f"retake-{name}": value for name, value in fields.items()}
    return client.post(reverse("review:ask_for_retake", args=[visit.public_id]), stated)


def test_the_doctor_asks_from_the_workstation(client, sent, doctor):
    claim(visit=sent, doctor=doctor)
    client.force_login(doctor)
    assert (
        "Ask for a new photo"
        in client.get(reverse("review:workstation", args=[sent.public_id])).text
    )

    response = ask(client, sent, views=["left", "right"], reason=REASON)

    sent.refresh_from_db()
    assert response.url == reverse("review:queue")
    assert sent.status == VisitStatus.RETAKE_REQUESTED
    assert set(sent.retakes.values_list("view", flat=True)) == {"left", "right"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"views": ["left"]}, "Say in a few words what was wrong."),
        ({"reason": REASON}, "Choose at least one view."),
        ({"views": ["back"], "reason": REASON}, "back"),
    ],
)
def test_an_incomplete_request_is_not_sent_and_says_what_is_missing(
    client, sent, doctor, fields, words
):
    claim(visit=sent, doctor=doctor)
    client.force_login(doctor)

    response = ask(client, sent, **fields)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert words in response.text
    assert not RetakeRequest.objects.exists()


def test_a_request_beside_a_new_visit_is_explained(client, patient, sent, doctor):
    claim(visit=sent, doctor=doctor)
    factories.photo(factories.visit(patient), data=jpeg())
    client.force_login(doctor)

    response = ask(client, sent, views=["left"], reason=REASON)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "already begun a new visit" in response.text
