"""``python -m inference track-check``: tracking on rendered patients and on real pictures.

    python -m inference track-check [--patients N] [--seed N...] [--positions-only]
                                    [--later YAW...] [--data DIR] [--json OUT]

Two public-domain faces, re-posed by a textured mesh; tracking sees only the pictures and finds the
mesh afresh. ``--later``: the angles of the second visit's photos; 0 30 -30, a visit's three views
alone, leaves time for more patients. ``--data``: the folder that holds ``faces/``, for the real
pictures.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

Json = dict[str, Any]
COPIES, PERSONS = 60, 60
F1_AT_LEAST = {"0": 0.95, "20": 0.85}  # goals: by yaw, and the next two
COUNTED_TWICE_AT_MOST = 0.05
DIRECTION_AT_LEAST = 0.90


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m inference track-check``."""
    parser.add_argument("--patients", type=int, default=8, help="of each of the two faces")
    parser.add_argument("--seed", type=int, nargs="+", default=[0], help="several are one figure")
    parser.add_argument(
        "--positions-only", action="store_true", help="true positions only, no detector"
    )
    parser.add_argument("--later", type=int, nargs="+", help="angles of the second visit's photos")
    parser.add_argument("--data", type=Path, help="the folder that holds faces/")
    parser.add_argument("--json", type=Path, help="where to write the figures")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; 0 when done, 2 if weights or pictures cannot be read."""
    from inference.detector import WeightsError  # noqa: PLC0415
    from inference.training.coco import AnnotationError  # noqa: PLC0415

    try:
        document = measure(arguments)
    except (OSError, AnnotationError, WeightsError, ValueError) as error:
        print(str(error), file=sys.stderr)
        return 2
    print(table(document))
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


def measure(arguments: argparse.Namespace) -> Json:
    """All figures, by what they were measured on."""
    number = 2 * arguments.patients * len(arguments.seed)
    document: Json = {"patients": number, "seeds": arguments.seed}
    document |= _rendered(arguments)
    if arguments.data:
        document["real"] = _real(arguments.data / "faces")
    return document


def _rendered(arguments: argparse.Namespace) -> Json:
    from inference.training.tracking.figures import (  # noqa: PLC0415
        DetectorReader,
        Figures,
        add_patient,
        true_reader,
    )
    from inference.training.tracking.patients import (  # noqa: PLC0415
        LATER_VIEWS,
        patients,
        portraits,
    )

    readers: dict[str, Any] = {"true_positions": true_reader}
    if not arguments.positions_only:
        readers["detector"] = DetectorReader()
    figures = {name: Figures() for name in readers}
    later = arguments.later or LATER_VIEWS
    faces = portraits()
    for seed in arguments.seed:
        for patient in patients(faces, arguments.patients, seed, later):
            print(f"seed {seed}, patient {patient.name}", file=sys.stderr, flush=True)
            for name, read in readers.items():
                add_patient(figures[name], patient, read, with_ranges=name == "detector")
    return {name: found.document() for name, found in figures.items()}


def _real(folder: Path) -> Json:
    from inference.training.coco import read_coco  # noqa: PLC0415
    from inference.training.tracking.real import changed_copies, same_person  # noqa: PLC0415

    pictures = read_coco(folder / "val.json", folder / "val")
    return {
        "copies": changed_copies(pictures, COPIES),
        "persons": same_person(pictures, PERSONS),
    }


def table(document: Json) -> str:
    """The document of :func:`measure` as lines."""
    lines = [f"{document['patients']} rendered patients, seeds {document['seeds']}"]
    for name in ("true_positions", "detector"):
        if name in document:
            lines += ["", name.replace("_", " "), *_lines(document[name])]
    if "real" in document:
        copies, persons = document["real"]["copies"], document["real"]["persons"]
        lines += ["", f"{copies['pictures']} real pictures and their changed copies, F1"]
        lines += [f"  {name:<12}{f1}" for name, f1 in copies["f1"].items()]
        same, other = persons["matched_same_person"], persons["matched_other_person"]
        lines.append(f"{persons['pairs']} pairs of pictures of one person, lesions matched: {same}")
        lines.append(f"  in pairs of different people, by chance: {other}")
    return "\n".join(lines)


def _lines(found: Json) -> list[str]:
    lines = [
        f"  F1 across {yaw:>2}° {f1}  ({found['pairs_by_yaw'][yaw]} true pairs)"
        + _goal(f1, least=F1_AT_LEAST.get(yaw))
        for yaw, f1 in found["f1_by_yaw"].items()
    ]
    lines += [
        f"  confidence {row['stated']:.2f}: right {row['right']:.2f}  ({row['number']})"
        for row in found["confidence"]
    ]
    twice, right, sure = (
        found[name] for name in ("double_count", "direction_right", "sure_and_right")
    )
    return [
        *lines,
        f"  counted twice across views {twice}" + _goal(twice, most=COUNTED_TWICE_AT_MOST),
        f"  two of one view taken for one {found['wrongly_merged']}",
        f"  new and resolved that are so {found['outcomes_right']}",
        f"  direction of change right {right}  ({found['direction_pairs']} pairs of visits)"
        + _goal(right, least=DIRECTION_AT_LEAST),
        f"  called clear {found['declared_sure']}, of these right {sure}",
        *(_range_line(what, found[f"{what}_ranges"]) for what in ("count", "gags")),
        f"  overlooked, for one that is expected: {_by_type(found['overlooked'])}",
        f"  at times: {_by_type(found['overlooked_at_times'])}",
        f"  invented at times, of what is found: {_by_type(found['invented_at_times'])}",
    ]


def _range_line(what: str, told: Json) -> str:
    if not told["number"]:
        return f"  ranges of the {what}: not measured"
    return (
        f"  ranges of the {what}: {told['held']} of {told['number']} hold the true one, "
        f"{told['true_is_more']} lie below it; median width {told['median_width']:g}"
    )


def _by_type(shares: dict[str, float]) -> str:
    told = ", ".join(f"{kind} {share:.3f}" for kind, share in shares.items())
    return told or "not measured"


def _goal(value: float | None, *, least: float | None = None, most: float | None = None) -> str:
    """Whether a goal is met; nothing where there is none, or nothing to measure it by."""
    if value is None or least is most:
        return ""
    met = value >= least if least is not None else value <= (most or 0.0)
    limit = f"at least {least:g}" if least is not None else f"at most {most:g}"
    return f"  goal {limit}: {'met' if met else 'not met'}"
