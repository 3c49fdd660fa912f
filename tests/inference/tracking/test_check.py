"""The known truth that tracking is measured on, and the command that measures."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from inference.__main__ import main
from inference.face import find_faces
from inference.results import Lesion, LesionType
from inference.tracking import amounts
from inference.tracking.amounts import found_spots
from inference.tracking.change import CountRange
from inference.tracking.spots import ViewLesions
from inference.training.tracking import command, figures, patients
from inference.training.tracking.figures import (
    DetectorReader,
    Figures,
    Known,
    Tally,
    add_patient,
    true_reader,
)
from inference.training.tracking.scene import Pose

GREEN = (0, 255, 0)


@pytest.fixture(scope="module")
def portrait():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patients, "FACE_PX", 240.0)
        yield patients.portraits()[0]


@pytest.mark.parametrize("pose", [Pose(), Pose(yaw=20, jaw=1, smile=1), Pose(yaw=-25, size=0.8)])
def test_a_dot_on_the_portrait_is_where_the_scene_says_it_is(portrait, pose):
    landmarks = find_faces(portrait.image)[0].landmarks
    for vertex in (151, 50, 280, 199):
        point = np.array(landmarks[vertex][:2])
        dotted = portrait.image.copy()
        cv2.circle(dotted, (round(point[0]), round(point[1])), 4, GREEN, -1)
        shot = portrait.model.photograph(dotted, pose, point[None])
        if not shot.seen[0]:
            continue
        green = (shot.image.astype(int) @ (-1, 2, -1)) > 200
        rows, columns = np.nonzero(green)
        assert (columns.mean(), rows.mean()) == pytest.approx(tuple(shot.centres[0]), abs=2.5)


def test_positive_yaw_turns_the_patients_left_cheek_to_the_camera_as_the_mesh_finds_it(portrait):
    nothing = np.zeros((0, 2))
    for yaw in (-25, 25):
        shot = portrait.model.photograph(portrait.image, Pose(yaw=yaw), nothing)
        found = find_faces(shot.image)[0].pose.yaw
        assert abs(found - yaw) < 12


def test_positive_pitch_lifts_the_face_as_the_mesh_finds_it(portrait):
    nothing = np.zeros((0, 2))
    shots = [
        portrait.model.photograph(portrait.image, Pose(pitch=p), nothing) for p in (-15, 0, 15)
    ]
    down, level, up = (find_faces(shot.image)[0].pose.pitch for shot in shots)
    assert 8 < level - down < 25
    assert 8 < up - level < 25


def test_the_far_cheek_of_a_turned_head_is_not_seen(portrait):
    landmarks = find_faces(portrait.image)[0].landmarks
    cheeks = np.array([landmarks[i][:2] for i in (123, 352)])
    shot = portrait.model.photograph(portrait.image, Pose(yaw=40), cheeks)
    assert list(shot.seen) == [False, True]


def test_a_patients_lesions_keep_their_names_and_places_and_tracking_finds_them(portrait):
    patient = next(patients.patients([portrait], 1, seed=3))
    before, after = patient.before, patient.after
    both = set(before.keys) & set(after.keys)
    assert both
    assert set(before.keys) - both
    no_scars = [sum(kind != "scar" for kind in visit.types) for visit in (before, after)]
    assert patient.ratio == pytest.approx(no_scars[1] / no_scars[0])
    scarred = replace(before, types=(LesionType.SCAR,) * len(before.types[1:]) + before.types[:1])
    assert replace(patient, after=scarred).ratio == 1 / no_scars[0]
    figures = Figures()
    add_patient(figures, patient, true_reader)
    document = figures.document()
    assert set(document["f1_by_yaw"]) == {"0", "10", "20", "30"}
    assert document["f1_by_yaw"]["0"] > 0.8
    assert document["double_count"] < 0.2


def test_the_second_visit_is_photographed_from_the_angles_asked_for(portrait):
    patient = next(patients.patients([portrait], 1, seed=3, later=(0, 30, -30)))
    assert list(patient.after.shots) == [0, 30, -30]
    figures = Figures()
    add_patient(figures, patient, true_reader)
    assert set(figures.document()["f1_by_yaw"]) == {"0", "30"}


def test_f1_counts_what_is_right_proposed_and_true():
    tally = Tally()
    assert tally.f1 is None
    tally.add({(1, 1), (2, 3)}, {(1, 1), (2, 2), (3, 3)})
    assert tally.f1 == pytest.approx(2 * 1 / (2 + 3))


def test_what_the_detector_finds_is_named_by_the_true_lesion_that_lies_there_once():
    shot = SimpleNamespace(
        centres=np.array([(50.0, 50.0), (90.0, 50.0)]), seen=np.array([True, True])
    )
    visit = SimpleNamespace(keys=(7, 8))
    face = SimpleNamespace(box=(0.0, 0.0, 200.0, 200.0))
    found = [Lesion(LesionType.PAPULE, 0.9, (x - 4, 46, 8, 8)) for x in (51, 52, 150)]
    assert DetectorReader._keys(visit, shot, face, found) == [7, None, None]


@pytest.mark.parametrize("ratio", [0.5, 1.6])
def test_who_finds_nothing_has_not_told_the_direction_of_a_change(portrait, ratio):
    height, width = portrait.image.shape[:2]
    view = ViewLesions([], find_faces(portrait.image)[0].landmarks, (width, height))
    patient = SimpleNamespace(before=None, after=SimpleNamespace(shots=[0]), ratio=ratio)
    figures = Figures()
    add_patient(figures, patient, lambda _visit, _yaw: Known(view, []))
    assert figures.document()["direction_pairs"] == 1
    assert figures.document()["direction_right"] == 0


def test_the_table_says_which_goals_are_met():
    found = Figures().document() | {
        "f1_by_yaw": {"0": 0.96, "10": 0.9, "20": 0.84},
        "pairs_by_yaw": {"0": 50, "10": 50, "20": 50},
        "double_count": 0.06,
        "direction_right": 0.9,
    }
    lines = command.table({"patients": 2, "seeds": [0], "detector": found}).splitlines()
    said = {line.split("  goal")[0].strip(): line.partition("goal ")[2] for line in lines}
    assert said["F1 across  0° 0.96  (50 true pairs)"] == "at least 0.95: met"
    assert said["F1 across 10° 0.9  (50 true pairs)"] == ""
    assert said["F1 across 20° 0.84  (50 true pairs)"] == "at least 0.85: not met"
    assert said["counted twice across views 0.06"] == "at most 0.05: not met"
    assert said["direction of change right 0.9  (0 pairs of visits)"] == "at least 0.9: met"


def test_the_command_prints_a_table_and_writes_its_figures(portrait, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(patients, "portraits", lambda: [portrait])
    out = tmp_path / "figures.json"
    assert main(["track-check", "--patients", "1", "--positions-only", "--json", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "F1 across  0°" in printed
    assert "direction of change right" in printed
    assert json.loads(out.read_text())["true_positions"]["pairs_by_yaw"]["0"] > 0


def test_pictures_that_are_not_there_are_an_error_that_says_which(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command, "_rendered", lambda _arguments: {})
    assert main(["track-check", "--data", str(tmp_path)]) == 2
    assert "val.json" in capsys.readouterr().err


def test_ranges_are_held_against_the_true_number_and_score(portrait):
    patient = next(patients.patients([portrait], 1, seed=3, later=(0, 30, -30)))
    figures = Figures()
    add_patient(figures, patient, true_reader, with_ranges=True)
    document = figures.document()
    # Of what is sure and seen from three sides, only what no view shows is open.
    assert document["count_ranges"]["number"] == document["gags_ranges"]["number"] == 2
    assert document["count_ranges"]["held"] == 1
    assert [true for true, _known in figures.counts] == [
        patient.before.active,
        patient.after.active,
    ]
    assert all(0 < true <= 32 for true, _known in figures.gags)


def test_what_a_visit_finds_is_collected_once_for_its_range_and_its_sum(portrait, monkeypatch):
    collected = []

    def watched(visit, views):
        collected.append(visit)
        return found_spots(visit, views)

    for module in (amounts, figures):
        monkeypatch.setattr(module, "found_spots", watched)
    patient = next(patients.patients([portrait], 1, seed=3, later=(0, 30, -30)))
    add_patient(Figures(), patient, true_reader, with_ranges=True)
    assert len(collected) == 2


def test_a_range_that_does_not_hold_the_true_number_is_counted_on_its_side():
    figures = Figures(counts=[(9, CountRange(2, 6)), (4, CountRange(2, 6)), (1, CountRange(2, 8))])
    told = figures.document()["count_ranges"]
    assert told == {"number": 3, "held": 0.333, "true_is_more": 0.333, "median_width": 4.0}
    assert figures.document()["gags_ranges"]["held"] is None


def test_what_is_overlooked_is_told_by_type_for_one_active_lesion_that_is_expected():
    none = dict.fromkeys(LesionType, 0.0)
    papule, pustule, scar = LesionType.PAPULE, LesionType.PUSTULE, LesionType.SCAR
    visits = [
        ({**none, papule: 4, pustule: 3, scar: 2}, {**none, papule: 6.0, scar: 1.0}),
        ({**none, pustule: 1}, {**none, pustule: 2.0}),
    ]
    told = Figures(sums=visits).document()["overlooked"]
    assert told["pustule"] == 0.25  # two more than found, of eight
    assert told["papule"] == 0  # more found than there are
    assert told["scar"] == 0.125
    assert Figures().document()["overlooked"] == {}


def test_what_is_invented_on_one_face_is_not_made_up_for_by_another():
    none = dict.fromkeys(LesionType, 0.0)
    papule, cyst = LesionType.PAPULE, LesionType.CYST
    visits = [
        ({**none, papule: 4}, {**none, papule: 6.0, cyst: 1.0}),
        ({**none, papule: 8, cyst: 1}, {**none, papule: 2.0, cyst: 1.0}),
    ]
    told = Figures(sums=visits).document()["invented_at_times"]
    assert told == {"papule": 0.25, "cyst": 0.5}  # two of eight, one of two
    assert Figures().document()["invented_at_times"] == {}
