"""What the network says of annotated pictures, beside what is marked on them.

The whole picture goes through the detector as it is: no face is looked for, none is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from inference.detector.detect import bounding_box
from inference.results import BOXED_TYPES, SEGMENTED_TYPES
from inference.training.coco import read_rgb
from inference.training.evaluation.skin import Skin, measure_skin
from inference.training.given_place import type_at
from inference.training.matching import Found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from inference.detector import Detector
    from inference.detector.detect import Reading
    from inference.results import Lesion, LesionType
    from inference.training.coco import Picture

    Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Read:
    """One picture, what the network says of it, the type it gives at each true box, and what was
    measured on the skin (None where too little skin was seen, or nobody asked).
    """

    picture: Picture
    reading: Reading
    given: list[tuple[LesionType, LesionType]]
    skin: Skin | None = None


def read_all(
    detector: Detector, pictures: Sequence[Picture], *, with_given_place: bool = True
) -> list[Read]:
    """Each picture through the detector; ``with_given_place`` asks at the true boxes too.

    Raises ``inference.training.coco.AnnotationError`` for a picture that cannot be read.
    """
    return [
        _read(detector, picture, with_given_place=with_given_place)
        for picture in tqdm(pictures, mininterval=5, leave=False)
    ]


def _read(detector: Detector, picture: Picture, *, with_given_place: bool) -> Read:
    image = read_rgb(picture.path)
    typed = [mark for mark in picture.marks if mark.type in BOXED_TYPES and with_given_place]
    given = [(mark.type, type_at(detector, image, mark)) for mark in typed if mark.type]
    skin = measure_skin(image, [mark.box for mark in picture.marks])
    return Read(picture, detector.read(image), given, skin)


def true_boxes(picture: Picture, kind: LesionType | None = None) -> list[Any]:
    """The single lesions marked, of one type or of any; outlines round a field are left out."""
    marks = [mark for mark in picture.marks if not mark.is_region]
    return [mark.box for mark in marks if kind is None or mark.type is kind]


def any_lesion(read: Read) -> Found:
    """Every peak that is read, whatever its type, and every outline, against every box."""
    boxes = [
        read.reading.boxes,
        *(
            np.array([bounding_box(outline.polygon)], np.float32)
            for outline in read.reading.outlines
        ),
    ]
    scores = [*read.reading.lesion, *(outline.score for outline in read.reading.outlines)]
    return _found(np.concatenate(boxes), np.asarray(scores, np.float32), true_boxes(read.picture))


def any_peak(read: Read) -> Found:
    """Every peak that is read, whatever its type, against every box; no outlines."""
    reading = read.reading
    return _found(reading.boxes, reading.lesion, true_boxes(read.picture))


def of_type(read: Read, kind: LesionType) -> Found:
    """The finds that bear this type against the boxes of this type; fields are left out."""
    truth = true_boxes(read.picture, kind)
    if kind in SEGMENTED_TYPES:
        which = SEGMENTED_TYPES.index(kind)
        outlines = [o for o in read.reading.outlines if o.kind == which]
        boxes = [
            np.zeros((0, 4), np.float32),
            *(np.array([bounding_box(o.polygon)], np.float32) for o in outlines),
        ]
        scores = np.asarray([o.score for o in outlines], np.float32)
        return _found(np.concatenate(boxes), scores, truth)
    shares = read.reading.shares
    mine = shares.argmax(axis=1) == BOXED_TYPES.index(kind)
    return _found(read.reading.boxes[mine], (read.reading.lesion * shares.max(axis=1))[mine], truth)


def shown(read: Read, detector: Detector) -> list[Lesion]:
    """What a doctor would see: every find at or above the working threshold of its type."""
    found = detector.candidates(read.reading)
    return [one for one in found if one.score >= detector.thresholds[one.type]]


def shown_finds(read: Read, detector: Detector, kind: LesionType | None = None) -> Found:
    """The finds shown, of one type or of any, against the boxes of the same."""
    lesions = [one for one in shown(read, detector) if kind is None or one.type is kind]
    boxes = np.asarray([one.box for one in lesions], np.float32).reshape(-1, 4)
    scores = np.asarray([one.score for one in lesions], np.float32)
    return _found(boxes, scores, true_boxes(read.picture, kind))


def _found(boxes: Any, scores: Any, truth: list[Any]) -> Found:
    order = np.argsort(-scores, kind="stable")
    return Found(boxes[order], scores[order], np.asarray(truth, np.float32).reshape(-1, 4))
