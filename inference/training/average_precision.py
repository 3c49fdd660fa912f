"""AP by the COCO rule, with faster-coco-eval."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.training.matching import Found

IOUS = (0.3, *np.arange(0.5, 1.0, 0.05).round(2).tolist())
MOST_FINDS = 500  # faces carry more lesions than the customary 100


def average_precision(pictures: Sequence[Found]) -> dict[float, float]:
    """AP (101 recall points) over all ``pictures`` by IoU: 0.3, and 0.5 to 0.95 by 0.05.
    NaN never: without true boxes it is 0.
    """
    finds = [row for number, found in enumerate(pictures, 1) for row in _finds(number, found)]
    if not finds or not any(len(found.truth) for found in pictures):
        return dict.fromkeys(IOUS, 0.0)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(_dataset(pictures))
        evaluation = COCOeval_faster(truth, truth.loadRes(finds), iouType="bbox")
        evaluation.params.iouThrs = np.array(IOUS)
        evaluation.params.maxDets = [1, 10, MOST_FINDS]
        evaluation.evaluate()
        evaluation.accumulate()
    # IoU × recall × category × area × most finds
    precision = np.asarray(evaluation.eval["precision"])[:, :, 0, 0, -1]
    return {step: float(row.clip(min=0).mean()) for step, row in zip(IOUS, precision, strict=True)}


def _finds(number: int, found: Found) -> list[dict[str, Any]]:
    return [
        {"image_id": number, "category_id": 1, "bbox": box.tolist(), "score": float(score)}
        for box, score in zip(found.boxes[:MOST_FINDS], found.scores[:MOST_FINDS], strict=True)
    ]


def _dataset(pictures: Sequence[Found]) -> dict[str, Any]:
    boxes = [(number, box) for number, found in enumerate(pictures, 1) for box in found.truth]
    return {
        "images": [{"id": number} for number in range(1, len(pictures) + 1)],
        "annotations": [
            {
                "id": index,
                "image_id": number,
                "category_id": 1,
                "bbox": box.tolist(),
                "area": float(box[2] * box[3]),
                "iscrowd": 0,
            }
            for index, (number, box) in enumerate(boxes, 1)
        ],
        "categories": [{"id": 1, "name": "lesion"}],
    }
