from __future__ import annotations

import pytest

from inference.grading import grade_lesions, grade_visit
from inference.results import LesionType, Region
from portal.analysis import services, words
from portal.analysis.models import AnalysisStatus
from portal.analysis.selectors import reading, readings, readings_by_visit, visit_grade
from portal.cases.models import View
from portal.cases.services import remove_photo
from tests import factories
from tests.factories import found_lesion
from tests.pictures import heic, jpeg

pytestmark = pytest.mark.django_db


def read(visit, view: View, *candidates, **fields):
    photo = factories.photo(visit, view)
    return factories.read(photo, factories.result(view, candidates=candidates, **fields))


def test_readings_come_front_first_and_leave_out_what_was_replaced(visit):
    factories.photo(visit, View.RIGHT)
    factories.photo(visit, View.FRONT, jpeg())
    newer = factories.photo(visit, View.FRONT, heic())

    assert [one.photo.view for one in readings(visit)] == [View.FRONT, View.RIGHT]
    assert readings(visit)[0].photo == newer


def test_a_visit_costs_three_queries_however_many_photos(visit, django_assert_num_queries):
    for view in (View.FRONT, View.LEFT, View.RIGHT):
        read(visit, view, found_lesion(LesionType.PAPULE, 10))
    with django_assert_num_queries(3):
        counted = [one.counts["papule"] for one in readings(visit)]

    assert counted == [1, 1, 1]


def test_many_visits_cost_no_more(patient, visit, django_assert_num_queries):
    read(visit, View.FRONT)
    other = factories.visit(factories.consenting_patient(patient.clinic))
    read(other, View.FRONT)
    with django_assert_num_queries(3):
        table = readings_by_visit([visit, other])

    assert [len(table[one.pk]) for one in (visit, other)] == [1, 1]


def test_a_reading_counts_by_type_and_by_region(visit):
    read(
        visit,
        View.FRONT,
        found_lesion(LesionType.PAPULE, 10, Region.CHIN),
        found_lesion(LesionType.PAPULE, 50, Region.NOSE),
        found_lesion(LesionType.SCAR, 90, Region.NOSE),
    )
    one = readings(visit)[0]

    assert one.counts == {
        "comedone": 0,
        "papule": 2,
        "pustule": 0,
        "nodule": 0,
        "cyst": 0,
        "scar": 1,
    }
    assert one.counts_by_region["nose"]["papule"] == one.counts_by_region["chin"]["papule"] == 1
    assert one.model == {"name": "test", "version": "1", "sha256": "0" * 64}


def test_a_refused_photo_tells_its_reasons(visit):
    photo = factories.photo(visit)
    factories.read(photo, factories.result(accepted=False))

    assert reading(photo).reasons == [str(words.REFUSALS["too_dark"])]
    assert not reading(photo).is_read


def test_a_removed_photo_has_no_status_but_cancelled(visit):
    photo = factories.photo(visit)
    remove_photo(photo=photo)

    assert reading(photo).analysis is None
    assert reading(photo).status == AnalysisStatus.CANCELLED


def test_the_visit_is_graded_by_its_worst_lesion_with_reasons(visit):
    read(visit, View.FRONT, found_lesion(LesionType.PUSTULE, 10, Region.CHIN))
    grade = visit_grade(visit)

    assert grade.grade == "III"
    assert grade.reasons == [
        "The worst lesions decide: 1 pustule (chin 1).",
        "Without them there would be no active acne.",
    ]
    assert not grade.is_incomplete
    assert sum(grade.probabilities.values()) == pytest.approx(1, abs=1e-3)


def test_each_region_counts_in_one_view(visit):
    seen_twice = found_lesion(LesionType.PAPULE, 10, Region.LEFT_CHEEK)
    read(visit, View.FRONT, seen_twice)
    read(visit, View.LEFT, seen_twice)

    assert visit_grade(visit).counts["papule"] == 1


def test_clear_skin_is_a_grade_and_an_unread_visit_has_none(visit):
    photo = factories.photo(visit)
    assert visit_grade(visit).grade == ""
    assert visit_grade(visit).is_incomplete

    factories.read(photo, factories.result(candidates=()))

    assert visit_grade(visit).grade == "none"
    assert visit_grade(visit).reasons == ["No active acne found."]


def test_a_refused_view_makes_the_grade_incomplete_and_says_which(visit):
    read(visit, View.FRONT, found_lesion(LesionType.PAPULE, 10, Region.CHIN))
    read(visit, View.LEFT, accepted=False)

    assert visit_grade(visit).is_incomplete
    assert visit_grade(visit).gaps == ["This view could not be read: left side."]


def test_a_likelier_grade_than_the_displayed_one_makes_it_uncertain(visit):
    many_weak = [found_lesion(LesionType.NODULE, 10 * i, Region.CHIN, 0.29) for i in range(9)]
    read(visit, View.FRONT, found_lesion(LesionType.PAPULE, 200, Region.CHIN), *many_weak)
    grade = visit_grade(visit)

    assert (grade.grade, grade.most_probable, grade.is_uncertain) == ("II", "IV", True)


def test_the_models_own_table_turns_evidence_into_the_visits_probabilities(visit):
    half = {grade: [(0.0, 0.5)] for grade in ("I", "II", "III", "IV")}
    read(visit, View.FRONT, found_lesion(LesionType.PAPULE, 10, Region.CHIN), grade_points=half)
    grade = visit_grade(visit)

    assert grade.china_2019["calibrated"]
    assert (grade.probabilities["none"], grade.probabilities["IV"]) == (0.5, 0.5)


def every_reason() -> set[str]:
    kinds = [found_lesion(kind, 10) for kind in LesionType]
    graded = [grade_lesions(kinds), grade_lesions([])]
    codes = {
        reason["code"]
        for grades in graded
        for criterion in grades.values()
        for reason in criterion["reasons"]
    }
    return codes | {gap["code"] for gap in grade_visit([])["gaps"]} | {"not_read"}


def test_the_site_has_words_for_every_reason_of_a_grade():
    assert every_reason() == words.REASONS.keys()


def test_a_grade_is_read_back_from_what_was_stored(visit):
    photo = factories.photo(visit)
    [claimed] = services.claim()
    found = factories.result()
    services.store(analysis=claimed, result=found, display=jpeg())

    assert visit_grade(visit).china_2019["grade"] == found.grades["china_2019"]["grade"]
    assert reading(photo).result["thresholds"]["papule"] == 0.3
