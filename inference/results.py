"""What an analysis is asked and what it answers: frozen dataclasses and their versioned JSON.

Standard library only, so that the web tier may read stored results without the models.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCHEMA = 1

Point = tuple[float, float]
Json = dict[str, Any]


class LesionType(StrEnum):
    """The six lesion types of the paper, from the mildest to the worst, scars last."""

    COMEDONE = "comedone"
    PAPULE = "papule"
    PUSTULE = "pustule"
    NODULE = "nodule"
    CYST = "cyst"
    SCAR = "scar"


BOXED_TYPES = (LesionType.COMEDONE, LesionType.PAPULE, LesionType.PUSTULE, LesionType.NODULE)
SEGMENTED_TYPES = (LesionType.CYST, LesionType.SCAR)


class View(StrEnum):
    FRONT = "front"
    LEFT = "left"
    RIGHT = "right"
    CHEST = "chest"
    BACK = "back"


FACE_VIEWS = (View.FRONT, View.LEFT, View.RIGHT)


class Region(StrEnum):
    """Facial regions of GAGS. Left and right are the patient's own."""

    FOREHEAD = "forehead"
    RIGHT_CHEEK = "right_cheek"
    LEFT_CHEEK = "left_cheek"
    NOSE = "nose"
    CHIN = "chin"


@dataclass(frozen=True, slots=True)
class Request:
    """What differs per photo: the view asked for and the clinic's quality limits.

    ``view``: left means that the patient's left cheek faces the camera.
    ``quality_limits`` overrides entries of ``inference.quality.limits.DEFAULT_LIMITS`` by name.
    """

    view: View = View.FRONT
    quality_limits: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason or caution of the quality check: a code, what was measured, what was allowed."""

    code: str
    value: float
    limit: float
    message: str


@dataclass(frozen=True, slots=True)
class Quality:
    """``reasons`` refuse the photo, most useful first; ``cautions`` only accompany it."""

    accepted: bool
    reasons: tuple[Finding, ...] = ()
    cautions: tuple[Finding, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pose:
    """Degrees. Yaw is positive when the patient's left cheek faces the camera, pitch when the
    face looks up, roll when the head leans to the patient's left shoulder.
    """

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, slots=True)
class Face:
    """``box``: x, y, width, height in pixels. ``landmarks``: 478 points of the MediaPipe mesh,
    x and y in pixels, z in pixels relative to the head's centre. ``hidden``: triangles of
    ``inference.tracking.canonical`` whose skin something covers; results stored before it was kept
    have none.
    """

    box: tuple[float, float, float, float]
    landmarks: tuple[tuple[float, float, float], ...]
    pose: Pose
    regions: Mapping[Region, tuple[Point, ...]]
    hidden: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Lesion:
    """A candidate of the network. ``box``: x, y, width, height in pixels of the upright photo;
    ``score``: calibrated probability; ``polygon``: outline in pixels, cysts and scars only;
    ``region``: None outside the five regions.
    """

    type: LesionType
    score: float
    box: tuple[float, float, float, float]
    region: Region | None = None
    polygon: tuple[Point, ...] | None = None

    @property
    def centre(self) -> Point:
        x, y, width, height = self.box
        return x + width / 2, y + height / 2


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Heatmap:
    """The network's reduced "some lesion" map, a private side file of a result.

    ``png``: 8-bit grey PNG; value 255 is probability 1. ``box``: the part of the photo it covers
    (x, y, width, height in pixels of the upright photo).
    """

    png: bytes
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Result:
    """All that one model version says about one photo.

    ``candidates``: every candidate with a score of at least ``floor``, best first; empty for a
    refused photo and for chest and back. ``grades``: by criterion (``china_2019``, ``hayashi``,
    ``gags``), each with ``grade`` and ``reasons``; ``grade`` is None when nothing was graded.
    ``grade_points``: what turned evidence into the grades' probabilities, by grade, so that the
    site can do the same for a whole visit (``inference.grading.Calibration.from_json``).
    """

    view: View
    width: int
    height: int
    quality: Quality
    face: Face | None
    candidates: tuple[Lesion, ...]
    floor: float
    thresholds: Mapping[LesionType, float]
    grades: Json
    model: Model
    timings_ms: Mapping[str, float]
    heatmap: Heatmap | None = None
    grade_points: Mapping[str, Sequence[Point]] = field(default_factory=dict)

    @property
    def lesions(self) -> tuple[Lesion, ...]:
        """The candidates that count: at or above the working threshold of their type."""
        return tuple(c for c in self.candidates if c.score >= self.thresholds[c.type])

    @property
    def counts(self) -> dict[str, int]:
        counted = [lesion.type for lesion in self.lesions]
        return {kind.value: counted.count(kind) for kind in LesionType}

    @property
    def counts_by_region(self) -> dict[str, dict[str, int]]:
        table = {region.value: {kind.value: 0 for kind in LesionType} for region in Region}
        for lesion in self.lesions:
            if lesion.region is not None:
                table[lesion.region.value][lesion.type.value] += 1
        return table

    def to_json(self) -> Json:
        """The stored form: primitives only, the heatmap's picture left out (it is a side file)."""
        document = {
            "schema": SCHEMA,
            "view": self.view.value,
            "width": self.width,
            "height": self.height,
            "quality": asdict(self.quality),
            "face": _face_json(self.face),
            "candidates": [lesion_json(lesion) for lesion in self.candidates],
            "floor": self.floor,
            "thresholds": {kind.value: value for kind, value in self.thresholds.items()},
            "grade_points": dict(self.grade_points),
            "counts": self.counts,
            "counts_by_region": self.counts_by_region,
            "grades": self.grades,
            "model": asdict(self.model),
            "timings_ms": dict(self.timings_ms),
            "heatmap_box": list(self.heatmap.box) if self.heatmap else None,
        }
        primitives: Json = _primitives(document)
        return primitives


def lesion_json(lesion: Lesion) -> Json:
    """One lesion as primitives: score to four places, coordinates to a tenth of a pixel."""
    document: Json = {
        "type": lesion.type.value,
        "score": round(lesion.score, 4),
        "box": [round(value, 1) for value in lesion.box],
        "region": lesion.region.value if lesion.region else None,
    }
    if lesion.polygon is not None:
        document["polygon"] = [[round(x, 1), round(y, 1)] for x, y in lesion.polygon]
    return document


def lesion_from_json(document: Mapping[str, Any]) -> Lesion:
    """Read what :func:`lesion_json` wrote; ``KeyError`` or ``ValueError`` for anything else."""
    x, y, width, height = document["box"]
    polygon = document.get("polygon")
    region = document.get("region")
    return Lesion(
        type=LesionType(document["type"]),
        score=float(document["score"]),
        box=(float(x), float(y), float(width), float(height)),
        region=Region(region) if region else None,
        polygon=tuple((float(px), float(py)) for px, py in polygon) if polygon else None,
    )


def _face_json(face: Face | None) -> Json | None:
    if face is None:
        return None
    return {
        "box": [round(value, 1) for value in face.box],
        "landmarks": [[round(value, 1) for value in point] for point in face.landmarks],
        "pose": {name: round(value, 1) for name, value in asdict(face.pose).items()},
        "regions": {
            region.value: [[round(x, 1), round(y, 1)] for x, y in outline]
            for region, outline in face.regions.items()
        },
        "hidden": list(face.hidden),
    }


def _primitives(value: Any) -> Any:
    """Tuples become lists, so that what is returned equals what JSON gives back."""
    if isinstance(value, dict):
        return {str(key): _primitives(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_primitives(item) for item in value]
    return value
