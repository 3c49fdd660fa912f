"""Fit the sharpness regression: python -m inference.quality.fit [--data DIR] [--write | --stored]

Sharp faces of ``faces/`` and ``clear/``, and close views of ``closeups/`` as chest or back, against
the same pictures out of focus, moved, enlarged from few pixels, compressed or noisy, each at four
strengths measured at the fixed scale: as they are, with more melanin (in dark skin eyes and teeth
stand out, which must not pass for noise) and in less light, of which eight bits make steps. Prints
the area under the ROC curve on people held out, for each of these, per kind and strength, and what
each limit would refuse; ``--write`` stores the coefficients that the check reads, ``--stored`` fits
nothing and reports on those, with ``--every N`` on each n-th picture.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from inference.face import find_faces
from inference.photo import Pixels, read_photo
from inference.quality.blurs import DEGRADATIONS, STRENGTHS
from inference.quality.degradations import underexposed
from inference.quality.framed import frame_body, frame_face
from inference.quality.sharpness import COEFFICIENTS, Regression, expanded, features, stored
from inference.quality.tones import close_views, coloured, toned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from inference.quality.framed import Framed

Floats = npt.NDArray[np.float64]

SHARP = "sharp"
SEED = 20240514
DRAWS = 1000  # of pictures, for the interval
LIMITS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
TAUGHT_MELANIN, TAUGHT_STOPS = (0.5, 4.5), (1.0, 7.0)


class Look(NamedTuple):
    """``melanin``: given to the skin, as by ``inference.quality.tones``; 4.5 is an angle of about
    -70 degrees. ``stops``: by which the picture is exposed less. ``is_body``: a close view, not a
    face.
    """

    melanin: float = 0.0
    stops: float = 0.0
    is_body: bool = False


FACES = (Look(), Look(3.0), Look(4.5), Look(stops=2.0), Look(stops=4.0))
BODIES = (Look(is_body=True),)


@dataclass(frozen=True, slots=True)
class Sample:
    """One version of one picture. ``strength`` counts from 0, the mildest."""

    picture: str
    look: Look
    kind: str
    strength: int
    is_held_out: bool
    values: Floats


def samples(data: Path) -> Iterator[Sample]:
    """Sharp and degraded versions of every second training face, every second validation face, all
    portraits and all close views. Validation pictures and every fourth portrait are held out, as
    the sets' own description asks: no person stands on both sides.
    """
    rng = np.random.default_rng(SEED)
    yield from _held_out_samples(data, 1, rng)
    for path in taught(data):
        yield from _of(path, _taught_looks(rng, is_body=False), rng, is_held_out=False)
    for path in close_views(data, "train"):
        yield from _of(path, _taught_looks(rng, is_body=True), rng, is_held_out=False)


def _held_out_samples(data: Path, every: int, rng: np.random.Generator) -> Iterator[Sample]:
    for paths, looks in ((held_out(data), FACES), (close_views(data, "val"), BODIES)):
        for path in paths[::every]:
            yield from _of(path, looks, rng, is_held_out=True)


def _taught_looks(rng: np.random.Generator, *, is_body: bool) -> list[Look]:
    """As it is; in another skin; in less light, every second time in another skin too."""
    melanin, other = (float(rng.uniform(*TAUGHT_MELANIN)) for _ in range(2))
    stops = float(rng.uniform(*TAUGHT_STOPS))
    darker_skin = other if rng.random() < 0.5 else 0.0
    return [Look(0.0, 0.0, is_body), Look(melanin, 0.0, is_body), Look(darker_skin, stops, is_body)]


def held_out(data: Path) -> list[Path]:
    """Every second validation face and every fourth portrait."""
    portraits = sorted((data / "clear/train").glob("*.*"))
    return [*sorted((data / "faces/val").glob("*.*"))[::2], *portraits[::4]]


def taught(data: Path) -> list[Path]:
    """Every second training face and the other portraits."""
    kept = held_out(data)
    portraits = sorted((data / "clear/train").glob("*.*"))
    others = [path for path in portraits if path not in kept]
    return [*sorted((data / "faces/train").glob("*.*"))[::2], *others]


def main() -> int:
    """Fit, print the report and store the coefficients where asked."""
    parser = argparse.ArgumentParser(description="Fit the sharpness regression.")
    home = os.environ.get("CLEARGRADE_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(home))
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--write", action="store_true", help=f"store {COEFFICIENTS.name}")
    way.add_argument("--stored", action="store_true", help=f"report on {COEFFICIENTS.name}")
    parser.add_argument("--every", type=int, default=1, help="of the pictures held out, each n-th")
    args = parser.parse_args()
    if args.stored:
        rng = np.random.default_rng(SEED)
        report(list(_held_out_samples(args.data, args.every, rng)), stored())
        return 0
    found = list(samples(args.data))
    regression = fit([one for one in found if not one.is_held_out])
    if args.write:
        document = json.dumps(regression.to_json(), indent=2)
        COEFFICIENTS.write_text(document + "\n", encoding="utf-8")
    report([one for one in found if one.is_held_out], regression)
    return 0


def fit(found: Sequence[Sample]) -> Regression:
    """Logistic regression, classes weighted alike, on standardised features and products."""
    values = np.array([one.values for one in found])
    centre, spread = values.mean(axis=0), values.std(axis=0)
    model = LogisticRegression(class_weight="balanced", max_iter=5000)
    model.fit(expanded((values - centre) / spread), [one.kind == SHARP for one in found])
    return Regression(centre, spread, model.coef_[0], float(model.intercept_[0]))


def report(found: Sequence[Sample], regression: Regression) -> None:
    """Print for each look the AUC by kind and strength, and what each limit would refuse."""
    for look in (*FACES, *BODIES):
        of_this = [one for one in found if one.look == look]
        if not of_this:  # a data folder without close views
            continue
        what = "close views" if look.is_body else "faces"
        print(f"{what}, melanin {look.melanin:g}, {look.stops:g} stops darker")
        _report(of_this, regression)


def _report(found: Sequence[Sample], regression: Regression) -> None:
    scores = regression.probability(np.array([one.values for one in found]))
    sharp = scores[[one.kind == SHARP for one in found]]
    blurred = scores[[one.kind != SHARP for one in found]]
    print(f"{len(sharp)} sharp and {len(blurred)} degraded pictures of people held out")
    low, high = _interval(found, scores)
    print(f"AUC over all kinds and strengths {_auc(sharp, blurred):.3f} ({low:.3f} to {high:.3f})")
    for kind, strengths in STRENGTHS.items():
        by_strength = [_scores(found, scores, kind, place) for place in range(len(strengths))]
        line = "  ".join(
            f"{value:g}: {_auc(sharp, part):.3f}"
            for value, part in zip(strengths, by_strength, strict=True)
        )
        print(f"{kind:15} {_auc(sharp, np.concatenate(by_strength)):.3f}   {line}")
    print("limit  sharp below  degraded below, mildest to strongest")
    for limit in LIMITS:
        shares = [(_strength(found, scores, place) < limit).mean() for place in range(4)]
        degraded = "  ".join(f"{share:.3f}" for share in shares)
        print(f"{limit:5}  {(sharp < limit).mean():11.3f}  {degraded}")


def _of(
    path: Path, looks: Sequence[Look], rng: np.random.Generator, *, is_held_out: bool
) -> Iterator[Sample]:
    for look, framed in _framed(_without_dots(read_photo(path)), looks):
        for kind, place, rgb in _versions(framed.rgb, rng, every=is_held_out):
            seen = underexposed(rgb, look.stops) if look.stops else rgb
            # Skin is told by colour, so a worse picture of a body may show other skin.
            judged = frame_body(seen)[0] if look.is_body else replace(framed, rgb=seen)
            yield Sample(path.name, look, kind, place, is_held_out, features(judged))


def _framed(image: Pixels, looks: Sequence[Look]) -> Iterator[tuple[Look, Framed]]:
    """Nothing for a face that is not found."""
    faces = [] if all(look.is_body for look in looks) else find_faces(image)[:1]
    for look in looks:
        if look.is_body:
            yield look, frame_body(toned(image, look.melanin))[0]
        for face in faces:
            yield look, frame_face(coloured(image, face, look.melanin), face)


def _without_dots(image: Pixels) -> Pixels:
    """The publisher of the training faces added isolated salt-and-pepper dots."""
    median = cv2.medianBlur(image, 3)
    dots = np.abs(image.astype(np.int16) - median).max(axis=2) > 70
    return np.where(dots[..., None], median, image).astype(np.uint8)


def _versions(
    rgb: Pixels, rng: np.random.Generator, *, every: bool
) -> Iterator[tuple[str, int, Pixels]]:
    """Sharp, and of each kind ``every`` strength or one of them, drawn by chance."""
    yield SHARP, 0, rgb
    for kind, strengths in STRENGTHS.items():
        places = range(len(strengths))
        for place in places if every else [int(rng.integers(len(strengths)))]:
            yield kind, place, DEGRADATIONS[kind](rgb, strengths[place], rng)


def _scores(found: Sequence[Sample], scores: Floats, kind: str, strength: int) -> Floats:
    return scores[[one.kind == kind and one.strength == strength for one in found]]


def _strength(found: Sequence[Sample], scores: Floats, strength: int) -> Floats:
    return scores[[one.kind != SHARP and one.strength == strength for one in found]]


def _interval(found: Sequence[Sample], scores: Floats) -> tuple[float, float]:
    """The middle 95 % of the area, pictures drawn anew with all their versions."""
    pictures = np.array([one.picture for one in found])
    sharp = np.array([one.kind == SHARP for one in found])
    places = [np.flatnonzero(pictures == name) for name in np.unique(pictures)]
    rng, areas = np.random.default_rng(SEED), []
    for _ in range(DRAWS):
        drawn = np.concatenate([places[i] for i in rng.integers(len(places), size=len(places))])
        areas.append(_auc(scores[drawn][sharp[drawn]], scores[drawn][~sharp[drawn]]))
    low, high = np.percentile(areas, (2.5, 97.5))
    return float(low), float(high)


def _auc(sharp: Floats, other: Floats) -> float:
    truth = np.r_[np.ones(len(sharp)), np.zeros(len(other))]
    return float(roc_auc_score(truth, np.r_[sharp, other]))


if __name__ == "__main__":
    raise SystemExit(main())
