"""The three published criteria on sets of lesions, by hand and by property."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.grading import china2019, gags, hayashi
from inference.grading.china2019 import ORDER, Grade
from inference.results import Lesion, LesionType, Region

REGIONS = st.sampled_from([*Region, None])
TYPES = st.sampled_from(list(LesionType))


def lesion(kind, region=None, at=(50.0, 50.0), score=1.0):
    return Lesion(LesionType(kind), score, (at[0] - 5, at[1] - 5, 10.0, 10.0), region)


lesions = st.lists(st.builds(lesion, TYPES, REGIONS), max_size=60)


def rank(grade):
    return -1 if grade is None else ORDER.index(grade)


@pytest.mark.parametrize(
    ("kinds", "grade"),
    [
        ([], None),
        (["scar"], None),
        (["comedone"], "I"),
        (["comedone", "papule", "scar"], "II"),
        (["papule", "pustule", "comedone"], "III"),
        (["nodule"], "IV"),
        (["cyst", "comedone"], "IV"),
    ],
)
def test_the_worst_type_decides_the_chinese_grade(kinds, grade):
    assert china2019.grade(lesion(kind) for kind in kinds) == grade


@given(lesions, TYPES, REGIONS)
def test_one_more_lesion_never_lowers_any_grade(some, kind, region):
    more = [*some, lesion(kind, region)]
    assert rank(china2019.grade(more)) >= rank(china2019.grade(some))
    assert gags.score(more).score >= gags.score(some).score
    before = hayashi.count_halves((one, ()) for one in some)
    after = hayashi.count_halves((one, ()) for one in more)
    assert after.worse >= before.worse


@given(lesions, REGIONS)
def test_scars_never_decide(some, region):
    scarred = [*some, lesion("scar", region)]
    assert china2019.grade(scarred) == china2019.grade(some)
    assert gags.score(scarred) == gags.score(some)
    halves = [hayashi.count_halves((one, ()) for one in group) for group in (some, scarred)]
    assert halves[0] == halves[1]


@given(lesions)
def test_taking_the_deciding_lesions_away_makes_the_grade_milder(some):
    decisive = china2019.deciding(some)
    rest = [one for one in some if all(one is not other for other in decisive)]
    if decisive:
        assert rank(china2019.grade(rest)) < rank(china2019.grade(some))
    else:
        assert china2019.grade(some) is None


@given(TYPES, st.sampled_from(ORDER))
def test_a_type_forces_a_grade_exactly_if_alone_it_gives_at_least_that(kind, grade):
    assert china2019.forces(kind, grade) == (rank(china2019.grade([lesion(kind)])) >= rank(grade))


def test_gags_weighs_the_worst_type_of_each_region():
    seen = [
        lesion("papule", Region.FOREHEAD),
        lesion("comedone", Region.FOREHEAD),
        lesion("pustule", Region.NOSE),
        lesion("nodule", Region.LEFT_CHEEK),
    ]
    assert gags.score(seen).score == 2 * 2 + 1 * 3 + 2 * 4


def test_gags_of_nodules_everywhere_is_32_and_has_no_band():
    document = gags.score([lesion("cyst", region) for region in Region]).to_json()
    assert (document["score"], document["out_of"], document["grade"]) == (32, 32, None)


@given(lesions)
def test_gags_stays_between_0_and_32(some):
    assert 0 <= gags.score(some).score <= gags.OUT_OF == 32


@pytest.mark.parametrize(
    ("count", "severity"),
    [(0, "mild"), (5, "mild"), (6, "moderate"), (20, "moderate"), (21, "severe"),
     (50, "severe"), (51, "very_severe")],
)  # fmt: skip
def test_hayashi_bands_begin_where_they_were_published(count, severity):
    assert hayashi.severity_of_count(count) == severity


def test_hayashi_counts_the_worse_half_and_no_comedones():
    upright = ((100.0, 0.0), (100.0, 200.0))
    right, left = (60.0, 90.0), (140.0, 90.0)
    seen = [lesion("papule", Region.CHIN, left) for _ in range(7)]
    seen += [lesion("papule", Region.FOREHEAD, right) for _ in range(3)]
    seen += [lesion("comedone", Region.FOREHEAD, right) for _ in range(30)]
    halves = hayashi.count_halves((one, upright) for one in seen)
    assert (halves.right, halves.left, halves.undivided) == (3, 7, 0)
    assert halves.severity == "moderate"


def test_hayashi_takes_cheeks_by_their_region_without_a_midline():
    seen = [lesion("papule", Region.LEFT_CHEEK), lesion("nodule", Region.RIGHT_CHEEK)]
    halves = hayashi.count_halves((one, ()) for one in seen)
    assert (halves.right, halves.left) == (1, 1)


def test_hayashi_follows_a_leaning_midline():
    leaning = ((100.0, 0.0), (200.0, 100.0))
    below, above = lesion("papule", at=(120.0, 80.0)), lesion("papule", at=(180.0, 20.0))
    assert hayashi.half_of(below, leaning) == "right"
    assert hayashi.half_of(above, leaning) == "left"


def test_hayashi_has_no_grade_without_active_acne():
    assert hayashi.count_halves([(lesion("scar"), ())]).severity is None
    assert hayashi.count_halves([(lesion("comedone"), ())]).severity == "mild"


def test_grades_are_ordered_from_mild_to_severe():
    assert ORDER == (Grade.I, Grade.II, Grade.III, Grade.IV)
