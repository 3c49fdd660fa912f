"""Two visits as documents, followed from the one to the other."""

from __future__ import annotations

from inference.tracking import spots
from portal.analysis.following import FollowedPhoto, follow
from tests.inference.tracking.faces import SIZE, landmarks, posed

PLACES = [(600 + x, 650 + y) for x in (-200, -60, 90, 220) for y in (-140, 80)]


def lesion(place, score=0.9, kind="papule", region="nose"):
    x, y = place
    box = [x - 8.0, y - 8.0, 16.0, 16.0]
    return {"type": kind, "score": score, "region": region, "box": box}


def photo(found, candidates=(), hidden=(), name="front", yaw=0.0):
    return FollowedPhoto(name, SIZE, found, [*found, *candidates], landmarks(yaw), hidden)


def test_each_face_is_laid_on_the_canonical_one_once(monkeypatch):
    laid = []
    laid_before = spots.PosedFace

    def counted(*terms):
        laid.append(terms)
        return laid_before(*terms)

    monkeypatch.setattr(spots, "PosedFace", counted)
    found, faint = [lesion(one) for one in PLACES[:5]], [lesion(one, 0.1) for one in PLACES[5:]]
    visit = [photo(found, faint, name=str(yaw), yaw=yaw) for yaw in (0, 30, -30)]
    follow(visit, visit)
    assert len(laid) == 6


def test_what_is_covered_in_the_later_photo_is_not_seen():
    found = [lesion(one) for one in PLACES]
    covered = tuple({posed().place(*one).triangle for one in PLACES})
    outcomes = [
        {one["outcome"] for one in follow([photo(found)], [photo([], hidden=hidden)])["matches"]}
        for hidden in ((), covered)
    ]
    assert outcomes == [{"resolved"}, {"not_visible"}]
