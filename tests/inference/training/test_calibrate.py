from __future__ import annotations

import argparse
import dataclasses
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from inference.__main__ import main
from inference.detector import load_detector
from inference.detector.decode import Outline, find_outlines, largeness, type_shares
from inference.detector.detect import Detector, Reading
from inference.detector.network import Network, NetworkConfig
from inference.detector.weights import (
    DEFAULT_WEIGHTS,
    Calibration,
    Card,
    read_card,
    read_network,
    write_weights,
)
from inference.results import BOXED_TYPES, SEGMENTED_TYPES, LesionType
from inference.training.calibrate import HeldOut, by_hand, own_cases
from inference.training.coco import AnnotationError, Mark, Picture, read_coco
from inference.training.evaluation.reads import (
    Read,
    any_lesion,
    read_all,
)
from inference.training.fits import (
    FitError,
    fit_boxes,
    fit_count,
    fit_grades,
    fit_lesion,
    fit_outlines,
    fit_thresholds,
    fit_type_shift,
    fit_type_temperature,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(
        Network(NetworkConfig("none")), Card("1", NetworkConfig("none"), Calibration()), ""
    )


def reading(kind: LesionType, score: float) -> Reading:
    shares = np.eye(len(BOXED_TYPES), dtype=np.float32)[[BOXED_TYPES.index(kind)]]
    boxes = np.array([[10, 10, 8, 8]], np.float32)
    return Reading(np.array([score], np.float32), shares, boxes, [], np.zeros((4, 4), "f4"))


def read(true: LesionType | None, found: LesionType, score: float) -> Read:
    marks = (Mark((10.0, 10.0, 8.0, 8.0), true),) if true else ()
    return Read(Picture(Path("x.jpg"), 64, 64, "one", marks=marks), reading(found, score), [])


def test_a_grade_is_the_more_probable_the_more_speaks_for_it(detector: Detector) -> None:
    rng = np.random.default_rng(0)
    truths = rng.choice([None, LesionType.PAPULE], size=80)
    reads = [
        read(true, LesionType.PAPULE, float(rng.uniform(0.4, 0.9) if true else rng.uniform(0, 0.5)))
        for true in truths
    ]
    points = fit_grades(reads, detector)

    assert set(points) == {"I", "II"}, "no face has worse than papules: nothing to fit"
    probabilities = [probability for _, probability in points["II"]]
    assert probabilities == sorted(probabilities)
    assert probabilities[0] < 0.3
    assert probabilities[-1] > 0.8


def test_each_type_gets_the_temperature_that_its_certainty_deserves() -> None:
    """Nodules are named with as much certainty as papules but are right less often."""
    rng = np.random.default_rng(4)
    reads = []
    for named, right in ((1, 0.95), (3, 0.6)):
        for _ in range(400):
            true = (
                named
                if rng.random() < right
                else int(rng.choice([k for k in range(4) if k != named]))
            )
            shares = np.full((1, 4), 0.05 / 3, np.float32)
            shares[0, named] = 0.95
            found = reading(BOXED_TYPES[named], 0.9)._replace(shares=shares)
            picture = read(BOXED_TYPES[true], BOXED_TYPES[named], 0.9).picture
            reads.append(Read(picture, found, []))

    fitted = fit_type_temperature(reads, Calibration())

    logits = torch.tensor(
        [[[0.05 / 3, 0.95, 0.05 / 3, 0.05 / 3], [0.05 / 3, 0.05 / 3, 0.05 / 3, 0.95]]]
    )
    papule, nodule = type_shares(logits.log().transpose(1, 2), fitted)[0].T
    assert float(papule[1]) == pytest.approx(0.95, abs=0.03)
    assert float(nodule[3]) == pytest.approx(0.6, abs=0.05)


def sized(side: float, score: float, *, right: bool) -> Read:
    """On a face of 640 px, where 16 px are a small lesion."""
    box = (100.0, 100.0, side, side)
    found = reading(LesionType.PAPULE, score)._replace(boxes=np.array([box], np.float32))
    marks = (Mark(box, None),) if right else ()
    return Read(Picture(Path("x.jpg"), 640, 640, "one", marks=marks), found, [])


def test_a_score_says_how_often_finds_of_that_size_are_lesions() -> None:
    rng = np.random.default_rng(5)
    score = 0.3
    of_size = {8: 0.1, 16: 0.1, 32: 0.5}  # how often a find is what the reader marked
    faces = [
        sized(side, score + rng.normal(0, 0.02), right=rng.random() < share)
        for side, share in of_size.items()
        for _ in range(500)
    ]
    # what the network is surer of is more often right, at any size
    faces += [sized(8, 0.6, right=rng.random() < 0.5) for _ in range(500)]
    faces += [sized(32, 0.6, right=rng.random() < 0.9) for _ in range(500)]

    fitted = fit_lesion([faces], Calibration())

    raw = float(np.log(score / (1 - score)))
    for side, share in of_size.items():
        large = float(largeness(torch.tensor([side, side]).float(), 640))
        odds = (raw - fitted.shift) / fitted.temperature + fitted.size_gain * large
        assert 1 / (1 + np.exp(-odds)) == pytest.approx(share, abs=0.05)

    drawn = [sized(8, score, right=True) for _ in range(40)]
    drawn += [sized(32, score, right=False) for _ in range(40)]
    both = fit_lesion([faces, drawn], Calibration())
    assert both.size_gain < fitted.size_gain / 2, "few drawn ones count as much as many real ones"


def test_a_count_follows_from_how_probable_the_finds_are() -> None:
    """Of finds at 0.2 one in five is a lesion, of those at 0.9 nine in ten."""
    rng = np.random.default_rng(6)
    reads = []
    for _ in range(60):
        score = np.sort(rng.choice([0.2, 0.9], size=rng.integers(5, 40)))[::-1].astype(np.float32)
        places = [(12.0 * place, 10.0, 8.0, 8.0) for place in range(len(score))]
        marks = [Mark(box, None) for box, p in zip(places, score, strict=True) if rng.random() < p]
        shares = np.full((len(score), 4), 0.25, np.float32)
        found = Reading(score, shares, np.array(places, np.float32), [], np.zeros((4, 4), "f4"))
        reads.append(Read(Picture(Path("x.jpg"), 640, 64, "one", marks=tuple(marks)), found, []))
    fitted = fit_count(reads, Calibration())
    errors = [fitted.count(one.reading.lesion) - len(one.picture.marks) for one in reads]
    assert fitted.count_soft
    assert abs(float(np.mean(errors))) < 0.6
    assert fitted.count(np.full(20, 0.9, np.float32)) == pytest.approx(18, rel=0.15)
    assert fitted.count(np.full(20, 0.2, np.float32)) == pytest.approx(4, abs=1.5)


def outlined(score: float, kind: int, *, right: bool) -> Read:
    polygon = np.array([[10, 10], [18, 10], [18, 18], [10, 18]], np.float32)
    found = reading(LesionType.PAPULE, 0.0)._replace(outlines=[Outline(kind, score, polygon)])
    picture = read(SEGMENTED_TYPES[kind] if right else None, LesionType.PAPULE, 0.0).picture
    return Read(picture, found, [])


def calibrated(score: float, calibration: Calibration, kind: int) -> float:
    mask = np.zeros((2, 64, 64), np.float32)
    mask[kind] = score
    return find_outlines(mask, calibration)[0].score


def test_an_outlines_score_becomes_how_often_it_is_a_lesion() -> None:
    """Of cysts the mean inside says something; of scars it misleads; both are far too sure."""
    rng = np.random.default_rng(8)
    reads = []
    for score, cysts, scars in ((0.7, 0.1, 0.3), (0.9, 0.6, 0.1)):
        reads += [outlined(score, 0, right=rng.random() < cysts) for _ in range(300)]
        reads += [outlined(score, 1, right=rng.random() < scars) for _ in range(300)]
    fitted = fit_outlines(reads, Calibration(), Calibration())
    assert calibrated(0.7, fitted, 0) == pytest.approx(0.1, abs=0.04)
    assert calibrated(0.9, fitted, 0) == pytest.approx(0.6, abs=0.06)
    for score in (0.6, 0.99):
        assert calibrated(score, fitted, 1) == pytest.approx(0.2, abs=0.06)


def test_outlines_too_few_to_tell_keep_what_the_weights_brought(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = Calibration(outline_temperature=(3.0, 4.0), outline_shift=(0.3, 0.4))
    reads = [outlined(0.9, 0, right=place < 29) for place in range(90)]
    assert fit_outlines(reads, Calibration(), before) == before
    said = capsys.readouterr().out
    assert "29 outlines of a cyst are right and 61 wrong" in said
    assert "0 outlines of a scar" in said
    more = [*reads, outlined(0.9, 0, right=True)]
    fitted = fit_outlines(more, Calibration(), before)
    assert calibrated(0.9, fitted, 0) == pytest.approx(30 / 91, abs=0.01)
    assert (fitted.outline_temperature[1], fitted.outline_shift[1]) == (4.0, 0.4)
    assert fit_outlines([], Calibration(), before) == before


def test_outlines_that_are_plainly_right_or_wrong_get_scores_without_overflow() -> None:
    reads = [outlined(0.999, 0, right=True) for _ in range(40)]
    reads += [outlined(0.99, 0, right=False) for _ in range(40)]
    fitted = fit_outlines(reads, Calibration(), Calibration())
    assert calibrated(0.5, fitted, 0) == pytest.approx(0, abs=1e-3)
    assert calibrated(1.0, fitted, 0) == pytest.approx(1, abs=1e-3)


def test_scores_that_say_nothing_are_refused() -> None:
    reads = [read(LesionType.PAPULE, LesionType.PAPULE, 0.1) for _ in range(40)]
    reads += [read(None, LesionType.PAPULE, 0.9) for _ in range(40)]
    with pytest.raises(FitError, match="train on before you calibrate"):
        fit_lesion([reads], Calibration())


@pytest.mark.parametrize(("slips", "held_back"), [(0, False), (1, False), (3, True)])
def test_types_that_worsen_the_grade_are_held_back(slips: int, held_back: bool) -> None:
    """One milder lesion that is called a nodule may be a slip of who marked it."""
    reads = [read(LesionType.PAPULE, LesionType.PAPULE, 0.9) for _ in range(100)]
    reads += [read(LesionType.PAPULE, LesionType.NODULE, 0.9) for _ in range(slips)]
    comedone, papule, pustule, nodule = fit_type_shift(reads, Calibration()).type_shift
    assert (comedone, papule, pustule) == (0, 0, 0)
    assert (nodule < 0) is held_back


def test_thresholds_follow_what_is_marked_and_what_is_invented() -> None:
    """Of pustules there are enough examples; of nodules, cysts and scars there are none."""
    typed = [read(LesionType.PUSTULE, LesionType.PUSTULE, 0.5) for _ in range(40)]
    typed += [read(None, LesionType.PUSTULE, 0.4), read(None, LesionType.NODULE, 0.35)]
    before = dict.fromkeys(LesionType, 0.77)
    fitted = fit_thresholds(typed, typed, [], Calibration(), before).thresholds
    assert fitted["pustule"] == pytest.approx(0.5)
    assert fitted["nodule"] == fitted["cyst"] == fitted["scar"] == 0.77

    clear = [read(None, LesionType.PUSTULE, 0.6) for _ in range(30)]
    raised = fit_thresholds(typed, typed, clear, Calibration(), before).thresholds
    assert raised["pustule"] > 0.6
    few = fit_thresholds(typed, typed, clear[:29], Calibration(), before).thresholds
    assert few == fitted


def test_evidence_that_misleads_leaves_the_share_of_faces(detector: Detector) -> None:
    reads = [read(LesionType.NODULE, LesionType.PAPULE, 0.9) for _ in range(10)]
    reads += [read(LesionType.PAPULE, LesionType.NODULE, 0.9) for _ in range(30)]

    assert fit_grades(reads, detector)["IV"] == [(0.0, 0.25)]


def test_a_threshold_is_chosen_by_hand() -> None:
    assert by_hand("papule=0.05") == ("papule", 0.05)


@pytest.mark.parametrize("text", ["papule", "wart=0.3", "papule=x", "papule=0", "papule=1.2"])
def test_what_is_no_threshold_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=re.escape(text)):
        by_hand(text)


@pytest.mark.parametrize(("reader", "drawn"), [(26, 8.5), (8.5, 26)])
def test_one_size_serves_loose_and_exact_boxes(reader: float, drawn: float) -> None:
    found = reading(LesionType.PAPULE, 0.9)._replace(boxes=np.array([[4, 4, 20, 20]], np.float32))

    def marked(side: float, kind: LesionType | None) -> Read:
        mark = Mark((14 - side / 2, 14 - side / 2, side, side), kind)
        return Read(Picture(Path("x.jpg"), 64, 64, "one", marks=(mark,)), found, [])

    sets = [[marked(reader, None)], [marked(drawn, LesionType.PAPULE)]]
    fitted = fit_boxes(sets, Calibration())
    side = fitted.box_scale * 20
    for true in (reader, drawn):
        assert min(side, true) ** 2 / max(side, true) ** 2 >= 0.3


@pytest.fixture
def small_weights(tmp_path: Path) -> Path:
    """The released ones, for faces of 128 pixels."""
    network, card, _ = read_network(DEFAULT_WEIGHTS)
    network.config = dataclasses.replace(network.config, side=128)
    return write_weights(
        tmp_path / "small.safetensors", network, version="1", calibration=card.calibration
    )


def run(weights: Path, cases: Path, out: Path, *more: str) -> int:
    words = ["--weights", weights, "--cases", cases, "--out", out, "--version", "2-clinic", *more]
    return main(["calibrate", *map(str, words)])


def test_a_clinic_calibrates_on_its_own_cases(
    make_set: Callable[[int], Path], small_weights: Path, tmp_path: Path
) -> None:
    cases, out = make_set(60) / "cases.json", tmp_path / "out.safetensors"
    assert run(small_weights, cases, out, "--threshold", "scar=0.9") == 0
    card, before = read_card(out), read_card(small_weights).calibration
    assert card.version == "2-clinic"
    assert card.calibration.thresholds["scar"] == 0.9
    for name in ("temperature", "size_gain", "type_temperature", "count_scale"):
        assert getattr(card.calibration, name) != getattr(before, name)
    for name in ("outline_temperature", "outline_shift"):
        assert getattr(card.calibration, name) == getattr(before, name), "they show no cysts"
    assert card.calibration.grades["I"] == before.grades["I"], "no face without lesions"
    reads = read_all(load_detector(out), read_coco(cases, cases.with_suffix("")))
    scores = np.concatenate([any_lesion(one).scores for one in reads])
    lesions = sum(len(one.picture.marks) for one in reads)
    assert scores[scores > 0.05].sum() == pytest.approx(lesions, rel=0.35)


def test_too_few_cases_are_refused_and_nothing_is_written(
    make_set: Callable[[int], Path],
    small_weights: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out.safetensors"
    assert run(small_weights, make_set(2) / "cases.json", out) == 2
    assert "a calibration needs 30 at least" in capsys.readouterr().err
    assert not out.exists()


def test_what_a_clinic_did_not_type_or_read_is_left_out(make_set: Callable[[int], Path]) -> None:
    cases = make_set(5) / "cases.json"
    document = json.loads(cases.read_text())
    document["categories"].append({"id": 9, "name": "lesion"})
    first, second = (
        next(row for row in document["annotations"] if row["image_id"] == image) for image in (0, 1)
    )
    first["category_id"] = 9
    second["region"] = True
    cases.write_text(json.dumps(document))
    held_out = own_cases([cases])
    assert [one.path.stem for one in held_out.faces] == ["0", "2", "3", "4"]
    assert [one.path.stem for one in held_out.typed] == ["2", "3", "4"]
    assert not held_out.typed_apart, "a clinic's typed pictures would count twice"
    assert HeldOut(held_out.faces[:1], held_out.typed).typed_apart

    for row in document["annotations"]:
        row["category_id"] = 9
    cases.write_text(json.dumps(document))
    with pytest.raises(AnnotationError, match="a type for every mark"):
        own_cases([cases])


@pytest.mark.parametrize("source", [["--data", "y"], ["--cases", "y", "--rendered", "z"]])
def test_the_public_sets_and_rendered_faces_go_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: list[str]
) -> None:
    words = ["--weights", "x", *source, "--out", str(tmp_path / "out"), "--version", "1"]
    assert main(["calibrate", *words]) == 64
    assert "--rendered" in capsys.readouterr().err
