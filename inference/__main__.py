"""Command line: check, analyse, train, calibrate, evaluate, compare, track-check, bench.

    python -m inference check PHOTO... [--view VIEW]
    python -m inference analyse PHOTO... [--view VIEW] [--overlay OUT.png]

One JSON object a line on standard output. Exit status: 0; 3 if a photo was refused for quality;
2 if a file could not be read (wins over 3; the others are still done); 64 on wrong usage; 69 if
the weights are missing or damaged.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from inference.results import SCHEMA, Request, View, lesion_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from inference.photo import Pixels
    from inference.results import Json, Result

OK, UNREADABLE, REFUSED, USAGE, NO_WEIGHTS = 0, 2, 3, 64, 69
DELEGATED = {
    "train": ("inference.training.train", "train the network on annotated pictures"),
    "evaluate": ("inference.training.evaluate", "measure the network on annotated pictures"),
    "calibrate": ("inference.training.calibrate", "fit scores, counts and thresholds"),
    "compare": ("inference.training.compare", "train a plain classifier to stand beside it"),
    "track-check": (
        "inference.training.tracking.command",
        "measure how lesions are followed, on known truth",
    ),
    "bench": ("inference.bench.command", "time the network and all that stands around it"),
}

Row = tuple["Json", bool]  # what is printed, and whether the photo was accepted


class Parser(argparse.ArgumentParser):
    """Exits with 64 on wrong usage: 2 means an unreadable file here."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: error: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    given = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(given)
    args = parser.parse_args(given)
    if getattr(args, "overlay", None) and len(args.photos) > 1:
        parser.error("--overlay takes one photo")
    args.command_line = shlex.join(["python", "-m", "inference", *given])
    status: int = args.run(args)
    return status


def check(args: argparse.Namespace) -> int:
    """Print the quality of each photo; needs no weights."""
    from inference.pipeline import examine

    def row(image: Pixels) -> Row:
        photo = examine(image, Request(view=args.view))
        document = {"quality": asdict(photo.quality), "timings_ms": _rounded(photo.timings_ms)}
        return document, photo.quality.accepted

    return _each(args.photos, row)


def analyse(args: argparse.Namespace) -> int:
    """Print the findings on each photo; draw them where asked."""
    from inference import analyse as analyse_photo
    from inference.detector.weights import WeightsError

    def row(image: Pixels) -> Row:
        result = analyse_photo(image, Request(view=args.view))
        if args.overlay:
            _draw(image, result, args.overlay)
        return _row(result), result.quality.accepted

    try:
        return _each(args.photos, row)
    except WeightsError as error:
        _complain(str(error))
        return NO_WEIGHTS


def _parser(given: Sequence[str]) -> Parser:
    parser = Parser(prog="python -m inference", description="ClearGrade's models.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_photo_command(commands, "check", check, "judge the quality of photos")
    analysing = _add_photo_command(commands, "analyse", analyse, "find, count and grade lesions")
    analysing.add_argument("--overlay", type=Path, metavar="OUT.png", help="draw the findings")
    for name, (path, purpose) in DELEGATED.items():
        command = commands.add_parser(name, help=purpose, description=purpose)
        if given[:1] == [name]:  # their modules take seconds to import
            module = import_module(path)
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser


def _add_photo_command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], purpose: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=purpose, description=purpose)
    command.add_argument("photos", nargs="+", metavar="PHOTO")
    command.add_argument("--view", type=View, choices=list(View), default=View.FRONT)
    command.set_defaults(run=run)
    return command


def _each(photos: Sequence[str], row: Callable[[Pixels], Row]) -> int:
    """Print one row for each photo that can be read; return the worst status."""
    from inference.photo import UnreadablePhoto, read_photo

    statuses = {OK}
    for name in photos:
        try:
            image = read_photo(Path(name))
        except UnreadablePhoto as error:
            _complain(f"{name}: {error.message}")
            statuses.add(UNREADABLE)
        except OSError as error:
            _complain(f"{name}: {error.strerror}")
            statuses.add(UNREADABLE)
        else:
            document, accepted = row(image)
            print(json.dumps({"schema": SCHEMA, "file": name, **document}), flush=True)
            statuses.add(OK if accepted else REFUSED)
    return UNREADABLE if UNREADABLE in statuses else max(statuses)


def _row(result: Result) -> Json:
    document = result.to_json()
    kept = ("view", "width", "height", "quality", "counts", "grades", "model", "timings_ms")
    return {
        **{name: document[name] for name in kept},
        "lesions": [lesion_json(lesion) for lesion in result.lesions],
    }


def _draw(image: Pixels, result: Result, out: Path) -> None:
    from inference.overlay import draw, png

    if not result.quality.accepted:
        _complain(f"{out} was not written: the photo was refused.")
        return
    out.write_bytes(png(draw(image, result.lesions)))


def _rounded(timings: dict[str, float]) -> dict[str, float]:
    return {name: round(ms, 1) for name, ms in timings.items()}


def _complain(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
