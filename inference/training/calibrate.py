"""``python -m inference calibrate``: scores, counts and thresholds, on what training never saw.

    python -m inference calibrate --weights IN --cases HELD-OUT.json --out OUT --version 1.0.0
    python -m inference calibrate --weights IN --data DIR --rendered FILE.json --out OUT \
        --version 1.0.0

With ``--cases``, a clinic's own corrected faces, everything is fitted on them. With ``--data``, as
the released weights were: counts on one half of ``faces/val`` (split by person; the other half is
for reporting), types and outlines on held-out rendered faces, for no real face carries types, and
scores on both alike.
Thresholds of types that would worsen the grade are set by the false alarms on faces without
lesions.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from inference.detector.detect import Detector, Maps
from inference.detector.weights import (
    Calibration,
    Card,
    WeightsError,
    read_network,
    stored_thresholds,
    write_weights,
)
from inference.results import SEGMENTED_TYPES, LesionType
from inference.training.coco import AnnotationError, Picture, read_coco, read_rgb
from inference.training.config import DataConfig
from inference.training.evaluation.reads import Read, shown
from inference.training.fits import (
    LEAST,
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
from inference.training.sources import open_complete
from inference.training.splits import first_half, held_out_part_of_clear
from inference.training.train import check_pictures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inference.detector.network import Network


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Pictures that training never saw: ``faces`` tell how many lesions are found and which finds
    are none, ``typed`` of which type they are, ``clear`` what is shown where nothing is. Of
    ``typed``, those without any mark count among ``clear``.
    """

    faces: Sequence[Picture]
    typed: Sequence[Picture]
    clear: Sequence[Picture] = ()

    @property
    def typed_apart(self) -> bool:
        """Whether ``typed`` are none of ``faces``, and tell of scores and boxes as they do."""
        return {one.path for one in self.typed}.isdisjoint(one.path for one in self.faces)


def public_sets(data: Path, rendered: Path) -> HeldOut:
    """The folder of ``faces`` and ``clear``, and a COCO file of held-out rendered faces."""
    faces = read_coco(data / "faces/val.json", data / "faces/val")
    portraits = read_coco(data / "clear/train.json", data / "clear/train")
    drawn = read_coco(rendered, rendered.with_suffix(""))
    return HeldOut(first_half(faces), drawn, held_out_part_of_clear(portraits))


def own_cases(files: Sequence[Path]) -> HeldOut:
    """A clinic's COCO files, every lesion marked; pictures of which a part was not read are left
    out. Raises AnnotationError for files that cannot be read, are empty, lack a picture or have no
    picture whose every mark has a type.
    """
    check_pictures(DataConfig(complete=tuple(files)))
    cases = [picture for path in files for picture in open_complete(path).pictures]
    read = [one for one in cases if not any(mark.is_region for mark in one.marks)]
    typed = [one for one in read if all(mark.type for mark in one.marks)]
    if not typed:
        raise AnnotationError(
            "no picture was read in all its parts with a type for every mark; without such ones "
            "nothing is known of types"
        )
    return HeldOut(read, typed)


@dataclass(frozen=True, slots=True)
class Seen:
    """Pictures and the network's maps of them, looked at once and interpreted often."""

    network: Network
    card: Card
    pairs: list[tuple[Picture, Maps]]

    def reads(self, calibration: Calibration) -> list[Read]:
        """What a detector with this calibration would say."""
        detector = _detector(self.network, self.card, calibration)
        return [Read(picture, detector.interpret(maps), []) for picture, maps in self.pairs]


def _detector(network: Network, card: Card, calibration: Calibration) -> Detector:
    return Detector(network, dataclasses.replace(card, calibration=calibration), "")


def see(network: Network, card: Card, pictures: Sequence[Picture]) -> Seen:
    """Run the network on every picture."""
    detector = _detector(network, card, Calibration())
    progress = tqdm(pictures, mininterval=5)
    pairs = [(one, detector.look(read_rgb(one.path))) for one in progress]
    return Seen(network, card, pairs)


def calibrate(
    weights: Path, pictures: HeldOut, floor: float, chosen: Mapping[str, float]
) -> Calibration:
    """All parts, one after the other. ``floor``: the least score that is kept; ``chosen``: working
    thresholds by type that a person sets instead of the fitted ones.

    Where the pictures say nothing of a type or a grade, what the weights brought along stays.
    Raises FitError for pictures that bear no calibration, AnnotationError for some that cannot be
    read, WeightsError for weights that cannot be used.
    """
    network, card, _ = read_network(weights)
    on_faces, on_typed, on_clear = (
        see(network, card, some) for some in (pictures.faces, pictures.typed, pictures.clear)
    )

    def clear(calibration: Calibration) -> list[Read]:
        unmarked = [one for one in on_typed.reads(calibration) if not one.picture.marks]
        return [*on_clear.reads(calibration), *unmarked]

    sets = (on_faces, on_typed) if pictures.typed_apart else (on_faces,)
    raw = Calibration(  # no outline is shown in a box's place while boxes are fitted
        thresholds={**Calibration().thresholds, **dict.fromkeys(SEGMENTED_TYPES, math.inf)}
    )
    outlined_somewhere = [*on_typed.reads(raw), *on_clear.reads(raw)]
    outlined = fit_outlines(outlined_somewhere, raw, card.calibration)
    boxed = fit_boxes([one.reads(outlined) for one in sets], outlined)
    calibration = fit_lesion([one.reads(boxed) for one in sets], boxed)
    typed = on_typed.reads(boxed)
    calibration = fit_type_temperature(typed, calibration)
    calibration = fit_type_shift(typed, calibration)
    reads = on_faces.reads(calibration), on_typed.reads(calibration), clear(calibration)
    calibration = fit_thresholds(*reads, calibration, stored_thresholds(card.calibration))
    thresholds = {**calibration.thresholds, **chosen}
    calibration = dataclasses.replace(calibration, thresholds=thresholds, floor=floor)
    calibration = fit_count(on_faces.reads(calibration), calibration)
    grades = fit_grades(on_typed.reads(calibration), _detector(network, card, calibration))
    calibration = dataclasses.replace(calibration, grades=card.calibration.grades | grades)
    _say_what_is_shown(clear(calibration), _detector(network, card, calibration))
    return calibration


def _say_what_is_shown(clear: Sequence[Read], detector: Detector) -> None:
    if len(clear) < LEAST:
        print(
            f"{len(clear)} of the pictures show a face without lesions; with fewer than {LEAST} "
            "nobody knows how many lesions are invented on such a face"
        )
        return
    numbers = [len(shown(read, detector)) for read in clear]
    print(
        f"lesions shown on {len(numbers)} faces without any: mean {np.mean(numbers):.2f}, "
        f"most {max(numbers)}"
    )


def by_hand(text: str) -> tuple[str, float]:
    """``papule=0.05`` as a type and its threshold. Raises ArgumentTypeError for anything else."""
    name, _, value = text.partition("=")
    try:
        kind, threshold = LesionType(name), float(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not like papule=0.3") from error
    if not 0 < threshold <= 1:
        raise argparse.ArgumentTypeError(f"{text!r}: a threshold is over 0 and at most 1")
    return kind.value, threshold


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m inference calibrate``."""
    parser.add_argument("--weights", type=Path, required=True)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--cases", type=Path, nargs="+", metavar="JSON", help="COCO files of held-out cases"
    )
    source.add_argument("--data", type=Path, help="the folder of faces and clear; with --rendered")
    parser.add_argument("--rendered", type=Path, metavar="JSON", help="held-out rendered faces")
    parser.add_argument("--out", type=Path, required=True, help="where the weights go")
    parser.add_argument("--version", required=True, help="by which results will name them")
    parser.add_argument("--floor", type=float, default=Calibration().floor, help="least score kept")
    parser.add_argument(
        "--threshold",
        type=by_hand,
        action="append",
        default=[],
        metavar="TYPE=SCORE",
        help="a working threshold chosen by hand",
    )


def run(arguments: argparse.Namespace) -> int:
    """Calibrate and write; 0 when done, 2 if pictures cannot be read or are too few or nothing can
    be written, 64 for one of ``--data`` and ``--rendered`` alone, 69 for unusable weights.
    """
    if bool(arguments.data) != bool(arguments.rendered):
        return _failed("--data and --rendered, held-out rendered faces, go together", 64)
    try:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        calibration = _calibrated(arguments)
    except WeightsError as error:
        return _failed(str(error), 69)
    except (AnnotationError, FitError, OSError) as error:
        return _failed(str(error), 2)
    print(calibration)
    return 0


def _calibrated(arguments: argparse.Namespace) -> Calibration:
    pictures = (
        own_cases(arguments.cases)
        if arguments.cases
        else public_sets(arguments.data, arguments.rendered)
    )
    chosen = dict(arguments.threshold)
    calibration = calibrate(arguments.weights, pictures, arguments.floor, chosen)
    network, _, _ = read_network(arguments.weights)  # the one that looked has its norms folded
    write_weights(
        arguments.out, network, version=arguments.version, calibration=calibration, half=True
    )
    return calibration


def _failed(message: str, status: int) -> int:
    print(message, file=sys.stderr)
    return status
