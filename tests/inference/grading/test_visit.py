"""A visit's grade: each region in one view only, incomplete where a view is not read."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.grading import ViewFindings, grade_visit
from inference.results import Lesion, LesionType, Region, View


def lesion(kind, region):
    return Lesion(LesionType(kind), 0.9, (0.0, 0.0, 9.0, 9.0), region)


def seen(view, *lesions):
    return ViewFindings(View(view), lesions=lesions, candidates=lesions)


def unread(view):
    return ViewFindings(View(view), read=False)


def test_a_papule_seen_from_the_front_and_the_side_counts_once():
    papule = lesion("papule", Region.LEFT_CHEEK)
    visit = grade_visit([seen("front", papule), seen("left", papule), seen("right")])
    assert visit["counts"]["papule"] == 1
    assert visit["sources"]["left_cheek"] == "left"
    assert visit["complete"]


def test_a_cheek_comes_from_the_front_where_its_own_view_is_missing():
    visit = grade_visit([seen("front", lesion("papule", Region.LEFT_CHEEK))])
    assert visit["sources"]["left_cheek"] == "front"
    assert visit["grades"]["china_2019"]["grade"] == "II"
    assert visit["complete"]


def test_a_side_view_says_nothing_of_the_far_cheek():
    visit = grade_visit([seen("left", lesion("nodule", Region.RIGHT_CHEEK))])
    assert visit["sources"]["right_cheek"] is None
    assert visit["grades"]["china_2019"]["grade"] is None


def test_the_nose_in_a_side_view_gives_way_to_the_front():
    visit = grade_visit([seen("front"), seen("left", lesion("nodule", Region.NOSE))])
    assert visit["grades"]["china_2019"]["grade"] is None


def test_a_refused_view_makes_the_grade_incomplete():
    visit = grade_visit([seen("front", lesion("papule", Region.CHIN)), unread("left")])
    assert not visit["complete"]
    assert [(gap["code"], gap["view"]) for gap in visit["gaps"]] == [("not_read", "left")]
    assert visit["grades"]["china_2019"]["grade"] == "II"
    assert visit["sources"]["left_cheek"] == "front"


def test_a_visit_without_a_front_view_is_incomplete():
    visit = grade_visit([seen("left"), seen("right")])
    assert [gap["code"] for gap in visit["gaps"]] == ["view_missing"]


def test_nothing_read_gives_no_grade_rather_than_no_acne():
    visit = grade_visit([unread("front")])
    assert visit["grades"]["china_2019"] == {"grade": None, "reasons": [], "probabilities": None}


def test_chest_and_back_are_named_as_not_read_and_leave_the_grade_complete():
    visit = grade_visit([seen("front"), seen("chest"), unread("back")])
    assert visit["not_read_by_model"] == ["chest", "back"]
    assert visit["complete"]


def test_hayashi_divides_each_view_by_its_own_midline():
    far_right, far_left = (
        Lesion(LesionType.PAPULE, 0.9, (0, 0, 2, 2), Region.CHIN),
        lesion("papule", Region.LEFT_CHEEK),
    )
    front = ViewFindings(View.FRONT, lesions=(far_right,), midline=((100, 0), (100, 90)))
    halves = grade_visit([front, seen("left", far_left)])["grades"]["hayashi"]
    assert (halves["right"], halves["left"]) == (1, 1)


def test_a_view_given_twice_is_an_error():
    with pytest.raises(ValueError, match="one photo per view"):
        grade_visit([seen("front"), seen("front")])


views = st.lists(st.sampled_from(list(View)), unique=True, max_size=5)
somewhere = st.builds(lesion, st.sampled_from(list(LesionType)), st.sampled_from(list(Region)))


@given(st.data(), views)
def test_every_region_is_counted_in_one_view_at_most(data, chosen):
    photos = [seen(view, *data.draw(st.lists(somewhere, max_size=8))) for view in chosen]
    visit = grade_visit(photos)
    for region in Region:
        source = visit["sources"][region.value]
        there = [
            one
            for photo in photos
            if photo.view == source
            for one in photo.lesions
            if one.region == region
        ]
        assert sum(visit["counts_by_region"][region.value].values()) == len(there)


@pytest.mark.parametrize(
    ("modules", "needed"),
    [("inference, inference.results", []), ("inference.grading", ["numpy"])],
)
def test_results_need_the_standard_library_only_and_grading_numpy_too(modules, needed):
    script = (
        f"import sys; before = set(sys.modules); import {modules};"
        "known = set(sys.stdlib_module_names) | {'inference'};"
        "new = [n for n in set(sys.modules) - before if getattr(sys.modules[n], '__file__', '')];"
        "print(sorted({n.partition('.')[0] for n in new} - known))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(needed)
