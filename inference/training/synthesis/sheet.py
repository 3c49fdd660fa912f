"""A sheet of rendered lesions on a public-domain face, for the model card and for the eye.

    python -m inference.training.synthesis.sheet OUT.png [--seed N]

Every variant of every type, on skin as photographed and on browner skin, at 1:1 of a 1000 px face.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from inference.results import LesionType
from inference.training.synthesis.demonstration import demonstration_face
from inference.training.synthesis.plan import RENDERER_VERSION, VARIANTS, LesionPlan
from inference.training.synthesis.render import render
from inference.training.synthesis.skin import with_melanin

if TYPE_CHECKING:
    from inference.training.synthesis.colour import Bytes

TILE = 120
EACH = 3
SHOWN = tuple((kind, variant) for kind in LesionType for variant in VARIANTS[kind])
_MELANIN = {"skin as photographed": 0.0, "browner": 0.45, "brown": 1.2}
_PAPER = 245


def make_sheet(seed: int = 0) -> Bytes:
    """The sheet as (H, W, 3) uint8 RGB."""
    columns = [
        _tiles(melanin, np.random.default_rng((seed, i)))
        for i, melanin in enumerate(_MELANIN.values())
    ]
    rows = [
        np.hstack([_lettered((TILE, TILE), (str(kind), variant)), *tiles])
        for (kind, variant), *tiles in zip(SHOWN, *columns, strict=True)
    ]
    return np.vstack([_title(rows[0].shape[1]), _heads(), *rows])


def _tiles(melanin: float, rng: np.random.Generator) -> list[Bytes]:
    """For each of SHOWN, its lesions side by side on skin of one tone."""
    face = demonstration_face()
    soft = cv2.GaussianBlur(face.skin.astype(np.float32), (0, 0), 6.0)
    image = with_melanin(face.image, np.asarray(soft, np.float32), melanin)
    plan = [LesionPlan(kind, variant=variant) for kind, variant in SHOWN for _ in range(EACH)]
    drawn = render(image, rng, plan, skin=face.skin, width_px=face.width_px)
    tiles: dict[tuple[LesionType, str], list[Bytes]] = defaultdict(list)
    for lesion in drawn.lesions:
        tiles[lesion.type, lesion.variant].append(_tile(drawn.image, lesion.centre))
    return [np.hstack(tiles[shown]) for shown in SHOWN]


def _tile(image: Bytes, centre: tuple[float, float]) -> Bytes:
    half = TILE // 2
    padded = np.pad(image, ((half, half), (half, half), (0, 0)), mode="reflect")
    column, row = (round(value) for value in centre)
    return padded[row : row + TILE, column : column + TILE]


def _title(width: int) -> Bytes:
    text = f"Rendered lesions, renderer {RENDERER_VERSION}: synthetic, no patient is shown"
    return _lettered((28, width), (text,))


def _heads() -> Bytes:
    tones = [_lettered((28, EACH * TILE), (tone,)) for tone in _MELANIN]
    return np.hstack([_lettered((28, TILE), ()), *tones])


def _lettered(size: tuple[int, int], lines: tuple[str, ...]) -> Bytes:
    paper = np.full((*size, 3), _PAPER, np.uint8)
    first = size[0] // 2 + 5 - 9 * (len(lines) - 1)
    for number, line in enumerate(lines):
        place = (8, first + 18 * number)
        cv2.putText(paper, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (30, 30, 30), 1)
    return paper


def main() -> None:
    parser = argparse.ArgumentParser(description="A sheet of rendered lesions.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    sheet = make_sheet(arguments.seed)
    cv2.imwrite(str(arguments.out), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
