"""Which type the network gives to a lesion whose place is known."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch

from inference.detector.decode import lesion_probability, type_shares
from inference.detector.network import STRIDE
from inference.results import BOXED_TYPES, LesionType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from inference.detector import Detector
    from inference.training.coco import Mark

WINDOW = 192  # pixels of the network's input
LESION_SIDE, FIELD_SIDE = 40, 144  # to which a lesion or a field of comedones is brought
STRONGEST = 8  # cells that decide


def type_at(detector: Detector, image: NDArray[np.uint8], mark: Mark) -> LesionType:
    """The boxed type with the most probability in the true box's strongest cells.

    The surroundings of the box are brought to the size that lesions have in training; a box at
    the border is continued by the picture's last pixels. ``image`` RGB (H, W, 3).
    """
    x, y, width, height = mark.box
    side = FIELD_SIDE if mark.is_region else LESION_SIDE
    scale = side / (width * height) ** 0.5
    matrix = np.array(
        [
            [scale, 0, WINDOW / 2 - scale * (x + width / 2)],
            [0, scale, WINDOW / 2 - scale * (y + height / 2)],
        ]
    )
    window = _warped(image, matrix, scale)
    output = detector.run(torch.from_numpy(window.transpose(2, 0, 1)[None].copy()))
    sizeless = dataclasses.replace(detector.calibration, size_gain=0.0)  # the size is the window's
    lesion = lesion_probability(output, detector.network.config, sizeless, WINDOW)
    typed = (lesion[:, None] * type_shares(output.types, detector.calibration))[0]
    half = np.minimum(np.array([width, height]) * scale / STRIDE / 2, WINDOW / STRIDE / 2)
    left, top = np.floor(WINDOW / STRIDE / 2 - half).astype(int)
    inside = typed[:, top : WINDOW // STRIDE - top, left : WINDOW // STRIDE - left].flatten(1)
    strongest = inside.topk(min(STRONGEST, inside.shape[1]), dim=1).values.mean(dim=1)
    return BOXED_TYPES[int(strongest.argmax())]


def _warped(image: NDArray[np.uint8], matrix: Any, scale: float) -> NDArray[np.uint8]:
    if scale < 1:  # a linear warp alone would leave out pixels
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / scale)  # type: ignore[assignment]
    return cv2.warpAffine(  # type: ignore[return-value]
        image, matrix, (WINDOW, WINDOW), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def confusion(pairs: Sequence[tuple[LesionType, LesionType]]) -> dict[str, Any]:
    """Accuracy and counts by true type, then by type given."""
    counts = Counter(pairs)
    return {
        "accuracy": sum(true is given for true, given in pairs) / len(pairs),
        "confusion": {
            true.value: {given.value: counts[true, given] for given in BOXED_TYPES}
            for true in BOXED_TYPES
        },
    }
