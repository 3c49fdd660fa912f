"""Agreement over time, drawn: every mark lies where its number belongs, and words tell the same."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from portal.analysis.models import LesionType
from portal.review.agreement.chart import PERCENT, Frame, drawings
from portal.review.agreement.selectors import FEWEST, Period
from portal.review.models import Agreement
from tests import factories

MONTHS = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)]
NOTHING = {kind: [0, 0, 0] for kind in LesionType.values}


def signed(month: date, *, types=None, machine="II", grade="II", **fields) -> Agreement:
    at = datetime(month.year, month.month, 5, tzinfo=UTC)
    usual = {"certainty": 0.5, "photos": 4, "refused": 1, "cautioned": 2, "is_corrected": True}
    kept = {"types": {**NOTHING, **(types or {})}, "machine_grade": machine, "grade": grade}
    return Agreement(signed_at=at, **{**usual, **kept, **fields})


def period(month: date, *rows: Agreement) -> Period:
    return Period(month, rows)


def of_type(drawn, kind: str):
    return next(one for one in drawn["types"] if one.type == kind)


def test_precision_and_recall_are_drawn_at_their_place_in_the_year():
    first = period(MONTHS[0], signed(MONTHS[0], types={"papule": [5, 10, 20]}))
    last = period(MONTHS[3], signed(MONTHS[3], types={"papule": [9, 10, 9]}))

    papules = of_type(drawings([last, first]), "papule")
    right, found = papules.lines
    frame = papules.frame

    assert frame.months == MONTHS
    assert [(one.x, one.y) for one in right.points] == [
        (frame.left, frame.y(50)),
        (frame.inner_right, frame.y(90)),
    ]
    assert [one.written for one in found.points] == ["25 %", "100 %"]
    assert right.words == "of the model's, right: from 50 % in January 2026 to 90 % in April 2026."


def test_a_line_is_broken_where_a_month_has_too_few_to_tell():
    counts = ([5, 5, 5], [5, 5, 5], [1, FEWEST - 1, FEWEST - 1], [5, 5, 5])
    months = [
        period(month, signed(month, types={"cyst": count}))
        for month, count in zip(MONTHS, counts, strict=True)
    ]

    [right, _found] = of_type(drawings(months[::-1]), "cyst").lines

    assert [len(stretch) for stretch in right.stretches] == [2, 1]


def test_what_has_too_few_in_every_month_is_not_drawn():
    few, half = [FEWEST - 1] * 3, [1, FEWEST, FEWEST - 1]
    month = period(MONTHS[0], signed(MONTHS[0], types={"cyst": few, "papule": half}))

    drawn = drawings([month])

    assert [one.type for one in drawn["types"]] == ["papule"]
    assert drawn["types"][0].lines[1].words == "of the doctor's, found: too few to tell."
    assert not drawn["kappa"].has_points


def test_kappa_below_chance_has_room_below_zero():
    grades = [("I", "IV"), ("IV", "I"), ("II", "III"), ("III", "II"), ("I", "III")]
    rows = [signed(MONTHS[0], machine=machine, grade=grade) for machine, grade in grades]

    drawn = drawings([period(MONTHS[0], *rows)])["kappa"]
    [line] = drawn.lines
    [point] = line.points

    assert drawn.frame.axis.lowest == -1
    assert point.y > drawn.frame.y(0)
    assert line.words.endswith("in January 2026.")


def test_drift_tells_certainty_and_the_shares_of_photos():
    drawn = drawings([period(MONTHS[0], signed(MONTHS[0]))])["drift"]

    assert [line.points[0].written for line in drawn.lines] == ["50 %", "25 %", "50 %"]


@given(st.integers(1, 24), st.floats(0, 100))
def test_every_mark_lies_within_the_frame_and_months_go_from_left_to_right(number, value):
    months = [date(2024 + place // 12, place % 12 + 1, 1) for place in range(number)]
    frame = Frame(320, 150, months, PERCENT)
    places = [frame.x(place) for place in range(number)]

    assert places == sorted(places)
    assert all(frame.left <= x <= frame.inner_right for x in places)
    assert frame.top <= frame.y(value) <= frame.inner_bottom
    written = [x for x, _month in frame.written_months]
    assert written[-1] == places[-1]
    assert all(after - before >= 109 for before, after in pairwise(written))


@pytest.mark.django_db
def test_the_page_draws_what_its_tables_say(client, doctor, patient):
    factories.report(patient, by=doctor)
    types = {**NOTHING, "papule": [3, 6, 12]}
    Agreement.objects.update(is_corrected=True, types=types, signed_at=timezone.now())
    client.force_login(doctor)

    html = client.get(reverse("review:agreement")).content.decode()

    assert "of the model&#x27;s, right: 50 % in" in html
    assert "50 %; 25 %" in html
    assert html.count('class="drift"') == 2, "papules, and photos and certainty"
    assert html.count("Nothing to draw yet") == 1, "one visit has no kappa"


@pytest.mark.django_db
def test_a_sentence_stands_where_there_is_too_little_to_draw(client, doctor, patient):
    factories.report(patient, by=doctor)
    client.force_login(doctor)

    html = client.get(reverse("review:agreement")).content.decode()

    assert html.count('class="drift"') == 1, "photos and certainty"
    assert html.count("Nothing to draw yet") == 2
