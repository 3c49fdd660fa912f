"""From the network's maps to lesions: peaks and outlines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from inference.detector.losses import TINY, log_any
from inference.detector.network import STRIDE, Output

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.detector.network import NetworkConfig
    from inference.detector.weights import Calibration

CANDIDATES = 500  # faces carry more lesions than the customary 100
# Of the face's side: only between these does size say whether something is a lesion.
SMALL, LARGE = 1 / 40, 1 / 10
MOST_LOG_CELLS = 8.0  # of a side as a logarithm: no face is as large, and exp stays finite
SAME_CENTRE = 1.0  # cells by which two of them may differ on where one lesion's centre is
OUTLINE_TOLERANCE = 0.7  # pixels by which an outline may be simplified


class Peaks(NamedTuple):
    """The N places of each of B pictures where the heatmap is strongest, best first once their size
    is known. ``lesion`` (B, N): probability that any lesion is there; ``shares`` (B, N, 4): of
    which type, sums to 1; ``boxes`` (B, N, 4): x, y, width, height in pixels of the input.
    """

    lesion: Tensor
    shares: Tensor
    boxes: Tensor


class Outline(NamedTuple):
    """A cyst or scar: ``kind`` indexes SEGMENTED_TYPES; ``polygon`` (N, 2) in input pixels."""

    kind: int
    score: float
    polygon: NDArray[np.float32]


def lesion_probability(
    output: Output, config: NetworkConfig, calibration: Calibration, face_side: float
) -> Tensor:
    """Calibrated probability of any lesion by cell, each with the size that it gives itself:
    (B, h, w), fp32. ``face_side`` as for ``find_peaks``.
    """
    size = _pixels(output.size.movedim(1, -1), config, calibration)
    return _calibrated(_log_odds(output.heat), largeness(size, face_side), calibration)


def _log_odds(heat: Tensor) -> Tensor:
    """In fp32: bf16 logits tie and would keep twin peaks."""
    log_p, log_q = log_any(heat)
    return log_p - log_q


def _calibrated(log_odds: Tensor, large: Tensor, calibration: Calibration) -> Tensor:
    own = (log_odds - calibration.shift) / calibration.temperature
    return (own + calibration.size_gain * large).sigmoid()


def largeness(size: Tensor, face_side: float) -> Tensor:
    """Of boxes with width and height ``size`` (..., 2), by how much they are longer than a small
    lesion, as a logarithm (...): 0 for small ones, and no more from a tenth of the face on.
    ``face_side``: side of the square as large as the picture of the face, in the same unit.
    """
    side = size.sqrt().prod(dim=-1) / face_side
    return (side.clamp(SMALL, LARGE) / SMALL).log()


def _pixels(size: Tensor, config: NetworkConfig, calibration: Calibration) -> Tensor:
    """Width and height (..., 2) in the network's form -> in pixels of its input, as shown."""
    size = size.float()
    cells = size.clamp(max=MOST_LOG_CELLS).exp() if config.size_form == "log" else size.clamp(min=0)
    return calibration.box_scale * STRIDE * cells


def type_shares(types: Tensor, calibration: Calibration) -> Tensor:
    """Of which type a lesion would be. Logits (B, 4, ...) -> same shape, sums to 1 over dim 1."""
    temperature, shift = (
        types.new_tensor(values, dtype=torch.float32)
        for values in (calibration.type_temperature, calibration.type_shift)
    )
    of_likeliest = temperature[types.argmax(dim=1)][:, None]
    return (types.float() / of_likeliest + shift.view(1, -1, *[1] * (types.ndim - 2))).softmax(
        dim=1
    )


def find_peaks(
    output: Output,
    config: NetworkConfig,
    calibration: Calibration,
    face_side: float,
    count: int = CANDIDATES,
) -> Peaks:
    """Local maxima of the any-lesion map by 3×3 max-pool equality (Zhou et al. 2019, section 4).

    One place is one lesion, whatever its type, so peaks are taken on the combined map. ``config``
    says in which form the sizes are and how far round a centre its box was taught; ``face_side``:
    side of the square as large as the face is read, in pixels of the network's input.
    """
    log_odds = _log_odds(output.heat)
    pooled = F.max_pool2d(log_odds[:, None], 3, stride=1, padding=1)[:, 0]
    peaks = torch.where(log_odds == pooled, log_odds, torch.full_like(log_odds, -torch.inf))
    B, h, w = peaks.shape
    strongest, cells = peaks.view(B, h * w).topk(min(count, h * w), dim=1)
    places = _steadied(_geometry(output), log_odds.sigmoid(), cells, config.spread)
    centre, size = STRIDE * places[..., :2], _pixels(places[..., 2:], config, calibration)
    lesion = _calibrated(strongest, largeness(size, face_side), calibration)
    shares = type_shares(_at(output.types, cells).transpose(1, 2), calibration).transpose(1, 2)
    boxes = torch.cat([centre - size / 2, size], dim=-1)
    order = lesion.argsort(dim=1, descending=True, stable=True)
    shares, boxes = (torch.take_along_dim(part, order[..., None], 1) for part in (shares, boxes))
    return Peaks(lesion.gather(1, order), shares, boxes)


def _geometry(output: Output) -> Tensor:
    """Each cell's box as (B, 4, h, w): centre x and y in cells, width and height in the form of
    ``output.size``.
    """
    h, w = output.offset.shape[-2:]
    rows, columns = torch.meshgrid(
        *(torch.arange(n, device=output.offset.device) for n in (h, w)), indexing="ij"
    )
    centre = torch.stack([columns, rows]) + output.offset.float()
    return torch.cat([centre, output.size.float()], dim=1)


def _steadied(geometry: Tensor, lesion: Tensor, cells: Tensor, spread: int) -> Tensor:
    """Boxes (B, 4, h, w) at ``cells`` (B, N) -> (B, N, 4), each the mean of those up to ``spread``
    cells away, which were taught the box of the same centre and do not all err alike. Weights are
    the probability ``lesion`` (B, h, w), before calibration, so that boxes do not hang on it, and
    how near to the peak's own centre a cell puts its own: a neighbouring lesion's cells hardly
    count.
    """
    w = geometry.shape[-1]
    steps = torch.arange(-spread, spread + 1, device=cells.device)
    away = (steps[:, None] * (w + 2 * spread) + steps).flatten()
    own = (cells // w + spread) * (w + 2 * spread) + cells % w + spread
    around = own[..., None] + away
    rims = (spread,) * 4
    boxes, weights = (
        _at(F.pad(plane, rims), around.flatten(1)).reshape(*around.shape, -1)
        for plane in (geometry, lesion[:, None])
    )
    middle = boxes[:, :, len(away) // 2, None]
    apart = (boxes[..., :2] - middle[..., :2]).square().sum(dim=-1, keepdim=True)
    weights = weights * (-apart / (2 * SAME_CENTRE**2)).exp()
    mean: Tensor = (boxes * weights).sum(dim=2) / weights.sum(dim=2).clamp(min=TINY)
    return mean


def _at(plane: Tensor, cells: Tensor) -> Tensor:
    """(B, C, h, w) at cells (B, N) -> (B, N, C)."""
    flat = plane.flatten(2)
    return flat.gather(2, cells[:, None].expand(-1, flat.shape[1], -1)).transpose(1, 2)


def find_outlines(mask: NDArray[np.float32], calibration: Calibration) -> list[Outline]:
    """Cysts and scars of one picture, best first. ``mask``: probabilities (2, h, w) at stride 4.

    A connected part above the cut is one lesion; its score is the calibrated probability that it is
    one, by the mean inside.
    """
    found = []
    for kind, plane in enumerate(mask):
        full = cv2.resize(plane, None, fx=STRIDE, fy=STRIDE, interpolation=cv2.INTER_LINEAR)
        inside = (full >= calibration.mask_cut).astype(np.uint8)
        contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        least = calibration.mask_least_cells * STRIDE**2
        found += [
            Outline(
                kind,
                _probability(_mean_inside(full, contour), kind, calibration),
                _simplified(contour),
            )
            for contour in contours
            if cv2.contourArea(contour) >= least
        ]
    return sorted(found, key=lambda outline: -outline.score)


def _mean_inside(plane: NDArray[np.float32], contour: NDArray[np.int32]) -> float:
    x, y, width, height = cv2.boundingRect(contour)
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [contour - (x, y)], -1, (1,), -1)
    return float(plane[y : y + height, x : x + width][inside > 0].mean())


def _probability(mean: float, kind: int, calibration: Calibration) -> float:
    log_odds = math.log(max(mean, TINY)) - math.log(max(1 - mean, TINY))
    shift, temperature = calibration.outline_shift[kind], calibration.outline_temperature[kind]
    return (1 + math.tanh((log_odds - shift) / temperature / 2)) / 2  # never overflows


def _simplified(contour: NDArray[np.int32]) -> NDArray[np.float32]:
    return cv2.approxPolyDP(contour, OUTLINE_TOLERANCE, closed=True)[:, 0].astype(np.float32) + 0.5


def iou(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of boxes (N, 4) and (M, 4) -> (N, M)."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum((first[:, :2] + first[:, 2:])[:, None], (second[:, :2] + second[:, 2:])[None])
    shared = (high - low).clip(min=0).prod(axis=2)
    areas = first[:, 2:].prod(axis=1)[:, None] + second[:, 2:].prod(axis=1)[None]
    return np.asarray(shared / np.maximum(areas - shared, 1e-9), np.float32)
