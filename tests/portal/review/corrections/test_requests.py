from __future__ import annotations

import json
import uuid

import hypothesis.strategies as st
import pytest
from django.urls import reverse
from hypothesis import given

from portal.analysis.models import Lesion
from portal.review.corrections import wire
from portal.review.corrections.models import Correction
from portal.review.services import claim, release
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, review):
    """The page of the doctor who holds the visit: posts JSON, gives back status and answer."""
    client.force_login(review.doctor)

    def post(name: str, body):
        path = reverse(f"review:{name}", args=[review.visit.public_id])
        response = client.post(path, body, content_type="application/json")
        return response.status_code, response.json()

    return post


def lesion(review, kind: str = "pustule") -> str:
    return str(Lesion.objects.get(analysis__photo__visit=review.visit, type=kind).public_id)


def rejected(review) -> dict:
    return {"key": str(uuid.uuid4()), "kind": "reject", "target": lesion(review)}


def test_a_step_is_answered_with_what_follows_from_it(page, review):
    status, state = page("record_correction", rejected(review))

    assert (status, state["undo"], state["redo"]) == (200, 1, None)
    [one] = [one for one in state["lesions"] if one["key"] == lesion(review)]
    assert (one["verdict"], one["stands"], one["found"]["type"]) == ("rejected", False, "pustule")
    grades = state["grades"]
    assert grades["china_2019"]["grade"] == "II"
    assert grades["without"]["china_2019"]["grade"] == "none"
    assert len(grades["deciding"]) == 3
    assert (grades["gags"]["score"], grades["gags"]["out_of"]) == (12, 32)
    assert grades["hayashi"]["grade"] == "mild"
    assert "the model said grade III" in state["panel"]


def test_a_step_is_undone_and_done_again(page, review):
    page("record_correction", rejected(review))

    _, undone = page("undo_correction", {"number": 1})
    _, again = page("redo_correction", {"number": 1})

    assert [(one["undo"], one["redo"]) for one in (undone, again)] == [(None, 1), (1, None)]
    assert undone["grades"]["china_2019"]["grade"] == "III"
    assert again["grades"]["china_2019"]["grade"] == "II"


def test_another_window_that_went_on_is_told_and_shown_how_it_stands(page, review):
    page("record_correction", rejected(review))

    status, answer = page("redo_correction", {"number": 1})
    assert status == 200, "it is done already"
    status, answer = page("undo_correction", {"number": 5})

    assert (status, answer["undo"]) == (409, 1)
    assert "another window" in answer["problem"]


def test_the_grade_at_another_threshold_is_told_and_nothing_stored(client, review):
    client.force_login(review.doctor)
    path = reverse("review:regrade", args=[review.visit.public_id])

    strict, as_it_is = (client.get(path, {"threshold": t}).json() for t in ("0.95", ""))

    assert strict["grades"]["china_2019"]["grade"] == "none"
    assert as_it_is["grades"]["china_2019"]["grade"] == "III"
    assert client.get(path, {"threshold": "nan"}).status_code == 400
    assert not Correction.objects.exists()


def test_who_does_not_hold_the_visit_is_told_who_does(page, review, colleague):
    body = rejected(review)
    release(review=review)
    assert page("record_correction", body)[0] == 409
    claim(visit=review.visit, doctor=colleague)

    status, answer = page("record_correction", body)

    assert (status, answer["lost"]) == (409, True)
    assert f"{colleague} is reading this visit now" in answer["problem"]
    assert not Correction.objects.exists()


def test_a_shape_beyond_the_photo_is_refused_in_words(page, review):
    body = {
        "key": str(uuid.uuid4()),
        "kind": "reshape",
        "target": lesion(review),
        "box": [500, 500, 20, 20],
        "polygon": None,
    }

    status, answer = page("record_correction", body)

    assert (status, answer["problem"]) == (422, "A lesion must lie within the photo.")
    assert answer["undo"] is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        "null",
        '{"kind": "accept_all"}',
        '{"kind": "nothing", "key": "%(key)s"}',
        '{"kind": "accept_all", "key": 5}',
        '{"kind": "accept_all", "key": "%(key)s", "target": "%(key)s"}',
        '{"kind": "accept", "key": "%(key)s"}',
        '{"kind": "threshold", "key": "%(key)s", "threshold": NaN}',
        '{"kind": "threshold", "key": "%(key)s", "threshold": 2}',
        '{"kind": "retype", "key": "%(key)s", "target": "%(key)s", "type": ["papule"]}',
    ],
)
def test_what_is_no_step_is_refused(page, body):
    status, answer = page("record_correction", body % {"key": uuid.uuid4()})

    assert (status, answer["problem"][:20]) == (400, "This was not underst")
    assert not Correction.objects.exists()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
VALUES = JSON | st.uuids().map(str) | st.sampled_from(["accept", "add", "reshape", "papule"])
FIELDS = st.dictionaries(
    st.sampled_from(["kind", "key", "target", "photo", "type", "box", "polygon", "threshold"]),
    VALUES,
)


@given(body=st.binary(max_size=40) | (FIELDS | JSON).map(lambda sent: json.dumps(sent).encode()))
def test_any_bytes_are_a_step_or_refused(body):
    for read in (wire.step, wire.number):
        try:
            read(body)
        except wire.BadStepError:
            continue


@given(
    box=st.lists(st.floats(-99_999, 99_999), min_size=4, max_size=4),
    polygon=st.none()
    | st.lists(st.tuples(*[st.floats(-99_999, 99_999)] * 2), min_size=3, max_size=20),
)
def test_a_shape_is_read_to_a_tenth_of_a_pixel(box, polygon):
    sent = {"kind": "reshape", "key": str(uuid.uuid4()), "target": str(uuid.uuid4())}

    read = wire.step(json.dumps({**sent, "box": box, "polygon": polygon}).encode())

    assert read["box"] == pytest.approx(box, abs=0.051)
    assert (read["polygon"] is None) == (polygon is None)


def test_the_heatmap_is_for_the_clinics_doctors(client, review):
    photo = review.visit.photos.get()
    path = reverse("review:heatmap", args=[photo.public_id])
    client.force_login(review.doctor)

    response = client.get(path)

    assert response["Content-Type"] == "image/png"
    assert b"".join(response.streaming_content)[:4] == b"\x89PNG"
    client.force_login(factories.doctor(factories.clinic()))
    assert client.get(path).status_code == 404
