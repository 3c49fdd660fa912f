"""Two visits laid over each other, and the treatments between them."""

from __future__ import annotations

import cmath

import hypothesis.strategies as st
import pytest
from django.urls import reverse
from hypothesis import given, settings

from inference.results import Face, Pose
from portal.cases.models import Case, Questionnaire, View
from portal.cases.services import save_answers, submit
from portal.review.services import claim, sign
from portal.trends.alignment import Similarity, fit, same_width
from portal.trends.comparison import comparison
from portal.trends.selectors import course
from tests import factories

parts = st.floats(-3, 3)
coordinates = st.floats(0, 4000)
clouds = st.lists(st.tuples(coordinates, coordinates), min_size=2, max_size=30, unique=True)


def moved_by(similarity: Similarity, points):
    return [similarity.move(x, y) for x, y in points]


# --- The geometry -------------------------------------------------------------------------------


@settings(deadline=None)
@given(clouds, st.floats(0.2, 5), st.floats(-3, 3), coordinates, coordinates)
def test_a_photo_that_was_turned_scaled_and_moved_is_laid_back(points, scale, angle, x, y):
    original = Similarity(cmath.rect(scale, angle), complex(x, y))
    target = moved_by(original, points)
    extent = max(abs(complex(*a) - complex(*points[0])) for a in points)

    found = fit(points, target)

    if extent < 1:
        return  # all points in one place say nothing of turn and scale
    assert found is not None
    for (at_x, at_y), (to_x, to_y) in zip(points, target, strict=True):
        reached = found.move(at_x, at_y)
        assert abs(complex(*reached) - complex(to_x, to_y)) < 1e-3 * max(1, scale)


@settings(deadline=None)
@given(clouds, clouds)
def test_no_other_similarity_fits_better(source, target):
    size = min(len(source), len(target))
    source, target = source[:size], target[:size]
    found = fit(source, target)
    if found is None:
        return

    def error(similarity: Similarity) -> float:
        pairs = zip(moved_by(similarity, source), target, strict=True)
        return sum(abs(complex(*a) - complex(*b)) ** 2 for a, b in pairs)

    best = error(found)
    for turn in (1e-3, -1e-3, 1e-3j, -1e-3j):
        assert error(Similarity(found.turn + turn, found.shift)) >= best - 1e-6 * (1 + best)
    assert error(Similarity(found.turn, found.shift + 1)) >= best - 1e-6 * (1 + best)


def test_where_there_is_no_face_nothing_is_fitted():
    assert fit([], []) is None
    assert fit([(1, 1)], [(1, 1), (2, 2)]) is None
    assert fit([(5, 5), (5, 5)], [(1, 1), (2, 2)]) is None
    assert same_width(1000, 500).move(1000, 200) == (500, 100)


def test_the_svg_does_what_the_numbers_say():
    quarter_turn = Similarity(1j, 10 + 20j)

    assert quarter_turn.svg == "matrix(0.000000 1.000000 -1.000000 0.000000 10.000000 20.000000)"
    assert quarter_turn.move(1, 0) == (10, 21)


# --- The visits ---------------------------------------------------------------------------------


def face(scale: float) -> Face:
    points = tuple((100 * scale * (i % 5), 80 * scale * (i // 5), 0.0) for i in range(478))
    return Face((0.0, 0.0, 100.0, 100.0), points, Pose(0.0, 0.0, 0.0), regions={})


def reported(
    patient, doctor, *, views=(View.FRONT,), treatment: str | None = None, scale=1.0, advice=""
):
    visit = factories.visit(patient)
    if treatment is not None:
        save_answers(visit=visit, answers={"treatments_now": treatment})
    for view in views:
        found = factories.result(view, face=face(scale))
        factories.read(factories.photo(visit, view), found)
    submit(visit=visit)
    words = {"grade": "III", "assessment": "Seen.", "advice": advice}
    return sign(review=claim(visit=visit, doctor=doctor), **words)


@pytest.fixture
def doctor(patient):
    return factories.doctor(patient.clinic)


def of(patient, **wanted):
    stated = {"before": "", "after": "", "view": "", **wanted}
    return comparison(course(Case.objects.get(patient=patient)), **stated)


@pytest.mark.django_db
def test_the_first_and_the_latest_front_are_laid_over_each_other(patient, doctor):
    for scale in (1.0, 1.5, 2.0):
        reported(patient, doctor, scale=scale)

    found = of(patient)

    assert (found.before.number, found.after.number, found.view) == (1, 3, View.FRONT)
    assert found.aligned is not None
    assert found.aligned.move(100, 80) == pytest.approx((200, 160))


@pytest.mark.django_db
def test_other_visits_and_views_are_chosen_by_the_address(patient, doctor):
    for _ in range(3):
        reported(patient, doctor, views=(View.FRONT, View.LEFT))

    found = of(patient, before="2", after="3", view="left")

    assert (found.before.number, found.after.number, found.view) == (2, 3, View.LEFT)
    assert found.views == [View.FRONT, View.LEFT]


@pytest.mark.django_db
@pytest.mark.parametrize("nonsense", ["", "0", "99", "x", "-1", "²"])
def test_an_address_that_names_nothing_shows_the_usual(patient, doctor, nonsense):
    for _ in range(2):
        reported(patient, doctor)

    found = of(patient, before=nonsense, after=nonsense, view=nonsense)

    assert (found.before.number, found.after.number, found.view) == (1, 2, View.FRONT)


@pytest.mark.django_db
def test_photos_without_a_face_are_only_scaled(client, patient, doctor):
    for _ in range(2):
        factories.report(patient, by=doctor)
    client.force_login(patient)

    assert of(patient).aligned is None
    assert "only scaled" in client.get(reverse("trends:mine")).text


@pytest.mark.django_db
def test_the_page_draws_the_slider_with_both_photos_and_their_findings(client, patient, doctor):
    for scale in (1.0, 2.0):
        reported(patient, doctor, scale=scale)
    client.force_login(patient)

    html = client.get(reverse("trends:mine")).text

    assert 'transform="matrix(2.000000 0.000000' in html
    assert "turned and scaled" in html
    assert 'type="range"' in html
    assert " style=" not in html


# --- Treatments -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_treatment_is_marked_where_the_patient_first_told_of_it(client, patient, doctor):
    for treatment in (None, "Adapalene", "Adapalene", "Benzoyl peroxide <5 %>"):
        reported(patient, doctor, treatment=treatment)
    client.force_login(patient)

    html = client.get(reverse("trends:mine")).text

    found = course(Case.objects.get(patient=patient)).treatments
    assert [one.words for one in found] == ["Adapalene", "Benzoyl peroxide <5 %>"]
    assert "Benzoyl peroxide &lt;5 %&gt;" in html
    assert html.count("chart__treatment") == 2 * 2  # for a desk and for a phone
    assert Questionnaire.objects.count() == 3


@pytest.mark.django_db
def test_what_the_doctor_advises_and_what_is_used_no_more_stand_on_the_time_line(
    client, patient, doctor
):
    advised = "Adapalene at night."
    for told, advice in ((None, advised), ("Adapalene", advised), ("", "Stop."), (None, "")):
        reported(patient, doctor, treatment=told, advice=advice)
    client.force_login(patient)

    html = client.get(reverse("trends:mine")).text

    found = course(Case.objects.get(patient=patient)).treatments
    assert [(one.words, one.advice) for one in found] == [
        (None, advised),
        ("Adapalene", ""),
        ("", "Stop."),
    ]
    assert html.count(advised) == 1
    assert "No treatment named any more." in html
