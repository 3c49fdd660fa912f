"""Why the default limits stand where they stand: python -m inference.quality.curves [--data DIR]

    python -m inference.quality.curves --faults turned tipped
    python -m inference.quality.curves --angles
    python -m inference.quality.curves --chest
    python -m inference.quality.curves --light

Pictures of people that the sharpness was not fitted on are made worse by degrees, one fault at a
time, and judged as the site judges. Prints, for every limit, how many good pictures it stops, and
for every fault its area under the ROC curve and the shares stopped at each degree; ``--figure``
draws the curves without any picture. ``--angles`` needs no data: known turns of two faces against
what the mesh says of them. ``--chest``: close views of skin judged as a chest, in six tones.
``--light``: portraits on fair and on dark skin, exposed less and less.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from inference.face import find_faces
from inference.photo import read_photo
from inference.quality.angles import report_angles
from inference.quality.degradations import FAULTS
from inference.quality.limits import BODY, CRITERIA
from inference.quality.measures import measure_body, measure_faces
from inference.quality.tones import report_chest, report_light
from inference.quality.verdict import judged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from inference.photo import Pixels
    from inference.quality.degradations import Fault
    from inference.quality.limits import Criterion
    from inference.quality.measures import Measures
    from inference.results import Face

FRONTAL = 25.0  # degrees: a face's faults are drawn, and heads turned, from those that look ahead
UNGUIDED = ("faces", "far_cheek", "side_turn", "pitch", "roll", "frame_share", "cut_off")
PERCENTILES = (1, 5, 50, 95, 99)
COLUMNS = 4
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """``values``: the fault's measure, one row a person and one column a degree; NaN where the
    face was no longer found.
    """

    fault: Fault
    values: Floats

    @property
    def rising(self) -> bool:
        medians = np.nanmedian(self.values, axis=0)
        return bool(medians[-1] > medians[0])

    def auc(self, degree: int) -> float:
        """How well the measure tells this degree from the picture as it was taken."""
        good, bad = self.values[:, 0], self.values[:, degree]
        scores = np.r_[good, bad][~np.isnan(np.r_[good, bad])]
        truth = np.r_[np.zeros(len(good)), np.ones(len(bad))][~np.isnan(np.r_[good, bad])]
        return float(roc_auc_score(truth, scores if self.rising else -scores))

    @property
    def criteria(self) -> list[Criterion]:
        return [
            one
            for one in CRITERIA
            if one.measure == self.fault.measure and self.fault.view in one.views
        ]

    def stopped_by(self, consequence: str) -> Floats:
        """Share beyond a limit at each degree; a face that is not found is stopped too."""
        stopped = np.isnan(self.values)
        for one in self.criteria:
            if one.consequence == consequence:
                low = one.side == "below"
                stopped |= self.values < one.default if low else self.values > one.default
        shares: Floats = stopped.mean(axis=0)
        return shares


@dataclass(frozen=True, slots=True)
class Good:
    """A picture as it was taken, the face in it and what is measured of it."""

    image: Pixels
    face: Face
    measures: Measures

    @property
    def frontal(self) -> bool:
        return abs(self.face.pose.yaw) < FRONTAL


def main() -> int:
    """Measure, print, and draw where asked."""
    parser = argparse.ArgumentParser(description="Curves behind the default quality limits.")
    home = os.environ.get("CLEARGRADE_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(home))
    parser.add_argument("--people", type=int, default=60, help="how many are made worse")
    names = [one.name for one in FAULTS]
    parser.add_argument("--faults", nargs="+", choices=names, default=names, metavar="NAME")
    parser.add_argument("--figure", type=Path, metavar="OUT.svg")
    parser.add_argument("--angles", action="store_true", help="print true and measured angles only")
    parser.add_argument("--chest", action="store_true", help="print close views as a chest only")
    parser.add_argument("--light", action="store_true", help="print light on portraits only")
    args = parser.parse_args()
    if args.angles:
        report_angles()
        return 0
    if args.chest:
        report_chest(args.data)
        return 0
    if args.light:
        report_light(args.data)
        return 0
    good = list(good_pictures(args.data))
    report_good(good)
    curves = []
    for fault in (one for one in FAULTS if one.name in args.faults):
        curves.append(curve(fault, good, args.people))
        report_fault(curves[-1])
    if args.figure:
        draw(curves, args.figure)
    return 0


def good_pictures(data: Path) -> Iterator[Good]:
    """Every second validation face and every fourth portrait, none of whose people the sharpness
    was fitted on, in mixed order.
    """
    paths = [*sorted((data / "faces/val").glob("*.*"))[1::2]]
    paths += sorted((data / "clear/train").glob("*.*"))[::4]
    for place in np.random.default_rng(20240514).permutation(len(paths)):
        image = read_photo(paths[place])
        faces = find_faces(image)
        if faces:
            yield Good(image, faces[0], measure_faces(image, faces))


def curve(fault: Fault, good: Sequence[Good], people: int) -> Curve:
    """The measure of one fault at each of its degrees."""
    fit = good if fault.view in BODY else [one for one in good if one.frontal]
    rows = [[_measured(fault, one, degree) for degree in fault.degrees] for one in fit[:people]]
    return Curve(fault, np.array(rows))


def report_good(good: Sequence[Good]) -> None:
    """How many good pictures each default limit stops, angles and frames left out: these pictures
    were not taken to our guide.
    """
    print(f"{len(good)} good pictures: share beyond each limit, and the measure's percentiles")
    for one in CRITERIA:
        if one.measure in UNGUIDED or one.views == BODY:
            continue
        values = np.array([x.measures[one.measure] for x in good if one.measure in x.measures])
        if not values.size:  # measured where no face is found, or on chest and back
            continue
        beyond = np.mean([one.broken(value, one.default) for value in values])
        spread = "  ".join(f"{value:7.2f}" for value in np.percentile(values, PERCENTILES))
        print(f"{one.name:28} {one.default:7g} {beyond:6.3f}   {spread}")


def report_fault(one: Curve) -> None:
    """For each degree: area under the curve, share refused and share at least cautioned."""
    print(f"{one.fault.name} ({one.fault.unit}, {len(one.values)} people): {one.fault.measure}")
    stopped = {kind: one.stopped_by(kind) for kind in ("refuse", "caution")}
    for place, degree in enumerate(one.fault.degrees):
        median = np.nanmedian(one.values[:, place])
        auc = f"{one.auc(place):.3f}" if place else "  -  "
        shares = "  ".join(f"{kind} {part[place]:.2f}" for kind, part in stopped.items())
        print(f"  {degree:6g}  median {median:8.3f}  AUC {auc}  {shares}", flush=True)


def draw(curves: Sequence[Curve], out: Path) -> None:
    """One panel a fault: the measure's median and its middle nine tenths, the limits across."""
    import matplotlib.pyplot as plt

    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "quality", "font.size": 8})
    figure, panels = plt.subplots(-(-len(curves) // COLUMNS), COLUMNS, figsize=(10, 11))
    for panel, one in zip(panels.flat, curves, strict=False):
        _draw_panel(panel, one)
    for panel in panels.flat[len(curves) :]:
        panel.axis("off")
    figure.tight_layout()
    figure.savefig(out, metadata={"Date": None})


def _draw_panel(panel: Any, one: Curve) -> None:
    low, middle, high = np.nanpercentile(one.values, (5, 50, 95), axis=0)
    panel.fill_between(one.fault.degrees, low, high, alpha=0.25, linewidth=0)
    panel.plot(one.fault.degrees, middle, marker="o", markersize=3)
    for criterion in one.criteria:
        style = "-" if criterion.consequence == "refuse" else "--"
        panel.axhline(criterion.default, color="tab:red", linewidth=0.8, linestyle=style)
    panel.set_title(one.fault.name)
    panel.set_xlabel(one.fault.unit)
    panel.set_ylabel(one.fault.measure)


def _measured(fault: Fault, good: Good, degree: float) -> float:
    image = fault.change(good.image, good.face, degree)
    if fault.view in BODY:
        return measure_body(image)[fault.measure]
    found = judged(measure_faces(image, find_faces(image)), fault.view)
    return found.get(fault.measure, float("nan"))


if __name__ == "__main__":
    raise SystemExit(main())
