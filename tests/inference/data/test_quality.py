"""The picture check on the sets: who teaches it, and skin of every tone without a face."""

import json
from hashlib import sha256

import pytest

from inference.quality.fit import held_out, taught
from inference.quality.tones import codes_by_tone

pytestmark = pytest.mark.data

MOST_REFUSED = 0.05


def test_nobody_teaches_the_sharpness_and_is_held_out(data):
    kept, others = held_out(data), taught(data)
    assert len(kept) > 100
    assert len(others) > 100
    assert set(contents(kept)).isdisjoint(contents(others))
    groups = groups_of(data)
    known = [{groups[path.name] for path in side if path.name in groups} for side in (kept, others)]
    assert all(known)
    assert known[0].isdisjoint(known[1])


def contents(paths):
    return [sha256(path.read_bytes()).hexdigest() for path in paths]


def groups_of(data):
    """By the file's name, of faces whose people could be told."""
    sets = [json.loads((data / f"faces/{name}.json").read_text()) for name in ("train", "val")]
    images = [one for document in sets for one in document["images"]]
    return {one["file_name"].rpartition("/")[2]: one["group_id"] for one in images}


@pytest.mark.slow
def test_hardly_any_close_view_of_skin_is_refused_as_a_chest_in_any_tone(data):
    judged = codes_by_tone(data)
    refused = {tone: [one for one in codes if one] for tone, codes in judged.items()}
    everyone = sum(map(len, judged.values()))
    assert everyone > 300
    assert sum(map(len, refused.values())) <= MOST_REFUSED * everyone, refused
