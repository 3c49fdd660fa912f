"""A face read at a finer scale in overlapping tiles, for photos with more pixels than training had.

A phone's 12 megapixels show a face 2,000 pixels wide; brought to the size of training, a comedone
of ten pixels becomes one of four. ``Tiling(finer=2)`` keeps twice as much of each side. The network
sees one tile at a time, so that memory does not grow with the picture, and its maps are joined
before anything is decoded: a lesion on a seam is found once and an outline across it stays whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from inference.detector.network import MULTIPLE, STRIDE, Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Tiling:
    """``finer``: how many times as long the sides of a face may be as in training, never longer
    than the photo's own. ``side`` of a tile and ``overlap`` of two neighbours, in pixels of the
    network's input, multiples of 32; what lies less than half the overlap from a seam is told by
    the tile that sees more round it. Raises ValueError for values that leave nothing to read.
    """

    finer: float = 2.0
    side: int = 768
    overlap: int = 128

    def __post_init__(self) -> None:
        if not self.finer >= 1:
            raise ValueError(f"finer is {self.finer}; it must be 1 or more")
        if self.side % MULTIPLE or self.overlap % MULTIPLE or not 0 <= self.overlap < self.side:
            raise ValueError(
                f"side {self.side} and overlap {self.overlap} must be multiples of {MULTIPLE}, "
                "the overlap the smaller"
            )

    def working_side(self, trained: int, height: int, width: int) -> float:
        """Side of the square as large as a face of ``height`` × ``width`` pixels is looked at;
        ``trained``: the side of training. A small photo is read as it would be without tiles.
        """
        own = float((height * width) ** 0.5)
        return max(float(trained), min(self.finer * trained, own))


@dataclass(frozen=True, slots=True)
class Span:
    """One tile along one side, in pixels: it is seen from ``start`` to ``stop`` and told from
    ``first`` to ``last``.
    """

    start: int
    stop: int
    first: int
    last: int


def spans(length: int, tiling: Tiling) -> list[Span]:
    """The tiles along a side of ``length`` pixels, a multiple of 32. All are equally long, the last
    one shifted back to end with the picture; what they tell covers it once.
    """
    last_start = max(0, length - tiling.side)
    starts = [*range(0, last_start, tiling.side - tiling.overlap), last_start]
    stops = [min(length, start + tiling.side) for start in starts]
    seams = [
        (stop + start) // 2 // STRIDE * STRIDE
        for stop, start in zip(stops[:-1], starts[1:], strict=True)
    ]
    return [
        Span(*place) for place in zip(starts, stops, [0, *seams], [*seams, length], strict=True)
    ]


def run_in_tiles(run: Callable[[Tensor], Output], pictures: Tensor, tiling: Tiling) -> Output:
    """What ``run`` says of pictures (B, 3, H, W), sides multiples of 32, tile by tile. The maps are
    those of the whole: (B, C, H / 4, W / 4), on the CPU.
    """
    rows, columns = (spans(length, tiling) for length in pictures.shape[2:])
    return _joined([[_told(run, pictures, row, column) for column in columns] for row in rows])


def _told(run: Callable[[Tensor], Output], pictures: Tensor, row: Span, column: Span) -> Output:
    output = run(pictures[:, :, row.start : row.stop, column.start : column.stop])
    down, across = _cells(row), _cells(column)
    return Output(*(plane[:, :, down, across].cpu() for plane in output))


def _cells(span: Span) -> slice:
    return slice((span.first - span.start) // STRIDE, (span.last - span.start) // STRIDE)


def _joined(tiles: list[list[Output]]) -> Output:
    strips = [[torch.cat(planes, dim=3) for planes in zip(*row, strict=True)] for row in tiles]
    return Output(*(torch.cat(planes, dim=2) for planes in zip(*strips, strict=True)))
