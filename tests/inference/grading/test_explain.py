"""Reasons and certainty of the Chinese grade."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.grading import Calibration, grade_lesions, grade_photo
from inference.grading.china2019 import ORDER
from inference.grading.explain import certainty, evidence
from inference.results import Lesion, LesionType, Region

HALF = dict.fromkeys(LesionType, 0.5)


def lesion(kind, score=1.0, region=Region.CHIN):
    return Lesion(LesionType(kind), score, (0.0, 0.0, 9.0, 9.0), region)


candidates = st.lists(
    st.builds(lesion, st.sampled_from(list(LesionType)), st.floats(0, 1)), max_size=40
)
tables = st.lists(st.tuples(st.floats(0, 20), st.floats(0, 1)), max_size=5).map(sorted)
calibrations = st.builds(
    lambda four: Calibration(dict(zip(ORDER, four, strict=True))),
    st.lists(tables, min_size=4, max_size=4),
)


def test_reasons_name_the_deciding_lesions_and_the_grade_without_them():
    china = grade_lesions([lesion("papule"), lesion("papule"), lesion("comedone"), lesion("scar")])[
        "china_2019"
    ]
    assert china["grade"] == "II"
    worst, without, scars = china["reasons"]
    assert (worst["code"], worst["counts"]) == ("worst_type", {"papule": 2})
    assert worst["regions"] == {"chin": 2}
    assert worst["sentence"] == "The worst lesions are 2 papules."
    assert (without["code"], without["grade"]) == ("without_them", "I")
    assert (scars["code"], scars["count"]) == ("scars_left_out", 1)


def test_nothing_found_says_no_active_acne():
    china = grade_lesions([])["china_2019"]
    assert (china["grade"], china["probabilities"]) == (None, None)
    assert [reason["code"] for reason in china["reasons"]] == ["no_active_acne"]


def test_the_raw_score_is_one_minus_the_product():
    sure = certainty([lesion("papule", 0.5), lesion("nodule", 0.2)], ORDER[1], Calibration())
    assert sure.raw == pytest.approx(1 - 0.5 * 0.8)
    assert sure.probabilities["IV"] == pytest.approx(0.2)
    assert sure.probabilities["none"] == pytest.approx(0.4)
    assert not sure.calibrated


def test_weak_candidates_shape_the_probabilities_but_not_the_grade():
    weak = [lesion("comedone", 0.9)] + [lesion("nodule", 0.2)] * 12
    china = grade_photo(weak, HALF)["china_2019"]
    assert china["grade"] == "I"
    assert china["most_probable"] == "IV"
    assert china["uncertain"]


def test_a_table_replaces_the_raw_score():
    table = Calibration.from_json({g: [[0, 0.0], [10, 0.5]] for g in ("I", "II", "III", "IV")})
    sure = certainty([lesion("papule", 1 - math.exp(-5))], ORDER[1], table)
    assert sure.calibrated
    assert sure.probabilities["II"] == pytest.approx(0.25)
    assert sure.probabilities["none"] == pytest.approx(0.75)


@given(candidates, calibrations)
def test_probabilities_are_a_distribution_whatever_the_table(some, table):
    probabilities = certainty(some, None, table).probabilities
    assert set(probabilities) == {"none", "I", "II", "III", "IV"}
    assert all(-1e-9 <= p <= 1 + 1e-9 for p in probabilities.values())
    assert sum(probabilities.values()) == pytest.approx(1)


@given(candidates, st.sampled_from(ORDER))
def test_evidence_grows_with_every_candidate(some, grade):
    assert all(evidence(some[:n], grade) <= evidence(some, grade) for n in range(len(some)))


@given(candidates)
def test_grades_are_json_and_the_grade_counts_only_what_reaches_its_threshold(some):
    graded = grade_photo(some, HALF)
    assert json.loads(json.dumps(graded)) == graded
    counted = [one for one in some if one.score >= 0.5]
    assert graded["china_2019"]["grade"] == grade_lesions(counted)["china_2019"]["grade"]
