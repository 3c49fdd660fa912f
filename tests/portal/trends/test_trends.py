from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from types import SimpleNamespace

import hypothesis.strategies as st
import pytest
from django.urls import reverse
from hypothesis import given, settings

from inference.results import LesionType, Region
from portal.analysis.models import LesionType as Kind
from portal.cases.models import Case
from portal.review.models import Grade
from portal.trends.chart import LABEL_WIDTH, charts, ticks_up_to
from portal.trends.selectors import course
from portal.trends.words import changes, grade_change
from tests import factories

DAY = date(2026, 3, 3)
counts = st.fixed_dictionaries({kind: st.integers(0, 300) for kind in Kind.values})
visits = st.lists(
    st.tuples(st.integers(0, 2000), counts, st.sampled_from(Grade), st.booleans()), min_size=1
)


def papules(number: int):
    places = (
        factories.found_lesion(LesionType.PAPULE, 9.0 * i, Region.CHIN) for i in range(number)
    )
    return factories.result(candidates=list(places))


@pytest.fixture
def doctor(patient):
    return factories.doctor(patient.clinic)


def drawn_from(stated):
    ordered = sorted(stated, key=lambda one: one[0])
    return SimpleNamespace(
        visits=[
            SimpleNamespace(
                day=DAY + timedelta(days=n),
                counts=c,
                active=sum(c.values()),
                grade=g,
                was_counted=counted,
                report_id=n,
            )
            for n, c, g, counted in ordered
        ],
        treatments=[],
    )


@pytest.mark.django_db
def test_a_course_is_what_was_signed_in_order(patient, doctor):
    for number in (15, 3):
        factories.report(patient, by=doctor, found=papules(number))
    factories.sent_visit(patient)  # not signed, so not part of it

    found = course(Case.objects.get(patient=patient))

    assert [visit.counts["papule"] for visit in found.visits] == [15, 3]
    assert [visit.number for visit in found.visits] == [1, 2]
    assert any(line.startswith("12 fewer papules than on") for line in found.since_last)
    assert found.since_first == []


@pytest.mark.django_db
def test_the_patient_reads_words_a_drawing_and_a_table(client, patient, doctor):
    for number in (15, 3):
        factories.report(patient, by=doctor, found=papules(number))
    client.force_login(patient)

    html = client.get(reverse("trends:mine")).content.decode()

    assert "12 fewer papules than on" in html
    assert html.count('<polyline class="chart') == 2 * 4  # for a desk and for a phone
    assert "Each visit in numbers" in html
    assert " style=" not in html


@pytest.mark.django_db
def test_two_visits_of_one_day_are_told_apart(client, patient, doctor):
    for number in (3, 2):
        factories.report(patient, by=doctor, found=papules(number))
    client.force_login(patient)

    page = client.get(reverse("trends:mine")).content.decode()
    links = re.findall(r'<a href="(/reports/[^"]+)">([^<]+)</a>', page)
    options = re.findall(r"<option[^>]*>([^<]+, visit \d)\s*</option>", page)

    assert (
        len({name.strip() for _address, name in links})
        == len({address for address, _name in links})
        == 2
    )
    assert len(set(options)) == 2


@pytest.mark.django_db
def test_before_there_is_anything_to_compare_the_page_says_what_will_come(client, patient, doctor):
    client.force_login(patient)
    assert "Nothing to compare yet" in client.get(reverse("trends:mine")).content.decode()

    factories.report(patient, by=doctor)
    assert "With the second signed report" in client.get(reverse("trends:mine")).content.decode()


def test_a_change_is_told_in_numbers_against_a_date():
    none = dict.fromkeys(Kind.values, 0)

    assert changes({**none, "papule": 15}, {**none, "papule": 3, "scar": 1}, DAY) == [
        "12 fewer papules than on 3 March 2026",
        "1 more scar than on 3 March 2026",
    ]
    assert changes(none, none, DAY) == ["The same numbers as on 3 March 2026."]
    assert (
        grade_change("III", "I", DAY) == "Better than on 3 March 2026: from grade III to grade I."
    )
    assert grade_change("none", "IV", DAY).startswith("Worse")
    assert grade_change("II", "II", DAY).startswith("The grade is the same")


@settings(deadline=None)
@given(counts, counts)
def test_changes_name_exactly_the_types_whose_number_changed(before, now):
    lines = changes(before, now, DAY)

    differences = {
        kind: now[kind] - before[kind] for kind in Kind.values if now[kind] != before[kind]
    }
    assert len(lines) == max(1, len(differences))
    for line, difference in zip(lines, differences.values(), strict=False):
        assert line.startswith(f"{abs(difference)} {'more' if difference > 0 else 'fewer'} ")


@settings(deadline=None)
@given(visits)
def test_every_point_lies_within_its_plot_and_time_runs_to_the_right(stated):
    for drawn in charts(drawn_from(stated), {}):
        for plot, marks in [(drawn.grades, drawn.grade_marks)] + [
            (drawn.counts, line.marks) for line in drawn.lines
        ]:
            assert all(plot.left <= mark.x <= plot.right for mark in marks)
            assert all(plot.top <= mark.y <= plot.bottom for mark in marks)
            assert [mark.x for mark in marks] == sorted(mark.x for mark in marks)
        plot = drawn.totals.plot
        for bar in drawn.totals.bars:
            assert plot.top <= bar.top <= bar.y <= bar.bottom <= plot.bottom
        for line in drawn.lines:
            by_count = sorted(line.marks, key=lambda mark: mark.value)
            assert [mark.y for mark in by_count] == sorted((m.y for m in line.marks), reverse=True)


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_ticks_are_few_rise_evenly_from_zero_and_cover_the_most(most):
    ticks = ticks_up_to(most)

    assert ticks[0] == 0
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 6
    assert len({after - before for before, after in pairwise(ticks)}) == 1


@settings(deadline=None)
@given(visits)
def test_days_below_the_axis_never_touch_and_stay_on_the_sheet(stated):
    found = drawn_from(stated)
    for drawn in charts(found, {}):
        written = [x for x, _day in drawn.days]

        assert all(b - a >= LABEL_WIDTH for a, b in pairwise(written))
        assert written[-1] == drawn.counts.x(found.visits[-1].day)
        assert written[0] >= LABEL_WIDTH / 2
        assert written[-1] <= drawn.sheet.width - LABEL_WIDTH / 2
