"""The picture check on the sets: who teaches it, and skin of every tone without a face."""

import json
from hashlib import sha256

import pytest

from inference.face import find_faces
from inference.photo import read_photo
from inference.quality.fit import held_out, taught
from inference.quality.framed import frame_face
from inference.quality.limits import DEFAULT_LIMITS
from inference.quality.sharpness import measure_sharpness
from inference.quality.tones import close_views, codes_by_tone, coloured

pytestmark = pytest.mark.data

MOST_REFUSED = 0.05


def test_nobody_teaches_the_sharpness_and_is_held_out(data):
    kept = [*held_out(data), *close_views(data, "val")]
    others = [*taught(data), *close_views(data, "train")]
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
    return {
        one["file_name"].rpartition("/")[2]: f"{folder} {one['group_id']}"
        for folder in ("faces", "closeups")
        for name in ("train", "val")
        for one in json.loads((data / f"{folder}/{name}.json").read_text())["images"]
    }


@pytest.mark.slow
@pytest.mark.parametrize("melanin", [0.0, 3.0, 4.5])
def test_no_portrait_that_is_held_out_is_refused_as_blurred_for_the_skin(data, melanin):
    limit = DEFAULT_LIMITS["refuse_sharpness_below"]
    found = [
        measure_sharpness(frame_face(coloured(image, face, melanin), face))
        for image in map(read_photo, held_out(data)[-25:])
        for face in find_faces(image)[:1]
    ]
    assert len(found) > 20
    assert min(found) >= limit


@pytest.mark.slow
def test_hardly_any_close_view_of_skin_is_refused_as_a_chest_in_any_tone(data):
    judged = codes_by_tone(data)
    refused = {tone: [one for one in codes if one] for tone, codes in judged.items()}
    everyone = sum(map(len, judged.values()))
    assert everyone > 300
    assert sum(map(len, refused.values())) <= MOST_REFUSED * everyone, refused
