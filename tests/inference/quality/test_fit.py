"""How the sharpness is taught, on a data folder of one face and one close view a part."""

from collections import Counter

import numpy as np
import pytest
import skimage.data
from PIL import Image

from inference.quality import fit
from inference.quality.blurs import STRENGTHS
from inference.quality.fit import BODIES, FACES, SHARP

PARTS = ("faces/train", "faces/val", "clear/train", "closeups/train", "closeups/val")
EVERY = 1 + sum(map(len, STRENGTHS.values()))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("sets")
    portrait = skimage.data.astronaut()
    pictures = {"closeups": portrait[100:180, 180:260]}
    for part in PARTS:
        (root / part).mkdir(parents=True)
        image = Image.fromarray(np.ascontiguousarray(pictures.get(part.split("/")[0], portrait)))
        image.resize((400, 400)).save(root / part / "0.png")
    return root


@pytest.fixture(scope="module")
def found(data):
    return list(fit.samples(data))


def test_what_is_held_out_is_seen_in_every_look_and_at_every_strength(found):
    seen = Counter(one.look for one in found if one.is_held_out)
    people = 2  # of faces/val and of clear
    assert seen == {**dict.fromkeys(FACES, people * EVERY), **dict.fromkeys(BODIES, EVERY)}


def test_what_teaches_is_seen_as_it_is_in_another_skin_and_in_less_light(found):
    taught = [one for one in found if not one.is_held_out]
    one_of_each = 1 + len(STRENGTHS)
    assert len(taught) == 2 * 3 * one_of_each  # a face and a close view
    looks = {one.look for one in taught if not one.look.is_body}
    assert any(look.melanin == look.stops == 0 for look in looks)
    assert any(look.melanin > 0 and look.stops == 0 for look in looks)
    assert any(look.stops > 0 for look in looks)


def test_what_is_fitted_is_reported_by_look(found, capsys):
    regression = fit.fit(found)
    sharp = [one.values for one in found if one.kind == SHARP]
    others = [one.values for one in found if one.kind != SHARP]
    least, most = (regression.probability(np.array(some)).mean() for some in (others, sharp))
    assert most > least
    fit.report([one for one in found if not one.look.is_body], regression)
    told = capsys.readouterr().out
    assert told.count("AUC over all kinds") == len(FACES)
    assert "close views" not in told
