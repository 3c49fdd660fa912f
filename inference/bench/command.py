"""``python -m inference bench``: speed, arithmetic and memory of this machine, in one run.

    python -m inference bench [--device cuda] [--json OUT] [--annotations COCO.json --images DIR]

Ratios are what to read: wall-clock times are this machine's and this hour's.
"""

from __future__ import annotations

import json
import platform
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch

from inference.bench.lines import SECTIONS, table
from inference.bench.networks import (
    BASELINES,
    CURVE_FORMS,
    FORMS,
    PRECISIONS,
    Precision,
    baseline,
    matrix_product,
    needed_flops,
    ours,
)
from inference.bench.timing import in_turns, seconds_of
from inference.detector.detect import has_fast_bf16
from inference.detector.weights import DEFAULT_WEIGHTS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from inference.bench.timing import Work
    from inference.training.coco import Picture

    Image = NDArray[np.uint8]

Json = dict[str, Any]
BATCHES = (1, 2, 4, 8, 16, 32, 64)
WORKER_BATCH = 4  # photos that the worker reads at a time


class Bench:
    """One run. ``photo``: upright uint8 RGB (H, W, 3), the input of everything here."""

    def __init__(
        self, photo: Image, arguments: argparse.Namespace, pictures: Sequence[Picture] = ()
    ) -> None:
        self.photo, self.pictures = photo, pictures
        self.device, self.input = arguments.device, arguments.input
        self.seconds, self.sizes = arguments.seconds, arguments.sizes
        self.weights: list[Path] = arguments.weights
        self.compiler = arguments.compiler
        self.precisions: list[Precision] = arguments.precisions

    def run(self, sections: Sequence[str]) -> Json:
        """The sections asked for, by name."""
        measures: dict[str, Callable[[], Any]] = {name: getattr(self, name) for name in SECTIONS}
        found = {}
        for name in sections:
            print(f"measuring: {name}", file=sys.stderr, flush=True)  # noqa: T201
            found[name] = measures[name]()
        return {"machine": machine(self.device), "input": self.input, **found}

    def networks(self) -> Json:
        """Images a second of each form of our network and of each baseline, by precision, and how
        many times as fast each form is.
        """
        return {precision: self._networks(precision) for precision in PRECISIONS}

    def _networks(self, precision: Precision) -> Json:
        pictures = self.batch(1, self.input)
        works: dict[str, Work] = {form: ours(form, pictures, precision) for form in FORMS}
        works |= {name: baseline(name, pictures, precision) for name in BASELINES}
        spent = in_turns(works, self.seconds)
        return {
            "images_per_second": {name: 1 / seconds for name, seconds in spent.items()},
            "times_as_fast": {
                form: {name: spent[name] / spent[form] for name in BASELINES} for form in FORMS
            },
        }

    def compiled(self) -> Json:
        """What torch.compile gains over plain calls, by form, in the precision that
        the detector uses here.
        """
        precision: Precision = "bf16" if has_fast_bf16(torch.device(self.device).type) else "fp32"
        return {
            "precision": precision,
            "forms": {form: self._compiled(form, precision) for form in FORMS},
        }

    def _compiled(self, form: str, precision: Precision) -> Json:
        pictures = self.batch(1, self.input)
        try:
            compiled = ours(form, pictures, precision, self.compiler)
            first = seconds_of(compiled)
        except RuntimeError as error:  # no compiler on this machine, or one that cannot do it
            return {"failed": str(error).strip().splitlines()[0]}
        works = {"plain": ours(form, pictures, precision), "compiled": compiled}
        spent = in_turns(works, self.seconds)
        return {
            "first_call_seconds": first,
            "images_per_second": {name: 1 / seconds for name, seconds in spent.items()},
            "times_as_fast": spent["plain"] / spent["compiled"],
        }

    def flops(self) -> Json:
        """Operations a second of the network against those of a large matrix product."""
        found: Json = {"gflop_a_picture": {f: needed_flops(f, self.input) / 1e9 for f in FORMS}}
        for precision in PRECISIONS:
            product, operations = matrix_product(self.device, precision)
            pictures = self.batch(1, self.input)
            works: dict[str, Work] = {form: ours(form, pictures, precision) for form in FORMS}
            spent = in_turns({**works, "product": product}, self.seconds)
            peak = operations / spent["product"] / 1e9
            rates = {f: found["gflop_a_picture"][f] / spent[f] for f in FORMS}
            found[precision] = {
                "matrix_product_gflops": peak,
                "network_gflops": rates,
                "share": {form: rate / peak for form, rate in rates.items()},
            }
        return found

    def curve(self) -> list[Json]:
        """Speed by form, input size and precision; with annotated pictures also the AP at IoU 0.3
        of the weights named, each of which exists in one form.
        """
        points = [
            {"form": form, "input": side, "precision": precision}
            for side in self.sizes
            for precision in self.precisions
            for form in CURVE_FORMS
        ]
        for point in points:
            pictures = self.batch(1, point["input"])
            work = ours(point["form"], pictures, point["precision"])
            point["images_per_second"] = 1 / in_turns({"it": work}, self.seconds)["it"]
        known = self._weights_by_form() if self.pictures else {}
        return [{**point, "ap30": self._ap30(point, known)} for point in points]

    def _weights_by_form(self) -> dict[str, Path]:
        from inference.bench.accuracy import form_of  # noqa: PLC0415

        return {form_of(path): path for path in self.weights}

    def _ap30(self, point: Json, known: dict[str, Path]) -> float | None:
        from inference.bench.accuracy import ap30  # noqa: PLC0415

        weights = known.get(point["form"])
        if weights is None:
            return None
        return ap30(self.pictures, point["input"], point["precision"], self.device, weights)

    def batches(self) -> list[Json]:
        """Images a second by batch size, on a GPU up to what its memory holds; on a CPU one by
        one and four at a time only.
        """
        sizes = BATCHES if self.device.startswith("cuda") else (1, WORKER_BATCH)
        rows: list[Json] = []
        for size in sizes:
            try:
                works: dict[str, Work] = {
                    precision: ours("all", self.batch(size, self.input), precision)
                    for precision in PRECISIONS
                }
                spent = in_turns(works, self.seconds)
            except torch.cuda.OutOfMemoryError:
                break
            rows.append({"batch": size, **{p: size / s for p, s in spent.items()}})
        return rows

    def analyse(self) -> Json:
        """The whole way of a photo, stage by stage."""
        from inference.bench.whole import stages  # noqa: PLC0415

        return stages(self.photo)

    def following(self) -> Json:
        """Registration and matching of two visits, beside the time their photos take."""
        from inference.bench.following import following  # noqa: PLC0415

        return following(self.photo)

    def memory(self) -> list[Json]:
        """Peak memory of one photo and of as many as the worker takes at once."""
        from inference.bench.whole import peak_memory  # noqa: PLC0415

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "photo.png"
            cv2.imwrite(str(path), cv2.cvtColor(self.photo, cv2.COLOR_RGB2BGR))
            return [peak_memory([path] * number) for number in (1, WORKER_BATCH)]

    def batch(self, size: int, side: int) -> torch.Tensor:
        """The photo as a batch (size, 3, side, side) uint8 on the device."""
        small = cv2.resize(self.photo, (side, side), interpolation=cv2.INTER_AREA)
        one = torch.from_numpy(small.transpose(2, 0, 1).copy())
        return one.expand(size, -1, -1, -1).contiguous().to(self.device)


def machine(device: str) -> Json:
    """What it was measured on."""
    cuda = device.startswith("cuda")
    return {
        "device": torch.cuda.get_device_name(device) if cuda else platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "system": platform.system(),
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m inference bench``."""
    usual = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", default=usual, help=f"here {usual}")
    parser.add_argument("--input", type=int, default=640, help="side of the network's input")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[448, 640, 832], help="of the curve"
    )
    parser.add_argument(
        "--precisions", nargs="+", choices=PRECISIONS, default=PRECISIONS, help="of the curve alone"
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="for each timing, at least")
    parser.add_argument("--compiler", default="inductor", help="torch.compile's backend")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--photo", type=Path, help="a face; without it the demonstration's")
    parser.add_argument("--annotations", type=Path, help="a COCO file, for accuracy in the curve")
    parser.add_argument("--images", type=Path, help="the folder of its pictures")
    parser.add_argument(
        "--weights", type=Path, nargs="+", default=[DEFAULT_WEIGHTS], help="for the accuracy"
    )
    parser.add_argument("--json", type=Path, help="where to write the figures")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; 0 when done, 2 if the photo, pictures, labels or weights cannot be read,
    64 for sizes that the network cannot take.
    """
    from inference.detector import WeightsError  # noqa: PLC0415
    from inference.photo import UnreadablePhoto  # noqa: PLC0415
    from inference.training.coco import AnnotationError  # noqa: PLC0415

    if any(side % 32 for side in (arguments.input, *arguments.sizes)):
        return _failed("--input and --sizes take multiples of 32", 64)
    if bool(arguments.annotations) != bool(arguments.images):
        return _failed("--annotations and --images go together", 64)
    try:
        document = Bench(_photo(arguments.photo), arguments, _pictures(arguments)).run(
            arguments.only
        )
    except (OSError, UnreadablePhoto, AnnotationError, WeightsError, ValueError) as error:
        return _failed(str(error), 2)
    print(table(document))  # noqa: T201
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


def _failed(message: str, status: int) -> int:
    print(message, file=sys.stderr)  # noqa: T201
    return status


def _photo(path: Path | None) -> Image:
    if path is not None:
        from inference.photo import read_photo  # noqa: PLC0415

        return read_photo(path)
    from inference.training.synthesis.demonstration import demonstration_face  # noqa: PLC0415

    return np.ascontiguousarray(demonstration_face().image)


def _pictures(arguments: argparse.Namespace) -> list[Picture]:
    from inference.training.coco import read_coco  # noqa: PLC0415

    return read_coco(arguments.annotations, arguments.images) if arguments.annotations else []
