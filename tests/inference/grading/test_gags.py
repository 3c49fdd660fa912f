"""The facial GAGS and how sure it is."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.grading.gags import FACTORS, OUT_OF, WEIGHTS, score, score_chances, score_range
from inference.results import Lesion, LesionType, Region

ALL_SEEN = dict.fromkeys(FACTORS, 1.0)
BOX = (0.0, 0.0, 8.0, 8.0)
FOUND = st.lists(
    st.tuples(st.sampled_from(list(FACTORS)), st.sampled_from(list(WEIGHTS)), st.floats(0, 1)),
    max_size=7,
)


def score_of(found) -> int:
    return score(Lesion(kind, 1.0, BOX, region) for region, kind, _p in found).score


def test_the_worst_of_a_region_counts_times_its_factor():
    found = [
        (Region.FOREHEAD, LesionType.PAPULE, 1.0),
        (Region.FOREHEAD, LesionType.COMEDONE, 1.0),
        (Region.CHIN, LesionType.NODULE, 1.0),
        (Region.NOSE, LesionType.SCAR, 1.0),
    ]
    assert score_of(found) == 2 * 2 + 1 * 4
    assert score_range(found, ALL_SEEN) == (8, 8)


@given(FOUND)
@settings(max_examples=60, deadline=None)
def test_the_chances_are_those_of_every_case_gone_through(found):
    expected = [0.0] * (OUT_OF + 1)
    for real in itertools.product((True, False), repeat=len(found)):
        each = zip(found, real, strict=True)
        chance = math.prod(p if is_real else 1 - p for (_, _, p), is_real in each)
        expected[score_of(itertools.compress(found, real))] += chance
    assert score_chances(found, ALL_SEEN) == pytest.approx(expected, abs=1e-9)


@given(FOUND, st.floats(0.5, 1))
@settings(max_examples=60, deadline=None)
def test_what_is_not_seen_can_only_add(found, share):
    low, high = score_range(found, ALL_SEEN)
    partly = score_range(found, dict.fromkeys(FACTORS, share))
    assert partly[0] >= low
    assert partly[1] >= high
    assert partly[0] <= partly[1]


def test_one_faint_nodule_widens_the_range_and_one_that_is_surely_none_does_not():
    sure = (Region.CHIN, LesionType.PAPULE, 1.0)
    assert score_range([sure, (Region.CHIN, LesionType.NODULE, 0.1)], ALL_SEEN) == (2, 4)
    assert score_range([sure, (Region.CHIN, LesionType.NODULE, 0.01)], ALL_SEEN) == (2, 2)


@given(FOUND, st.floats(0, 2))
@settings(max_examples=60, deadline=None)
def test_what_is_overlooked_can_only_add(found, more):
    low, high = score_range(found, ALL_SEEN)
    overlooked = score_range(found, ALL_SEEN, dict.fromkeys(LesionType, more))
    assert overlooked[0] >= low
    assert overlooked[1] >= high


def test_where_nodules_are_taken_for_papules_a_papule_may_be_one():
    papule = [(Region.CHIN, LesionType.PAPULE, 1.0)]
    assert score_range(papule, ALL_SEEN) == (2, 2)
    assert score_range(papule, ALL_SEEN, {LesionType.NODULE: 0.02}) == (2, 2)
    assert score_range(papule, ALL_SEEN, {LesionType.NODULE: 0.05}) == (2, 4)


def test_where_nothing_is_found_nothing_is_taken_to_be_overlooked():
    assert score_range([], ALL_SEEN, dict.fromkeys(LesionType, 1.0)) == (0, 0)
