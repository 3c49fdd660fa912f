"""One photo's way: face, quality, detect, grade; every stage's time travels with the result."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from inference.detector import load_detector
from inference.face import Box, FaceMap, crop_box, find_faces
from inference.grading import Calibration as GradeCalibration
from inference.grading import grade_photo, midline, no_grades
from inference.quality import check_faces
from inference.results import FACE_VIEWS, Heatmap, Lesion, Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from inference.detector import Detections, Detector
    from inference.photo import Pixels
    from inference.results import Face, Json, Quality, Request


@dataclass(frozen=True, slots=True)
class Examined:
    """A photo after face and quality, before the network."""

    image: Pixels
    request: Request
    face: Face | None
    quality: Quality
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def readable(self) -> Face | None:
        """The face to be read; None if the photo was refused or its view is not read."""
        return self.face if self.quality.accepted else None


class Pipeline:
    """The stages around one detector."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector

    def run(self, pairs: Sequence[tuple[Pixels, Request]]) -> list[Result]:
        """Analyse upright uint8 RGB photos; the network sees all that passed at once.

        ``timings_ms`` of a result: ``face``, ``quality``, ``detect`` (the batch's time shared
        evenly among the photos read), ``grade`` and ``total``.
        """
        return self.read([examine(image, request) for image, request in pairs])

    def read(self, photos: Sequence[Examined]) -> list[Result]:
        """Detect and grade photos that were examined before."""
        readable = {place: one.readable for place, one in enumerate(photos)}
        faces = {place: face for place, face in readable.items() if face is not None}
        found = self._detect({place: (photos[place], face) for place, face in faces.items()})
        return [found.get(place) or self._unread(one) for place, one in enumerate(photos)]

    def _detect(self, photos: dict[int, tuple[Examined, Face]]) -> dict[int, Result]:
        if not photos:
            return {}
        boxes = {place: crop_box(face, one.image) for place, (one, face) in photos.items()}
        spent: dict[str, float] = {}
        with _timed(spent, "detect"):
            crops = [
                np.ascontiguousarray(boxes[p].cut(one.image)) for p, (one, _) in photos.items()
            ]
            detections = self.detector.detect(crops)
        share = {"detect": spent["detect"] / len(photos)}
        return {
            place: self._graded(one, face, boxes[place], found, share)
            for (place, (one, face)), found in zip(photos.items(), detections, strict=True)
        }

    def _graded(
        self, photo: Examined, face: Face, box: Box, found: Detections, spent: dict[str, float]
    ) -> Result:
        timings = {**photo.timings_ms, **spent}
        with _timed(timings, "grade"):
            candidates = place_on_face(found.candidates, face, box)
            grades = grade_photo(
                candidates,
                self.detector.thresholds,
                midline=midline(face.landmarks),
                calibration=GradeCalibration.from_json(self.detector.grade_points),
            )
        heatmap = Heatmap(png=_png(found.heat), box=(box.x, box.y, box.width, box.height))
        result = self._result(photo, grades, timings)
        return replace(result, candidates=candidates, heatmap=heatmap)

    def _unread(self, photo: Examined) -> Result:
        return self._result(photo, no_grades(), photo.timings_ms)

    def _result(self, photo: Examined, grades: Json, timings: dict[str, float]) -> Result:
        height, width = photo.image.shape[:2]
        total = sum(timings.values())
        return Result(
            view=photo.request.view,
            width=width,
            height=height,
            quality=photo.quality,
            face=photo.face,
            candidates=(),
            floor=self.detector.floor,
            thresholds=self.detector.thresholds,
            grade_points=self.detector.grade_points,
            grades=grades,
            model=self.detector.model,
            timings_ms={name: round(ms, 1) for name, ms in {**timings, "total": total}.items()},
        )


@cache
def default_pipeline() -> Pipeline:
    """The pipeline with the weights in ``inference/weights``, loaded once a process, on first use.

    Raises ``inference.detector.weights.WeightsError`` if they are missing or damaged.
    """
    return Pipeline(load_detector())


def examine(image: Pixels, request: Request) -> Examined:
    """Find the face and judge the photo; needs no weights."""
    timings: dict[str, float] = {}
    with _timed(timings, "face"):
        faces = find_faces(image) if request.view in FACE_VIEWS else []
    with _timed(timings, "quality"):
        quality, face = check_faces(image, request, faces)
    return Examined(image, request, face, quality, timings)


def place_on_face(candidates: Sequence[Lesion], face: Face, box: Box) -> tuple[Lesion, ...]:
    """Move candidates from the crop to the photo, name their regions, drop those off the face.

    ``box``: where the crop was cut. Best first.
    """
    where = FaceMap(face)
    moved = (_moved(one, box) for one in candidates)
    placed = [
        replace(one, region=where.region_of(one.centre))
        for one in moved
        if where.covers(one.centre)
    ]
    return tuple(sorted(placed, key=lambda one: one.score, reverse=True))


def _moved(lesion: Lesion, box: Box) -> Lesion:
    x, y, width, height = lesion.box
    outline = lesion.polygon
    polygon = tuple((px + box.x, py + box.y) for px, py in outline) if outline else None
    return replace(lesion, box=(x + box.x, y + box.y, width, height), polygon=polygon)


def _png(heat: npt.NDArray[np.float32]) -> bytes:
    grey = np.rint(np.clip(heat, 0, 1) * 255).astype(np.uint8)
    written, data = cv2.imencode(".png", grey)
    if not written:
        raise RuntimeError("The heatmap could not be written as PNG.")
    return data.tobytes()


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[stage] = (time.perf_counter() - start) * 1000
