"""A hand before the face, told by its shape: it has the face's colour."""

import numpy as np
import pytest

from inference.quality import check, covered, hands
from inference.quality.hands import CLOSE, WIDE, find_hands
from inference.results import Request


def hand_over(face, share):
    """An outline over the lower part of a face."""
    x, y, w, h = face.box
    return np.array(
        [(x, y + (1 - share) * h), (x + w, y + (1 - share) * h), (x + w, y + h), (x, y + h)]
    )


@pytest.mark.parametrize(
    ("share", "code"), [(0.0, None), (0.3, "partly_covered"), (0.7, "covered")]
)
def test_skin_under_a_hand_counts_as_covered(portraits, monkeypatch, share, code):
    image, face = portraits["collins"]
    monkeypatch.setattr(covered, "find_hands", lambda *_: [hand_over(face, share)] if share else [])
    quality, _ = check(image, Request())
    found = {one.code for one in (*quality.reasons, *quality.cautions)}
    assert found & {"covered", "partly_covered"} == ({code} if code else set())


@pytest.mark.parametrize("name", ["collins", "hopper"])
def test_noses_and_ears_are_not_taken_for_hands(portraits, name):
    assert find_hands(*portraits[name]) == []


@pytest.mark.parametrize("is_seen_again", [True, False])
def test_a_hand_counts_where_a_wider_look_sees_it_too(portraits, monkeypatch, is_seen_again):
    image, face = portraits["collins"]
    seen = {CLOSE: [hand_over(face, 0.5)], WIDE: [hand_over(face, 0.4)] if is_seen_again else []}
    monkeypatch.setattr(hands, "hands_at", lambda _image, _face, look: seen[look])
    assert len(find_hands(image, face)) == is_seen_again
