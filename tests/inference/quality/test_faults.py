"""Real faces made worse by degrees: every measure moves one way, every verdict flips at its limit,
and nothing is said of what is not wrong.
"""

import numpy as np
import pytest

from inference.quality import check
from inference.quality.degradations import FAULTS, masked, tipped
from inference.quality.limits import CRITERIA, SILENCED_BY
from inference.quality.verdict import judged
from inference.results import Request, View


@pytest.fixture(scope="module")
def graded(portraits):
    """What the check says at each degree of a fault."""
    cache = {}

    def judged_at_each_degree(name, fault):
        if (name, fault.name) not in cache:
            made = [fault.change(*portraits[name], degree) for degree in fault.degrees]
            request = Request(view=fault.view)
            cache[name, fault.name] = [check(image, request)[0] for image in made]
        return cache[name, fault.name]

    return judged_at_each_degree


def codes(quality):
    return {one.code for one in (*quality.reasons, *quality.cautions)}


def measured(quality, fault):
    return judged(quality.measures, fault.view)[fault.measure]


EACH = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
BOTH = pytest.mark.parametrize("name", ["collins", "hopper"])


@EACH
@BOTH
def test_a_measure_moves_one_way_until_the_fault_is_named(graded, name, fault):
    found = graded(name, fault)
    values = [measured(one, fault) for one in found]
    named = [fault.code in codes(one) for one in found]
    assert named[-1]
    first = named.index(True) or len(values) - 1
    way = values[first] - values[0]
    steps = np.diff(values[: first + 1]) * np.sign(way)
    assert abs(way) > 0
    assert steps.min() >= -0.1 * abs(way), values
    assert all(named[first:])


@EACH
@BOTH
def test_refusals_and_cautions_are_given_exactly_beyond_their_limits(graded, name, fault):
    for quality in graded(name, fault):
        value, said = measured(quality, fault), codes(quality)
        asked = [x for x in CRITERIA if x.measure == fault.measure and fault.view in x.views]
        beyond = {one.consequence: set() for one in asked}
        for one in asked:
            if one.broken(value, one.default):
                beyond[one.consequence].add(one.code)
        due = beyond.get("refuse") or beyond.get("caution") or set()
        silenced = {one for one in due if SILENCED_BY.get(one, frozenset()) & said}
        assert said & {one.code for one in asked} == due - silenced, value


def test_some_fault_is_there_for_every_code(graded):
    said = set().union(*(codes(one) for fault in FAULTS for one in graded("collins", fault)))
    assert {one.code for one in CRITERIA} - said == set()


@BOTH
def test_a_mask_is_not_taken_for_darkness_or_false_colours(portraits, name):
    quality, _ = check(masked(*portraits[name], 1.0), Request())
    assert "covered" in codes(quality)
    assert not codes(quality) & {"too_dark", "no_colour", "wrong_colours", "colour_cast"}


@BOTH
def test_up_and_down_are_judged_alike(portraits, name):
    down, up = (
        judged(check(tipped(*portraits[name], degrees), Request())[0].measures, View.FRONT)
        for degrees in (-25, 25)
    )
    assert abs(up["pitch"] - down["pitch"]) < 10
    assert min(up["pitch"], down["pitch"]) > 20


def test_real_glasses_are_seen_and_only_a_caution(portraits):
    hopper, _ = check(portraits["hopper"][0], Request())
    collins, _ = check(portraits["collins"][0], Request())
    assert hopper.accepted
    assert codes(hopper) == {"glasses"}
    assert codes(collins) == set()
