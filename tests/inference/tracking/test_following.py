"""Views merged, visits matched, and what is said of the change."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.grading import ViewFindings, grade_visit
from inference.results import Lesion, LesionType, Region, View
from inference.tracking import spots
from inference.tracking.amounts import BY_A_DOCTOR, amounts_of
from inference.tracking.canonical import canonical
from inference.tracking.change import Change, CountRange, Followed, Verdict, change_of, count_range
from inference.tracking.drift import GATE, near_pairs, settle, soft_match
from inference.tracking.matching import Outcome, match, price, visit_faces
from inference.tracking.posed import SEEN, seen_share
from inference.tracking.spots import TELLING, ViewLesions, spots_of
from tests.inference.tracking.faces import SIZE, landmarks, posed

P, U, S = LesionType.PAPULE, LesionType.PUSTULE, LesionType.SCAR


def spread_sites(number: int, seed: int = 0, apart: float = 9.0):
    """Places on the front of the face, so far apart that none is taken for another."""
    rng = np.random.default_rng(seed)
    face, found = posed(), []
    while len(found) < number:
        site = face.place(*(rng.uniform((380, 380), (820, 980))))
        if site is None or site.triangle >= 852 or not face.sees(site):
            continue
        if all(np.linalg.norm(np.subtract(site.point, one.point)) > apart for one in found):
            found.append(site)
    return found


def photo(sites, yaw=0.0, kinds=None, score=1.0, *, shake=None):
    """The lesions that can be seen at this yaw, and which of ``sites`` each is."""
    face = posed(yaw)
    seen = [i for i, site in enumerate(sites) if face.sees(site)]
    lesions = []
    for i in seen:
        x, y = face.show(sites[i])
        if shake is not None:
            x, y = np.add((x, y), shake.normal(0, 2.0, 2))
        lesions.append(
            Lesion(kinds[i] if kinds else P, score, (x - 6, y - 6, 12.0, 12.0), Region.NOSE)
        )
    return ViewLesions(lesions, landmarks(yaw), SIZE), seen


# --- Views of one visit ---------------------------------------------------------------------------


def test_a_lesion_that_three_views_show_is_one_spot_placed_by_the_view_that_sees_it_best():
    sites = spread_sites(30)
    views = [photo(sites, yaw)[0] for yaw in (0, 30, -30)]
    found = spots_of(views)
    assert len(found) == len(sites)
    assert max(len(spot.members) for spot in found) == 3
    for spot in found:
        assert spot.members[0].sight == max(member.sight for member in spot.members)
        assert len({member.photo for member in spot.members}) == len(spot.members)


def test_two_lesions_of_one_photo_are_never_one():
    view, _ = photo(spread_sites(1))
    assert len(spots_of([ViewLesions([*view.lesions, *view.lesions], view.landmarks, SIZE)])) == 2


def test_a_photo_without_a_face_keeps_its_lesions_to_itself():
    view, _ = photo(spread_sites(3))
    assert len(spots_of([view, ViewLesions(view.lesions)])) == 6


def test_the_surest_tell_the_drift_and_the_fainter_go_with_them(monkeypatch):
    sites = spread_sites(120, apart=4.0)
    views = [photo(sites, yaw)[0] for yaw in (0, 20)]
    told = []

    def watched(before, after, *terms, carried):
        told.append((len(before), len(after), len(carried)))
        return settle(before, after, *terms, carried=carried)

    monkeypatch.setattr(spots, "settle", watched)
    seen = len(views[1].lesions)
    assert seen > TELLING
    assert len(spots_of(views)) == len(sites)
    assert told == [(TELLING, TELLING, seen - TELLING)]


def test_what_is_carried_moves_as_its_neighbours_do():
    points = [site.point for site in spread_sites(40)]
    away = [(x + 3.0, y - 2.0, z) for x, y, z in points]
    moved = settle(points[:30], away[:30], lambda i, j: (i == j).astype(float), carried=away[30:])
    assert len(moved) == len(points)
    off = [np.linalg.norm(np.subtract(*both)) for both in zip(points, moved, strict=True)]
    assert max(off) < 1.0, "of 3.6 mm"


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000), st.integers(0, 40), st.integers(0, 40), st.sampled_from([2.0, 12.0]))
def test_a_soft_match_weighs_each_near_pair_against_all_that_either_might_be(seed, one, other, w):
    rng = np.random.default_rng(seed)
    before, after = (rng.uniform(0, 60, (number, 3)) for number in (one, other))
    alike = rng.uniform(0, 1, (one, other))
    away = np.linalg.norm(before[:, None] - after, axis=2)
    near = away <= GATE * w
    found = near_pairs(before, after, GATE * w)
    counted = np.zeros(near.shape, dtype=int)
    np.add.at(counted, (found.before, found.after), 1)
    assert np.array_equal(counted, near)
    assert np.allclose(found.value, away[found.before, found.after])

    weights = np.where(near, np.exp(-0.5 * (away / w) ** 2) * alike, 0.0)
    others = weights.sum(axis=1)[:, None] + weights.sum(axis=0) - weights
    shares = soft_match(before, after, lambda i, j: alike[i, j], w)
    expected = weights / (others + np.exp(-0.5 * GATE**2))
    assert np.allclose(shares.value, expected[shares.before, shares.after])
    assert len(shares.value) == near.sum()


def test_the_visits_grade_counts_each_lesion_once_in_any_region():
    sites = spread_sites(12)
    photos = [
        ViewFindings(
            view,
            lesions=tuple(found.lesions),
            candidates=tuple(found.lesions),
            landmarks=found.landmarks,
            size=SIZE,
        )
        for view, yaw in ((View.FRONT, 0), (View.LEFT, 30), (View.RIGHT, -30))
        for found in [photo(sites, yaw)[0]]
    ]
    assert grade_visit(photos)["counts"]["papule"] == 12
    # What only the side view found counts too: the region rule would have left it out.
    only_left = [ViewFindings(View.FRONT, landmarks=landmarks(), size=SIZE), photos[1]]
    assert grade_visit(only_left)["counts"]["papule"] == len(photos[1].lesions)


# --- Two visits -----------------------------------------------------------------------------------


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 1000), st.sampled_from([0, 10, -20, 30]))
def test_lesions_that_stay_are_found_again_among_healed_and_new_ones(seed, yaw):
    """On five patients together: one whose lesions crowd may lose more."""
    patients = [_paired_among_healed_and_new(seed + more, yaw) for more in range(5)]
    there = sum(len(true) for _pairs, true in patients)
    right = sum(len(pairs & true) for pairs, true in patients)
    wrong = sum(len(pairs - true) for pairs, true in patients)
    assert right >= 0.9 * there
    assert wrong <= 0.1 * there


def _paired_among_healed_and_new(seed, yaw):
    sites = spread_sites(28, seed)
    before, after = sites[:20], sites[8:]
    shake = np.random.default_rng(seed)
    old, was = photo(before, 0, shake=shake)
    new, now = photo(after, yaw, shake=shake)
    found = match(visit_faces([old]), visit_faces([new]))
    pairs = {(was[m.before], now[m.after] + 8) for m in found if m.outcome is Outcome.PERSISTING}
    return pairs, {(i, i) for i in was} & {(i + 8, i + 8) for i in now}


def test_every_lesion_of_both_visits_has_exactly_one_outcome():
    sites = spread_sites(20)
    visits = [visit_faces([photo(sites[:14])[0]]), visit_faces([photo(sites[6:], 20)[0]])]
    found = match(*visits)
    assert sorted(m.before for m in found if m.before is not None) == list(range(14))
    places = range(len(visits[1].spots))
    assert sorted(m.after for m in found if m.after is not None) == list(places)
    assert all(0 <= m.confidence <= 1 for m in found)


def test_healed_and_not_seen_are_told_apart():
    sites = spread_sites(40)
    before = visit_faces([photo(sites)[0]])
    turned = posed(45)
    after = visit_faces([ViewLesions([], landmarks(45), SIZE)])
    outcomes = {m.before: m.outcome for m in match(before, after)}
    for place, site in enumerate(sites):
        expected = Outcome.RESOLVED if turned.sees(site) else Outcome.NOT_VISIBLE
        assert outcomes[place] is expected
    assert set(outcomes.values()) == {Outcome.RESOLVED, Outcome.NOT_VISIBLE}


def test_what_hair_covers_has_not_healed():
    face, brow = posed(), canonical().vertices[105][1]
    sites = [site for site in spread_sites(60) if site.point[1] < brow]
    fringe = {site.triangle for site in sites}
    before = visit_faces([photo(sites)[0]])
    bare, fringed = (
        visit_faces([ViewLesions([], landmarks(), SIZE, hidden)]) for hidden in ((), tuple(fringe))
    )
    assert len(sites) >= 6

    def told(after):
        found = match(before, after)
        outcomes = {one.outcome for one in found}
        return outcomes, change_of(Followed(m.outcome, 1.0, m.confidence) for m in found).verdict

    assert told(bare) == ({Outcome.RESOLVED}, Verdict.BETTER)
    assert told(fringed) == ({Outcome.NOT_VISIBLE}, Verdict.UNCLEAR)
    lost = sum(canonical().areas[t] for t in fringe if face.facing[t] >= SEEN)
    shares = [seen_share(visit.faces) for visit in (bare, fringed)]
    assert shares[0] - shares[1] == pytest.approx(lost / sum(canonical().areas))


def test_a_papule_may_become_a_pustule_and_a_scar_does_not_become_a_papule():
    sites = spread_sites(6)
    papules = visit_faces([photo(sites, kinds=[P] * 6)[0]])
    pustules = visit_faces([photo(sites, kinds=[U] * 6)[0]])
    assert {m.outcome for m in match(papules, pustules)} == {Outcome.CHANGED}
    assert price(P, S) < price(S, P)
    assert price(P, P) == 0


def test_of_two_neighbours_the_alike_one_is_the_same():
    (site,) = spread_sites(1)
    x, y = posed().show(site)
    lesion = Lesion(P, 1.0, (x - 6, y - 6, 12.0, 12.0))
    alike = Lesion(P, 1.0, (x - 6 + 10, y - 6, 12.0, 12.0))
    scar = Lesion(S, 1.0, (x - 6 - 9, y - 6, 12.0, 12.0))
    visits = [
        visit_faces([ViewLesions(found, landmarks(), SIZE)]) for found in ([lesion], [scar, alike])
    ]
    (pair,) = [m for m in match(*visits) if m.before is not None]
    assert pair.after == 1


def test_an_uncertain_match_says_so():
    """Two lesions, equally far on either side of where one was."""
    (site,) = spread_sites(1)
    x, y = posed().show(site)
    middle, *sides = (Lesion(P, 1.0, (x + d - 6, y - 6, 12.0, 12.0)) for d in (0, 9, -9))
    visits = [visit_faces([ViewLesions(found, landmarks(), SIZE)]) for found in ([middle], sides)]
    clear = [visit_faces([ViewLesions([middle], landmarks(), SIZE)])] * 2
    torn = next(m for m in match(*visits) if m.before is not None and m.after is not None)
    assert torn.confidence < 0.6 < next(iter(match(*clear))).confidence


def test_visits_without_lesions_or_faces_match_nothing():
    empty = visit_faces([ViewLesions([], landmarks(), SIZE)])
    assert match(empty, empty) == []
    faceless = visit_faces([ViewLesions([Lesion(P, 1.0, (0, 0, 9, 9))])])
    assert [m.outcome for m in match(faceless, empty)] == [Outcome.NOT_VISIBLE]


# --- Better or worse ------------------------------------------------------------------------------


def followed(outcome, number, score=1.0, confidence=1.0):
    return [Followed(outcome, score, confidence)] * number


def test_what_went_and_came_decides_and_what_stayed_does_not():
    assert change_of(followed("resolved", 12) + followed("new", 2)).verdict is Verdict.BETTER
    assert change_of(followed("resolved", 2) + followed("new", 12)).verdict is Verdict.WORSE
    same = change_of(followed("resolved", 5) + followed("new", 5) + followed("persisting", 50))
    assert (same.verdict, same.better) == (Verdict.UNCLEAR, 0.5)


def test_nothing_is_said_of_what_could_not_be_seen():
    assert change_of(followed("not_visible", 30)) == Change(0, 0, 0.5)


def test_unsure_lesions_and_matches_make_the_verdict_less_sure():
    clear = change_of(followed("resolved", 8) + followed("new", 1))
    faint = change_of(followed("resolved", 8, 0.2) + followed("new", 1, 0.2))
    torn = change_of(
        followed("resolved", 8) + followed("new", 1) + followed("persisting", 9, 1, 0.1)
    )
    assert faint.better < clear.better
    assert torn.better < clear.better


counts = st.integers(0, 60)


@given(counts, counts)
def test_turning_time_round_turns_the_verdict_round(gone, come):
    there = change_of(followed("resolved", gone) + followed("new", come))
    back = change_of(followed("resolved", come) + followed("new", gone))
    assert there.better + back.better == pytest.approx(1, abs=2e-3)


def test_a_lesion_that_is_surely_gone_outweighs_two_faint_ones_that_came():
    change = change_of(followed("resolved", 1) + followed("new", 2, 0.5))
    assert (change.gone, change.come) == (1.0, 0.5)
    assert change.better > 0.5


@given(st.lists(st.floats(0.03, 1), max_size=40), st.floats(0.2, 1))
def test_the_range_holds_what_is_counted_and_grows_with_what_is_not_seen(scores, share):
    counted = sum(score >= 0.5 for score in scores)
    part, whole = count_range(scores, counted, share), count_range(scores, counted, 1.0)
    assert whole.low <= counted <= whole.high <= part.high
    assert part.low == whole.low


def test_what_is_overlooked_comes_on_top_and_is_as_unsure_as_what_is_not_seen():
    sure = [1.0] * 20
    assert count_range(sure, 20, 1.0) == CountRange(20, 20)
    overlooked = count_range(sure, 20, 1.0, overlooked=20)
    assert overlooked == CountRange(20, 40 + math.ceil(1.96 * math.sqrt(20)))
    assert overlooked == count_range(sure, 20, 0.5)


def test_the_less_steady_the_model_the_wider():
    steady, unsteady = (count_range([1.0] * 20, 20, 1.0, unsteady=share) for share in (0.0, 0.3))
    assert unsteady.low < steady.low
    assert unsteady.high > steady.high


def test_the_canonical_face_has_the_area_of_a_face():
    assert 20_000 < sum(canonical().areas) < 60_000  # square millimetres


@pytest.mark.parametrize("share", [0.0, 0.3, 0.98])
def test_a_score_reckons_with_what_the_model_invents_and_not_with_what_a_doctor_left(
    monkeypatch, share
):
    errors = replace(BY_A_DOCTOR, invented_at_times={LesionType.CYST: share})
    monkeypatch.setattr("inference.tracking.amounts.BY_THE_MODEL", errors)
    cyst = Lesion(LesionType.CYST, 1.0, (594, 744, 12, 12), Region.NOSE)
    whole = [cyst, Lesion(LesionType.PAPULE, 1.0, (594, 764, 12, 12), Region.NOSE)]
    views = [ViewLesions(whole, landmarks(yaw), SIZE, candidates=whole) for yaw in (0, 45, -45)]
    by_a_doctor = [replace(one, candidates=()) for one in views]
    told, signed = (amounts_of(visit_faces(some), some).gags for some in (views, by_a_doctor))
    assert signed == CountRange(4, 4)
    assert told == CountRange(2 if share else 4, 4)
