"""Outlines of cysts and scars against those marked, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from inference.results import SEGMENTED_TYPES
from inference.training.evaluation.reads import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from inference.detector import Detector
    from inference.training.evaluation.measures import Floats
    from inference.training.evaluation.reads import Read

    Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class MaskOverlap:
    """Pixels that both or either say, by picture (P,)."""

    both: Floats
    either: Floats

    @staticmethod
    def of(pairs: Sequence[tuple[Mask, Mask]]) -> MaskOverlap:
        """Of the true mask and ours, (H, W) each, of every picture."""
        return MaskOverlap(
            np.array([(true & ours).sum() for true, ours in pairs], np.float64),
            np.array([(true | ours).sum() for true, ours in pairs], np.float64),
        )

    def iou(self, weights: Floats) -> float:
        """Over the pixels of all pictures together; not a number where neither says anything."""
        whole = float(weights @ self.either)
        return float(weights @ self.both) / whole if whole else float("nan")


def shown_masks(read: Read, detector: Detector) -> Mask:
    """The cysts and scars shown, as (2, H, W) in the picture's pixels."""
    planes = np.zeros((len(SEGMENTED_TYPES), read.picture.height, read.picture.width), np.uint8)
    for one in shown(read, detector):
        if one.polygon is not None and one.type in SEGMENTED_TYPES:
            outline = np.rint(np.asarray(one.polygon)).astype(np.int32)
            cv2.fillPoly(planes[SEGMENTED_TYPES.index(one.type)], [outline], (1,))
    return planes.astype(bool)
