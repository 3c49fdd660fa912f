from __future__ import annotations

import uuid
from itertools import pairwise

import pytest
from django.core.files.base import ContentFile

from inference.results import LesionType, Region
from portal.analysis.models import Lesion
from portal.cases.models import VisitStatus
from portal.review.corrections import services
from portal.review.corrections.models import Correction, Kind
from portal.review.corrections.selectors import corrected
from portal.review.services import ClaimLostError, claim, release, sign
from tests import factories
from tests.pictures import jpeg
from tests.portal.review.conftest import run_out
from tests.portal.review.corrections.conftest import step

pytestmark = pytest.mark.django_db


def standing(review) -> list[tuple]:
    held = corrected(review)
    return sorted(
        (one.type, one.box, one.verdict) for each in held.readings for one in held.lesions(each)
    )


def pustule(review) -> Lesion:
    return Lesion.objects.get(analysis__photo__visit=review.visit, type="pustule")


def test_without_a_step_the_machines_findings_stand(review):
    held = corrected(review)

    assert not held.is_corrected
    assert [one.row is not None for one in held.findings.table.values()] == [True] * 4
    assert held.graded.document == review.visit.machine_reading


def test_a_rejected_lesion_does_not_count_and_its_row_stays_as_it_was(review):
    row = pustule(review)
    before = Lesion.objects.filter(pk=row.pk).values().get()

    made = step(review, Kind.REJECT, target=row.public_id)

    assert corrected(review).graded.grade == "II"
    assert Lesion.objects.filter(pk=row.pk).values().get() == before
    assert (made.replaces, made.review.doctor, made.photo) == (
        row,
        review.doctor,
        row.analysis.photo,
    )
    assert made.made_at is not None


def test_another_type_changes_the_grade_and_what_decides_it(review):
    row = pustule(review)

    step(review, Kind.RETYPE, target=row.public_id, type="nodule")

    held = corrected(review)
    assert held.graded.grade == "IV"
    assert held.regraded.deciding == {row.public_id}
    assert held.regraded.without.grade == "II"
    assert held.findings.table[row.public_id].found["type"] == "pustule"


def test_a_lesion_moves_and_keeps_what_the_machine_said(review):
    row = pustule(review)

    step(review, Kind.RESHAPE, target=row.public_id, box=[10.5, 20.0, 33.0, 44.0], polygon=None)

    one = corrected(review).findings.table[row.public_id]
    assert one.box == (10.5, 20, 33, 44)
    assert one.is_changed
    assert one.found["box"] == [220, 220, 20, 20]


def test_a_box_and_an_outline_are_added(review):
    photo = review.visit.photos.get()
    outline = [[10.0, 10.0], [60.0, 12.0], [30.0, 50.5]]

    step(
        review,
        Kind.ADD,
        photo=photo.public_id,
        type="papule",
        box=[1.0, 2.0, 30.0, 40.0],
        polygon=None,
    )
    step(review, Kind.ADD, photo=photo.public_id, type="cyst", box=[0, 0, 1, 1], polygon=outline)

    held = corrected(review)
    drawn = [one.document for one in held.lesions(held.readings[0])][:2]
    assert [one["box"] for one in drawn] == [[1, 2, 30, 40], [10, 10, 50, 40.5]]
    assert drawn[1]["polygon"] == outline
    assert held.graded.grade == "IV"


def test_all_are_accepted_at_once_but_not_what_was_rejected(review):
    row = pustule(review)
    step(review, Kind.REJECT, target=row.public_id)

    step(review, Kind.ACCEPT_ALL)

    verdicts = {key: one.verdict for key, one in corrected(review).findings.table.items()}
    assert verdicts.pop(row.public_id) == "rejected"
    assert set(verdicts.values()) == {"accepted"}


def test_a_lower_threshold_lets_more_stand_and_what_was_accepted_stays(patient, doctor):
    found = [
        factories.found_lesion(LesionType.PAPULE, 100, Region.NOSE, score=0.5),
        factories.found_lesion(LesionType.NODULE, 200, Region.CHIN, score=0.2),
    ]
    visit = factories.sent_visit(patient, factories.result(candidates=found))
    review = claim(visit=visit, doctor=doctor)
    papule, nodule = corrected(review).findings.table
    assert corrected(review).graded.grade == "II"

    step(review, Kind.THRESHOLD, threshold=0.15)
    assert corrected(review).graded.grade == "IV"
    step(review, Kind.ACCEPT, target=nodule)
    step(review, Kind.THRESHOLD, threshold=0.9)

    held = corrected(review)
    assert [held.findings.counts(held.findings.table[key]) for key in (papule, nodule)] == [
        False,
        True,
    ]
    assert Correction.objects.get(kind=Kind.ACCEPT).replaces is None


def test_a_higher_threshold_lets_nothing_new_stand_and_a_lower_one_takes_nothing_away(
    patient, doctor
):
    own = {**dict.fromkeys(LesionType, 0.2), LesionType.CYST: 0.8}
    found = [
        factories.found_lesion(LesionType.PAPULE, 100, Region.NOSE, score=0.3),
        factories.found_lesion(LesionType.PAPULE, 140, Region.NOSE, score=0.7),
        factories.found_lesion(LesionType.CYST, 200, Region.CHIN, score=0.7),
        factories.found_lesion(LesionType.CYST, 300, Region.CHIN, score=0.9),
    ]
    reading = factories.result(candidates=found, thresholds=own)
    review = claim(visit=factories.sent_visit(patient, reading), doctor=doctor)

    stood = []
    for threshold in (0.1, 0.2, None, 0.5, 0.75, 0.95):
        step(review, Kind.THRESHOLD, threshold=threshold)
        findings = corrected(review).findings
        stood.append({key for key, one in findings.table.items() if findings.counts(one)})

    assert [len(keys) for keys in stood] == [4, 3, 3, 2, 1, 0]
    assert all(more >= fewer for more, fewer in pairwise(stood))


def test_what_is_marked_on_the_chest_is_kept_and_not_graded():
    clinic = factories.clinic()
    clinic.views_asked = ["front", "chest"]
    clinic.save()
    visit = factories.visit(factories.consenting_patient(clinic))
    factories.read(factories.photo(visit))
    chest = factories.photo(visit, "chest")
    factories.read(chest, factories.result("chest", candidates=()))
    factories.submit(visit=visit)
    review = claim(visit=visit, doctor=factories.doctor(clinic))

    step(
        review,
        Kind.ADD,
        photo=chest.public_id,
        type="nodule",
        box=[1.0, 2.0, 30.0, 40.0],
        polygon=None,
    )

    held = corrected(review)
    assert held.graded.grade == "III"
    assert [one.type for one in held.lesions(held.readings[1])] == ["nodule"]


def test_a_photo_that_the_model_failed_on_is_graded_by_what_the_doctor_marks(patient, doctor):
    visit = factories.visit(patient)
    photo = factories.photo(visit)
    factories.failed(photo)
    photo.display.save("shown.jpg", ContentFile(jpeg()), save=False)
    photo.width = photo.height = 512
    photo.save()
    factories.submit(visit=visit)
    review = claim(visit=visit, doctor=doctor)
    assert not corrected(review).graded.is_read

    step(
        review,
        Kind.ADD,
        photo=photo.public_id,
        type="papule",
        box=[1.0, 2.0, 30.0, 40.0],
        polygon=None,
    )

    assert corrected(review).graded.grade == "II"


@pytest.mark.parametrize(
    "box", [[-1, 0, 10, 10], [0, 0, 0, 10], [500, 0, 13, 10], [0, 510, 10, 10]]
)
def test_a_shape_outside_the_photo_is_refused(review, box):
    before = standing(review)

    for change in (
        {"kind": Kind.RESHAPE, "target": pustule(review).public_id},
        {"kind": Kind.ADD, "photo": review.visit.photos.get().public_id, "type": "papule"},
    ):
        with pytest.raises(services.OutsideError):
            services.record(review=review, key=uuid.uuid4(), box=box, polygon=None, **change)

    assert standing(review) == before


def test_a_finding_that_is_not_in_the_visit_is_refused(review, doctor):
    elsewhere = factories.sent_visit(factories.consenting_patient(doctor.clinic))

    with pytest.raises(services.UnknownFindingError):
        step(
            review,
            Kind.REJECT,
            target=Lesion.objects.filter(analysis__photo__visit=elsewhere)[0].public_id,
        )
    with pytest.raises(services.UnknownFindingError):
        step(
            review,
            Kind.ADD,
            photo=elsewhere.photos.get().public_id,
            type="scar",
            box=[1, 1, 9, 9],
            polygon=None,
        )


def test_a_step_sent_twice_is_taken_once(review):
    key = uuid.uuid4()

    first, second = (
        services.record(review=review, key=key, kind=Kind.ACCEPT_ALL) for _ in range(2)
    )

    assert first == second
    assert Correction.objects.count() == 1


def test_whoever_lost_the_claim_changes_nothing(review, colleague):
    made = step(review, Kind.ACCEPT_ALL)
    run_out(review)
    other = claim(visit=review.visit, doctor=colleague)

    for late in (
        lambda: step(review, Kind.ACCEPT_ALL),
        lambda: services.undo(review=review, number=made.number),
        lambda: services.redo(review=review, number=made.number),
    ):
        with pytest.raises(ClaimLostError):
            late()

    assert not corrected(other).is_corrected, "a colleague starts from the machine's findings"


def test_steps_are_there_again_after_giving_back(review):
    step(review, Kind.REJECT, target=pustule(review).public_id)
    release(review=review)

    again = claim(visit=review.visit, doctor=review.doctor)

    assert corrected(again).graded.grade == "II"


def test_what_a_visit_counts_is_the_machines_then_what_its_doctor_leaves(review):
    assert not corrected(review).is_corrected
    step(review, Kind.REJECT, target=pustule(review).public_id)
    assert corrected(review).graded.grade == "II"

    sign(review=review, grade="II", assessment="Papules.", override_reason="No pustule.")

    review.visit.refresh_from_db()
    assert review.visit.status == VisitStatus.REPORTED
    assert corrected(review).graded.grade == "II"
    with pytest.raises(ClaimLostError):
        step(review, Kind.ACCEPT_ALL)


def test_undoing_goes_back_step_by_step_and_doing_again_forward(review):
    row = pustule(review)
    seen = [standing(review)]
    made = []
    for kind in ("nodule", "cyst", "comedone"):
        made.append(step(review, Kind.RETYPE, target=row.public_id, type=kind).number)
        seen.append(standing(review))

    for place in (2, 1, 0):
        services.undo(review=review, number=made[place])
        assert standing(review) == seen[place]
    for place in (0, 1, 2):
        services.redo(review=review, number=made[place])
        assert standing(review) == seen[place + 1]


def test_undoing_twice_is_once_and_out_of_order_is_refused(review):
    first, second = (step(review, Kind.ACCEPT_ALL).number for _ in range(2))
    with pytest.raises(services.OutOfOrderError):
        services.undo(review=review, number=first)

    services.undo(review=review, number=second)
    services.undo(review=review, number=second)

    assert corrected(review).is_corrected, "the first step still stands"
    with pytest.raises(services.OutOfOrderError):
        services.redo(review=review, number=7)
