"""Real faces made worse by degrees: every measure moves one way, every verdict flips at its limit,
and nothing is said of what is not wrong.
"""

import numpy as np
import pytest

from inference.quality import check
from inference.quality.degradations import FAULTS, masked
from inference.quality.limits import CRITERIA, DEFAULT_LIMITS, SILENCED_BY
from inference.quality.verdict import judged
from inference.results import Request


def limits_of(fault):
    named = [one for one in CRITERIA if one.code == fault.code and fault.view in one.views]
    if fault.limit is None:
        return named, dict(DEFAULT_LIMITS)
    return named, {**DEFAULT_LIMITS, **{one.name: fault.limit for one in named}}


@pytest.fixture(scope="module")
def graded(portraits):
    """Value, whether the code was given and all codes, at each degree of a fault."""
    cache = {}

    def measured(name, fault):
        if (name, fault.name) not in cache:
            image, face = portraits[name]
            _, limits = limits_of(fault)
            request = Request(view=fault.view, quality_limits=limits)
            made = [fault.change(image, face, degree) for degree in fault.degrees]
            cache[name, fault.name] = [check(one, request)[0] for one in made]
        return cache[name, fault.name]

    return measured


def codes(quality):
    return {one.code for one in (*quality.reasons, *quality.cautions)}


EACH = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
BOTH = pytest.mark.parametrize("name", ["collins", "hopper"])


@EACH
@BOTH
def test_a_measure_moves_one_way_until_the_fault_is_named(graded, name, fault):
    found = graded(name, fault)
    values = [judged(one.measures, fault.view)[fault.measure] for one in found]
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
def test_a_fault_is_named_exactly_beyond_its_limit(graded, name, fault):
    criteria, limits = limits_of(fault)
    for quality in graded(name, fault):
        value = judged(quality.measures, fault.view)[fault.measure]
        beyond = any(one.broken(value, limits[one.name]) for one in criteria)
        silenced = SILENCED_BY.get(fault.code, frozenset()) & codes(quality)
        assert (fault.code in codes(quality)) == (beyond and not silenced)


@BOTH
def test_a_mask_is_not_taken_for_darkness_or_false_colours(portraits, name):
    quality, _ = check(masked(*portraits[name], 1.0), Request())
    assert "covered" in codes(quality)
    assert not codes(quality) & {"too_dark", "no_colour", "wrong_colours", "colour_cast"}


def test_real_glasses_are_seen_and_only_a_caution(portraits):
    hopper, _ = check(portraits["hopper"][0], Request())
    collins, _ = check(portraits["collins"][0], Request())
    assert hopper.accepted
    assert codes(hopper) == {"glasses"}
    assert codes(collins) == set()
