"""The figures behind the limits: areas and shares are what they say."""

import numpy as np
import pytest

from inference.quality.curves import Curve, Good, report_good
from inference.quality.degradations import FAULTS

DARKER = next(one for one in FAULTS if one.name == "darker")
NAN = float("nan")


def curve(*rows):
    return Curve(DARKER, np.array(rows, float))


def test_a_measure_that_falls_with_the_fault_tells_it_perfectly():
    assert curve((0.8, 0.3), (0.7, 0.2)).auc(1) == 1.0


def test_a_measure_that_knows_nothing_tells_as_much_as_chance():
    assert curve((0.8, 0.8), (0.2, 0.2)).auc(1) == pytest.approx(0.5)


def test_a_face_that_is_no_longer_found_is_stopped_but_has_no_area():
    found = curve((0.8, NAN), (0.7, 0.1), (0.75, 0.1))
    assert found.auc(1) == 1.0
    assert found.stopped_by("refuse").tolist() == [0.0, 1.0]


def test_the_share_stopped_follows_the_default_limit():
    assert curve((0.8, 0.4), (0.7, 0.3)).stopped_by("refuse").tolist() == [0.0, 0.5]
    assert curve((0.8, 0.4), (0.7, 0.3)).stopped_by("caution").tolist() == [0.0, 1.0]


def test_only_what_was_measured_of_good_pictures_is_reported(capsys, portraits):
    image, face = portraits["collins"]
    report_good([Good(image, face, {"light": light}) for light in (0.3, 0.8)])
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.startswith("2 good pictures")
    assert [row.split()[0] for row in rows] == ["refuse_light_below", "caution_light_below"]
    assert rows[0].split()[2] == "0.500"
