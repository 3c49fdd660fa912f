"""The detector as the pipeline sees it: crops of faces in, calibrated lesions out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from inference.detector.decode import (
    Outline,
    find_outlines,
    find_peaks,
    iou,
    lesion_probability,
)
from inference.detector.mirror import run_both_ways
from inference.detector.network import MULTIPLE, STRIDE, Network, Output, fold_batch_norms
from inference.detector.tiles import Tiling, run_in_tiles
from inference.detector.weights import DEFAULT_WEIGHTS, Card, read_network, stored_thresholds
from inference.results import BOXED_TYPES, SEGMENTED_TYPES, Lesion, LesionType, Model

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

SAME_PLACE = 0.4  # IoU of a box and a cyst's; on rendered faces few pairs lie between this and 0


@dataclass(frozen=True)
class Detections:
    """``candidates``: best first, boxes in pixels of the given crop. ``heat`` (h, w) float32:
    probability that any lesion is there, one cell for every 4 working pixels.
    """

    candidates: tuple[Lesion, ...]
    heat: NDArray[np.float32]


class Maps(NamedTuple):
    """The network's maps of one crop, crop pixels for each working pixel (x, y), and the working
    size (width, height) without padding.
    """

    output: Output
    factor: NDArray[np.float32]
    size: tuple[int, int]


class Reading(NamedTuple):
    """What the network says of one crop, in the crop's pixels: ``lesion`` (N,), ``shares``
    (N, 4), ``boxes`` (N, 4) as in ``Peaks``; outlines; the any-lesion map.
    """

    lesion: NDArray[np.float32]
    shares: NDArray[np.float32]
    boxes: NDArray[np.float32]
    outlines: list[Outline]
    heat: NDArray[np.float32]


class Detector:
    """Takes the network over: it is made ready for reading and can't be trained any more.

    ``side`` (see ``NetworkConfig``), ``model``, ``thresholds`` (working, by type) and ``floor``
    come with the weights. ``tiling``: how photos with more pixels than that are read; without it
    they are shrunk. ``mirrored``: whether each is read a second time, mirrored.
    """

    def __init__(
        self,
        network: Network,
        card: Card,
        sha256: str,
        device: str = "cpu",
        tiling: Tiling | None = None,
        *,
        mirrored: bool = False,
    ) -> None:
        self.device, self.tiling, self.mirrored = device, tiling, mirrored
        fold_batch_norms(network.eval())
        self.network = network.to(device).to(memory_format=torch.channels_last)
        self.side = network.config.side
        self.calibration = card.calibration
        self.model = Model("cleargrade-centernet-dla34", card.version, sha256)
        self.thresholds = stored_thresholds(card.calibration)
        self.floor = card.calibration.floor
        self.grade_points = card.calibration.grades

    def detect(self, crops: Sequence[Image]) -> list[Detections]:
        """Lesions of each crop: RGB uint8 (H, W, 3), a face with a little margin, any size.

        Raises ValueError for anything that is not such a picture.
        """
        readings = [self.read(crop) for crop in crops]
        return [Detections(self.candidates(one), one.heat) for one in readings]

    def read(self, crop: Image) -> Reading:
        """Every peak and outline of one crop, nothing left out for its score; a peak at the place
        of a cyst that is shown is left out, for the cyst is the same lesion.
        """
        return self.interpret(self.look(crop))

    def look(self, crop: Image) -> Maps:
        """What the network says of one crop, before any calibration."""
        _check(crop)
        height, width = crop.shape[:2]
        side = self.tiling.working_side(self.side, height, width) if self.tiling else self.side
        scale = side / (height * width) ** 0.5
        size = max(MULTIPLE, round(width * scale)), max(MULTIPLE, round(height * scale))
        factor = np.array([width / size[0], height / size[1]], np.float32)
        picture = _padded(_resized(crop, size))
        return Maps(self._seen(picture), factor, size)

    def _seen(self, picture: Tensor) -> Output:
        def look(pictures: Tensor) -> Output:
            return run_both_ways(self.run, pictures) if self.mirrored else self.run(pictures)

        return run_in_tiles(look, picture, self.tiling) if self.tiling else look(picture)

    def interpret(self, maps: Maps) -> Reading:
        """Peaks and outlines in the crop's pixels, by this detector's calibration, as ``read``."""
        output, factor = maps.output, maps.factor
        as_read = self.network.config, self.calibration, math.prod(maps.size) ** 0.5
        peaks = find_peaks(output, *as_read)
        w, h = (-(-side // STRIDE) for side in maps.size)
        mask = output.mask[0, :, :h, :w].sigmoid().cpu().numpy()
        outlines = [
            outline._replace(polygon=outline.polygon * factor)
            for outline in find_outlines(mask, self.calibration)
        ]
        heat = lesion_probability(output, *as_read)[0, :h, :w]
        boxes = np.multiply(peaks.boxes[0].cpu().numpy(), np.tile(factor, 2), dtype=np.float32)
        alone = ~self._outlined_too(boxes, outlines)
        return Reading(
            peaks.lesion[0].cpu().numpy()[alone],
            peaks.shares[0].cpu().numpy()[alone],
            boxes[alone],
            outlines,
            heat.float().cpu().numpy(),
        )

    def _outlined_too(
        self, boxes: NDArray[np.float32], outlines: Sequence[Outline]
    ) -> NDArray[np.bool_]:
        """Which of the boxes (N, 4) a cyst that is shown takes the place of: the network boxes most
        cysts as nodules as well, and one place is one lesion. Round a scar a box may be acne.
        """
        cysts = [
            bounding_box(one.polygon)
            for one in self.shown_outlines(outlines)
            if SEGMENTED_TYPES[one.kind] is LesionType.CYST
        ]
        overlaps = iou(boxes, np.array(cysts, np.float32).reshape(-1, 4))
        return np.asarray((overlaps >= SAME_PLACE).any(axis=1))

    def shown_outlines(self, outlines: Sequence[Outline]) -> list[Outline]:
        """Those at or above the working threshold of their type."""
        return [one for one in outlines if one.score >= self.thresholds[SEGMENTED_TYPES[one.kind]]]

    @torch.inference_mode()
    def run(self, pictures: Tensor) -> Output:
        """The network's maps in fp32 for uint8 pictures (B, 3, H, W), sides multiples of 32."""
        kind = torch.device(self.device).type
        with torch.autocast(kind, torch.bfloat16, enabled=has_fast_bf16(kind)):
            output = self.network(pictures.to(self.device))
        return Output(*(plane.float() for plane in output))

    def candidates(self, reading: Reading) -> tuple[Lesion, ...]:
        """Every find with a score of at least ``floor``, best first, in the crop's pixels."""
        found = [*self._boxed(reading), *self._outlined(reading)]
        kept = [lesion for lesion in found if lesion.score >= self.floor]
        return tuple(sorted(kept, key=lambda lesion: -lesion.score))

    def _boxed(self, reading: Reading) -> list[Lesion]:
        types = reading.shares.argmax(axis=1)
        scores = reading.lesion * reading.shares.max(axis=1)
        return [
            Lesion(BOXED_TYPES[kind], float(score), tuple(float(value) for value in box))  # type: ignore[arg-type]
            for kind, score, box in zip(types, scores, reading.boxes, strict=True)
        ]

    def _outlined(self, reading: Reading) -> list[Lesion]:
        return [
            Lesion(
                SEGMENTED_TYPES[outline.kind],
                outline.score,
                bounding_box(outline.polygon),
                polygon=tuple((float(x), float(y)) for x, y in outline.polygon),
            )
            for outline in reading.outlines
        ]


def bounding_box(polygon: NDArray[np.float32]) -> tuple[float, float, float, float]:
    """x, y, width, height of a polygon (N, 2)."""
    left, top = (float(value) for value in polygon.min(axis=0))
    right, bottom = (float(value) for value in polygon.max(axis=0))
    return left, top, right - left, bottom - top


def has_fast_bf16(device_type: str) -> bool:
    """Whether bf16 is done by the hardware; where it is emulated, fp32 is faster."""
    if device_type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    # older torch has none
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def _check(crop: Image) -> None:
    if crop.dtype != np.uint8 or crop.ndim != 3 or crop.shape[2] != 3 or not crop.size:
        raise ValueError(f"a crop is RGB uint8 (H, W, 3); got {crop.dtype} {crop.shape}")


def _resized(crop: Image, size: tuple[int, int]) -> Image:
    shrinks = size[0] < crop.shape[1]
    return cv2.resize(crop, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)  # type: ignore[return-value]


def _padded(picture: Image) -> Tensor:
    """To multiples of 32 with black below and to the right: uint8 (1, 3, H, W)."""
    height, width = picture.shape[:2]
    padded = np.zeros(
        (-(-height // MULTIPLE) * MULTIPLE, -(-width // MULTIPLE) * MULTIPLE, 3), np.uint8
    )
    padded[:height, :width] = picture
    return torch.from_numpy(padded.transpose(2, 0, 1)[None].copy())


def load_detector(
    path: Path | None = None,
    device: str = "cpu",
    tiling: Tiling | None = None,
    *,
    mirrored: bool = False,
) -> Detector:
    """The detector of ``path`` or of the repository's own weights, reading in tiles, and mirrored
    too, where asked.

    Raises WeightsError if the file is missing, damaged or of another network.
    """
    network, card, sha256 = read_network(path or DEFAULT_WEIGHTS)
    return Detector(network, card, sha256, device, tiling, mirrored=mirrored)
