"""Lesions followed from visit to visit: the rows, who works on them, and a doctor's word."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from inference.results import Face, Lesion, LesionType, Pose, Region
from inference.tracking import matching as machine
from inference.tracking.canonical import canonical
from portal.analysis.models import Analysis
from portal.cases.models import Case
from portal.review.services import claim, sign
from portal.trends import services
from portal.trends.linking import Link, links_of
from portal.trends.models import LesionMatch, MatchingStatus, Outcome, VisitMatching
from portal.trends.progress import progress
from portal.trends.selectors import course
from portal.trends.services import NotAPairError, correct, match_waiting
from portal.trends.tables import table, table_by_region
from tests import factories
from tests.inference.tracking.faces import landmarks, posed

FACE = Face((200.0, 200.0, 800.0, 900.0), tuple(landmarks()), Pose(0.0, 0.0, 0.0), regions={})
PLACES = [(600 + x, 650 + y) for x in (-200, -60, 90, 220) for y in (-140, 80)]
STAY, GONE, CAME = PLACES[:3], PLACES[3:6], PLACES[6:]
pytestmark = pytest.mark.django_db


def test_the_outcomes_are_those_of_the_machine():
    assert [one.value for one in machine.Outcome] == Outcome.values


@pytest.mark.parametrize(
    ("outcome", "confidence", "told"),
    [
        (Outcome.PERSISTING, 0.95, "sure"),
        (Outcome.CHANGED, 0.84, "unsure"),
        (Outcome.NEW, 0.7, "likely"),
        (Outcome.RESOLVED, 0.95, "likely"),
        (Outcome.NOT_VISIBLE, 0.3, "unsure"),
        (Outcome.PERSISTING, None, "said"),
    ],
)
def test_no_more_is_claimed_of_a_link_than_was_measured(outcome, confidence, told):
    assert Link(1, outcome, None, None, confidence).sureness == told


@pytest.fixture
def doctor(patient):
    return factories.doctor(patient.clinic)


def found(places, kind=LesionType.PAPULE, face=FACE, **terms):
    lesions = [Lesion(kind, 0.9, (x - 8, y - 8, 16.0, 16.0), Region.NOSE) for x, y in places]
    size = {"width": 1200, "height": 1400}
    return factories.result(candidates=lesions, face=face, **size, **terms)


def two_visits(patient, doctor):
    """Three lesions stay, three go, two come."""
    first = factories.report(patient, by=doctor, found=found([*STAY, *GONE]))
    second = factories.report(patient, by=doctor, found=found([*STAY, *CAME]))
    return first, second


def linked(matching):
    return links_of(VisitMatching.objects.get(pk=matching.pk))


# --- The row is the work --------------------------------------------------------------------------


def test_a_report_queues_one_matching_with_every_earlier_visit(patient, doctor):
    reports = [factories.report(patient, by=doctor) for _ in range(3)]
    pairs = VisitMatching.objects.values_list("earlier", "later")
    assert set(pairs) == {
        (reports[0].pk, reports[1].pk),
        (reports[0].pk, reports[2].pk),
        (reports[1].pk, reports[2].pk),
    }
    assert {one.status for one in VisitMatching.objects.all()} == {MatchingStatus.QUEUED}


def test_what_is_not_acne_is_not_followed(patient, doctor):
    factories.report(patient, by=doctor)
    factories.report(patient, by=doctor, diagnosis="rosacea")
    assert not VisitMatching.objects.exists()


def test_a_second_visit_is_matched_with_the_first(patient, doctor):
    two_visits(patient, doctor)
    match_waiting()
    matching = VisitMatching.objects.get()
    assert matching.status == MatchingStatus.DONE
    assert linked(matching).numbers == {
        "new": 2,
        "persisting": 3,
        "changed": 0,
        "resolved": 3,
        "not_visible": 0,
    }
    assert 0.5 < matching.measures["after"]["seen"] < 1
    assert matching.measures["before"]["low"] <= 6 <= matching.measures["before"]["high"]


def test_a_visit_without_a_face_is_matched_without_inventing_anything(patient, doctor):
    for _ in range(2):
        factories.report(patient, by=doctor)
    match_waiting()
    links = linked(VisitMatching.objects.get())
    assert links.numbers["not_visible"] == len(links.links) == 8
    assert links.change.verdict == "unclear"


def test_skin_that_is_covered_later_has_not_healed(patient, doctor):
    triangles = {posed().place(*one).triangle for one in GONE}
    covered = dataclasses.replace(FACE, hidden=tuple(triangles))
    for places, face in (([*STAY, *GONE], FACE), (STAY, covered)):
        factories.report(patient, by=doctor, found=found(places, face=face))
    match_waiting()
    numbers = linked(VisitMatching.objects.get()).numbers
    assert (numbers["persisting"], numbers["resolved"], numbers["not_visible"]) == (3, 0, 3)


def test_a_reading_stored_before_covered_skin_was_measured_hides_nothing(patient, doctor):
    two_visits(patient, doctor)
    for analysis in Analysis.objects.all():
        face = {key: value for key, value in analysis.result["face"].items() if key != "hidden"}
        assert len(face) < len(analysis.result["face"])
        Analysis.objects.filter(pk=analysis.pk).update(result=analysis.result | {"face": face})
    match_waiting()
    assert linked(VisitMatching.objects.get()).numbers["resolved"] == 3


def test_what_a_dead_worker_held_is_matched_by_the_next(patient, doctor):
    two_visits(patient, doctor)
    lost = services.claim()
    assert lost is not None
    assert services.claim() is None
    VisitMatching.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    match_waiting()
    services.store(matching=lost, found={"matches": [], "before": {}, "after": {}})
    matching = VisitMatching.objects.get()
    assert matching.status == MatchingStatus.DONE
    assert matching.attempts == 2
    assert matching.measures["before"], "the slow worker's result was dropped"


def test_what_fails_three_times_is_given_up_and_said(patient, doctor, monkeypatch):
    def broken(*_photos):
        raise RuntimeError

    monkeypatch.setattr(services.following, "follow", broken)
    two_visits(patient, doctor)
    match_waiting()
    matching = VisitMatching.objects.get()
    assert (matching.status, matching.attempts) == (MatchingStatus.FAILED, 3)
    assert matching.problem


def test_the_sweep_rings_for_what_waits(
    patient, doctor, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr("portal.trends.tasks.match_pending.apply_async", lambda **_: rung.append(1))
    two_visits(patient, doctor)
    with django_capture_on_commit_callbacks(execute=True):
        services.sweep()
    assert rung


# --- A doctor's word ------------------------------------------------------------------------------


@pytest.fixture
def matching(patient, doctor):
    two_visits(patient, doctor)
    match_waiting()
    return VisitMatching.objects.get()


def test_a_pair_that_is_none_becomes_gone_and_new_and_the_machines_row_stays(matching, doctor):
    pair = linked(matching).of("persisting")[0]
    row = LesionMatch.objects.get(public_id=pair.before.row)
    correct(
        matching=matching, doctor=doctor, before=row.public_id, after=row.public_id, are_one=False
    )
    links = linked(matching)
    assert (links.numbers["persisting"], links.numbers["resolved"], links.numbers["new"]) == (
        2,
        4,
        3,
    )
    row.refresh_from_db()
    assert row.outcome == Outcome.PERSISTING


def test_two_that_are_one_become_a_pair_and_can_be_parted_again(matching, doctor):
    links = linked(matching)
    gone, new = links.of("resolved")[0].before.row, links.of("new")[0].after.row
    correct(matching=matching, doctor=doctor, before=gone, after=new, are_one=True)
    joined = linked(matching)
    assert (joined.numbers["persisting"], joined.numbers["resolved"], joined.numbers["new"]) == (
        4,
        2,
        1,
    )
    assert [one.is_by_doctor for one in joined.links].count(True) == 1
    correct(matching=matching, doctor=doctor, before=gone, after=new, are_one=False)
    assert linked(matching).numbers == links.numbers


def test_a_lesion_has_one_partner_at_most(matching, doctor):
    links = linked(matching)
    pair, gone = links.of("persisting")[0], links.of("resolved")[0]
    correct(
        matching=matching, doctor=doctor, before=gone.before.row, after=pair.after.row, are_one=True
    )
    again = linked(matching)
    assert len([one for one in again.links if one.after]) == 5
    assert len([one for one in again.links if one.before]) == 6


def test_only_lesions_of_these_two_visits_can_be_paired(matching, doctor):
    links = linked(matching)
    gone, new = links.of("resolved")[0].before.row, links.of("new")[0].after.row
    for before, after in ((new, gone), (gone, uuid.uuid4()), (gone, gone)):
        with pytest.raises(NotAPairError):
            correct(matching=matching, doctor=doctor, before=before, after=after, are_one=True)


# --- The verdict ----------------------------------------------------------------------------------


def of(patient):
    case = Case.objects.get(patient=patient)
    return progress(course(case), case.clinic)


def test_many_gone_and_none_new_is_better_and_turned_round_worse(patient, doctor):
    x, y = 600, 650
    many = [(x + dx, y + dy) for dx in (-220, -110, 0, 110, 220) for dy in (-180, -60, 150)]
    many = [one for one in many if (at := posed().place(*one)) and posed().sees(at)]
    for places in (many, many[:2], many):
        factories.report(patient, by=doctor, found=found(places))
    match_waiting()
    told = of(patient)
    assert told.since_last.change.verdict == "worse"
    assert told.since_first.change.verdict == "unclear"
    assert [said.verdict for said in told.verdicts(gently=True)] == ["worse", "unclear"]
    assert "(99 % sure)" in told.verdicts(gently=False)[0].line, "nothing is certain"
    first, second = course(Case.objects.get(patient=patient)).visits[:2]
    only = progress(told.course, patient.clinic, (first, second)).between(first, second)
    assert only.change.verdict == "better"
    assert len(told.ranges) == 3


def test_scars_are_not_counted_as_change(patient, doctor):
    factories.report(patient, by=doctor, found=found(PLACES, LesionType.SCAR))
    factories.report(patient, by=doctor, found=found([]))
    match_waiting()
    assert of(patient).since_last.change.better == 0.5


@pytest.mark.parametrize(
    ("rule", "grades", "expected"),
    [
        ("two_grades", ("III", "I"), True),
        ("two_grades", ("III", "II"), False),
        ("one_grade", ("III", "II"), True),
        ("one_grade", ("II", "III"), False),
        ("clear", ("II", "none"), True),
        ("clear", ("II", "I"), False),
        ("half", ("II", "II"), True),
    ],
)
def test_the_clinic_says_what_success_is(patient, doctor, rule, grades, expected):
    factories.set_rules(patient.clinic, response_rule=rule)
    for grade, places in zip(grades, (PLACES, PLACES[:3]), strict=True):
        review = claim(visit=factories.sent_visit(patient, found(places)), doctor=doctor)
        sign(review=review, grade=grade, assessment="Seen.", override_reason="My eyes.")
    assert of(patient).responded is expected


# --- The pages ------------------------------------------------------------------------------------


def page(client, who, matching, **wanted):
    client.force_login(who)
    case = matching.later.visit.case
    name = "trends:mine" if who.role == "patient" else "trends:case"
    return client.get(reverse(name, args=[] if name == "trends:mine" else [case.public_id]), wanted)


def test_the_doctor_sees_both_photos_with_numbers_the_map_and_the_list(client, matching, doctor):
    html = page(client, doctor, matching).text
    assert "No clear change since" in html
    assert "By the clinic&#x27;s rule (two grades better): not reached yet." in html
    assert html.count('class="fate__number"') == 6 + 5
    assert html.count("fate--map") >= 8
    assert html.count("These are two") >= 3
    assert " style=" not in html


def test_the_patient_reads_it_in_gentle_words_and_corrects_nothing(client, matching, patient):
    html = page(client, patient, matching).text
    assert "too close to call" in html
    assert "Where spots came and went" in html
    assert "These are two" not in html
    assert "clinic&#x27;s rule" not in html


def test_the_patient_reads_where_on_the_face_spots_came_and_went(client, matching, patient, doctor):
    html = page(client, patient, matching).text
    assert "<li><strong>Nose</strong>: 2 new, 3 gone, 3 still there</li>" in html
    assert "region-fates" not in page(client, doctor, matching).text, "a list of all is there"


def faint(number):
    """Candidates below the threshold: they may be lesions all the same."""
    lesions = [
        Lesion(LesionType.PUSTULE, 0.25, (600.0 + 9 * i, 700, 6, 6), Region.CHIN)
        for i in range(number)
    ]
    return [*found(STAY).candidates, *lesions]


def test_each_type_and_region_has_a_range_that_holds_what_is_signed(client, patient, doctor):
    for _ in range(2):
        seen = dataclasses.replace(found(STAY), candidates=tuple(faint(8)))
        factories.report(patient, by=doctor, found=seen)
    match_waiting()
    told = of(patient)
    rows = table(told.course, told.ranges)
    regions = table_by_region(told.course, told.ranges)
    pustules = dict(rows[0].types)["pustule"]
    assert (pustules.number, pustules.range.low) == (0, 0)
    assert 2 <= pustules.range.high <= 12, "two of eight, and those that are usually overlooked"
    cells = {row.label: row.cells[0][1] for row in regions}
    assert cells["chin"].number == 0
    assert 2 <= cells["chin"].range.high <= pustules.range.high, "the chin is seen whole"
    assert cells["forehead"].range is None, "nothing that might be one was found there"
    counted = [one for row in rows for _kind, one in row.types] + list(cells.values())
    assert all(one.range.low <= one.number <= one.range.high for one in counted if one.range)
    assert told.ranges[told.course.first.report_id].active.high > 3
    gags = rows[0].gags
    assert (gags.number, gags.range.low) == (2, 2)
    assert gags.range.high == 8, "on nose and chin a nodule each, taken for something milder?"
    # ... to a doctor in numbers, to the patient in a word
    client.force_login(doctor)
    case = Case.objects.get(patient=patient)
    assert told.course.latest.grade_percent <= 99, "nothing is certain"
    assert (
        f"(0–{pustules.range.high})"
        in client.get(reverse("trends:case", args=[case.public_id])).text
    )
    client.force_login(patient)
    html = client.get(reverse("trends:mine")).text
    assert "about 3" in html
    assert f"(0–{pustules.range.high})" not in html


def test_a_hidden_part_of_the_face_is_said_to_be_hardly_seen(client, patient, doctor):
    brow = dataclasses.replace(FACE, hidden=tuple(canonical().regions[Region.FOREHEAD]))
    for face in (FACE, brow):
        factories.report(patient, by=doctor, found=found(STAY, face=face))
    match_waiting()
    told = of(patient)
    forehead = table_by_region(told.course, told.ranges)[0]
    assert [one.is_unseen for _visit, one in forehead.cells] == [False, True]
    client.force_login(patient)
    assert client.get(reverse("trends:mine")).text.count("(hardly seen)") == 1


def test_what_was_matched_before_types_were_measured_shows_bare_numbers(patient, doctor):
    two_visits(patient, doctor)
    match_waiting()
    matching = VisitMatching.objects.get()
    old = {
        side: {name: one[name] for name in ("seen", "counted", "low", "high")}
        for side, one in matching.measures.items()
    }
    VisitMatching.objects.update(measures=old)
    told = of(patient)
    rows = table(told.course, told.ranges)
    assert all(one.range is None for row in rows for _kind, one in row.types)
    assert [row.gags.range for row in rows] == [None, None]
    regions = table_by_region(told.course, told.ranges)
    assert not any(one.is_unseen for row in regions for _visit, one in row.cells)


def test_one_outcome_is_picked_out_by_the_address(client, matching, doctor):
    html = page(client, doctor, matching, show="new").text
    assert html.count('class="fate__number"') == 2
    assert page(client, doctor, matching, show="nonsense").text.count('class="fate__number"') == 11


def test_the_doctor_puts_a_match_right_from_the_page(client, matching, doctor):
    client.force_login(doctor)
    links = linked(matching)
    words = {"before": links.of("resolved")[0].before.row, "after": links.of("new")[0].after.row}
    address = reverse("trends:correct_match", args=[matching.pk])
    answer = client.post(address, {**words, "are_one": "yes"}, follow=True)
    assert "The numbers follow what you said" in answer.text
    assert linked(matching).numbers["persisting"] == 4
    for wrong in ({}, {**words, "after": "x"}, {**words, "before": uuid.uuid4(), "are_one": "no"}):
        answer = client.post(address, wrong, follow=True)
        assert answer.status_code == 200
        assert linked(matching).numbers["persisting"] == 4


def test_a_doctor_of_another_clinic_corrects_nothing(client, matching):
    client.force_login(factories.doctor(factories.clinic()))
    address = reverse("trends:correct_match", args=[matching.pk])
    assert client.post(address, {"are_one": "no"}).status_code == 404


def test_until_the_worker_has_matched_the_page_says_so(client, patient, doctor):
    two_visits(patient, doctor)
    client.force_login(patient)
    assert "not linked to each other yet" in client.get(reverse("trends:mine")).text


def test_what_never_will_be_linked_is_not_promised(client, patient, doctor, monkeypatch):
    def broken(*_photos):
        raise RuntimeError

    monkeypatch.setattr(services.following, "follow", broken)
    two_visits(patient, doctor)
    match_waiting()
    client.force_login(patient)
    address = reverse("trends:mine")
    assert "could not be linked" in client.get(address).text
    for wrong in ({"before": 2, "after": 1}, {"before": 1, "after": 1}):
        assert "Choose an earlier and a later visit" in client.get(address, wrong).text
