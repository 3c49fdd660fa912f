"""Fit the sharpness regression: python -m inference.quality.fit [--data DIR] [--write | --stored]

Sharp faces of ``faces/`` and ``clear/`` against the same faces out of focus, moved, enlarged from
few pixels, compressed or noisy, each at four strengths measured at the fixed face scale. Prints
the area under the ROC curve on people held out, per kind and strength, and the curve of refusal
limits; ``--write`` stores the coefficients that the check reads, ``--stored`` fits nothing and
reports on those.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from inference.face import find_faces
from inference.photo import Pixels, read_photo
from inference.quality.framed import frame_face
from inference.quality.sharpness import COEFFICIENTS, Regression, expanded, features, stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from inference.quality.framed import Framed

Floats = npt.NDArray[np.float64]
Degradation = Callable[[Pixels, float, np.random.Generator], Pixels]

SHARP = "sharp"
STRENGTHS: dict[str, tuple[float, ...]] = {
    "defocus": (1.5, 2.5, 4, 6),  # radius of the disc, pixels
    "motion": (5, 9, 14, 20),  # length, pixels
    "low_resolution": (2, 3, 4.5, 7),  # enlarged by
    "jpeg": (25, 15, 8, 4),  # quality
    "noise": (10, 18, 30, 45),  # standard deviation of 255
}
DRAWS = 1000  # of pictures, for the interval
LIMITS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True, slots=True)
class Sample:
    """One version of one face. ``strength`` counts from 0, the mildest."""

    picture: str
    kind: str
    strength: int
    held_out: bool
    values: Floats


def samples(data: Path) -> Iterator[Sample]:
    """Sharp and degraded versions of every second training face, every second validation face and
    all portraits. Validation faces and every fourth portrait are held out, as the sets' own
    description asks: no person stands on both sides.
    """
    rng = np.random.default_rng(20240514)
    kept = held_out(data)
    for path in [*kept, *taught(data)]:
        framed = _framed(path)
        if framed is not None:
            yield from _versions(path.name, framed, rng, held_out=path in kept)


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
    parser.add_argument("--every", type=int, default=1, help="of the people held out, each n-th")
    args = parser.parse_args()
    if args.stored:
        measured = [version for path in held_out(args.data)[:: args.every] for version in _of(path)]
        report(measured, stored())
        return 0
    found = list(samples(args.data))
    regression = fit([one for one in found if not one.held_out])
    report([one for one in found if one.held_out], regression)
    if args.write:
        document = json.dumps(regression.to_json(), indent=2)
        COEFFICIENTS.write_text(document + "\n", encoding="utf-8")
    return 0


def fit(found: Sequence[Sample]) -> Regression:
    """Logistic regression, classes weighted alike, on standardised features and products."""
    values = np.array([one.values for one in found])
    centre, spread = values.mean(axis=0), values.std(axis=0)
    model = LogisticRegression(class_weight="balanced", max_iter=5000)
    model.fit(expanded((values - centre) / spread), [one.kind == SHARP for one in found])
    return Regression(centre, spread, model.coef_[0], float(model.intercept_[0]))


def report(found: Sequence[Sample], regression: Regression) -> None:
    """Print AUC by kind and strength, then what each limit would refuse."""
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


def _of(path: Path) -> Iterator[Sample]:
    framed = _framed(path)
    if framed is not None:
        yield from _versions(path.name, framed, np.random.default_rng(20240514), held_out=True)


def _framed(path: Path) -> Framed | None:
    image = _without_dots(read_photo(path))
    faces = find_faces(image)
    return frame_face(image, faces[0]) if faces else None


def _without_dots(image: Pixels) -> Pixels:
    """The publisher of the training faces added isolated salt-and-pepper dots."""
    median = cv2.medianBlur(image, 3)
    dots = np.abs(image.astype(np.int16) - median).max(axis=2) > 70
    return np.where(dots[..., None], median, image).astype(np.uint8)


def _versions(
    picture: str, framed: Framed, rng: np.random.Generator, *, held_out: bool
) -> Iterator[Sample]:
    """Held out at every strength; taught at one of them for each kind, drawn by chance."""
    yield Sample(picture, SHARP, 0, held_out, features(framed))
    for kind, strengths in STRENGTHS.items():
        places = range(len(strengths))
        for place in places if held_out else [int(rng.integers(len(strengths)))]:
            rgb = DEGRADATIONS[kind](framed.rgb, strengths[place], rng)
            yield Sample(picture, kind, place, held_out, features(replace(framed, rgb=rgb)))


def _defocused(image: Pixels, radius: float, _: np.random.Generator) -> Pixels:
    reach = np.arange(-int(np.ceil(radius)), int(np.ceil(radius)) + 1)
    disc = (np.hypot(reach[:, None], reach[None]) <= radius).astype(np.float32)
    return cv2.filter2D(image, -1, disc / disc.sum()).astype(np.uint8)


def _moved(image: Pixels, length: float, rng: np.random.Generator) -> Pixels:
    side = 2 * (int(length) // 2) + 1
    path = np.zeros((side, side), np.float32)
    angle, middle = rng.uniform(0, np.pi), side // 2
    dx, dy = round(np.cos(angle) * length / 2), round(np.sin(angle) * length / 2)
    cv2.line(path, (middle - dx, middle - dy), (middle + dx, middle + dy), (1.0,))
    return cv2.filter2D(image, -1, path / path.sum()).astype(np.uint8)


def _enlarged(image: Pixels, factor: float, _: np.random.Generator) -> Pixels:
    height, width = image.shape[:2]
    few = cv2.resize(image, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
    return cv2.resize(few, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def _compressed(image: Pixels, quality: float, _: np.random.Generator) -> Pixels:
    _written, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    return cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.uint8)


def _noisy(image: Pixels, deviation: float, rng: np.random.Generator) -> Pixels:
    noise = rng.normal(0, deviation, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


DEGRADATIONS: dict[str, Degradation] = {
    "defocus": _defocused,
    "motion": _moved,
    "low_resolution": _enlarged,
    "jpeg": _compressed,
    "noise": _noisy,
}


def _scores(found: Sequence[Sample], scores: Floats, kind: str, strength: int) -> Floats:
    return scores[[one.kind == kind and one.strength == strength for one in found]]


def _strength(found: Sequence[Sample], scores: Floats, strength: int) -> Floats:
    return scores[[one.kind != SHARP and one.strength == strength for one in found]]


def _interval(found: Sequence[Sample], scores: Floats) -> tuple[float, float]:
    """The middle 95 % of the area, pictures drawn anew with all their versions."""
    pictures = np.array([one.picture for one in found])
    sharp = np.array([one.kind == SHARP for one in found])
    places = [np.flatnonzero(pictures == name) for name in np.unique(pictures)]
    rng, areas = np.random.default_rng(20240514), []
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
