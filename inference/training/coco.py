"""COCO files as examples: a picture's path and what is marked on it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from inference.results import BOXED_TYPES, SEGMENTED_TYPES, LesionType

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ANY_LESION = "lesion"


class AnnotationError(ValueError):
    """A COCO file that cannot be used, with what to change in plain words."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One annotation. ``type`` is None where the file only says "lesion"; ``is_region``: one
    outline round a field of lesions; ``polygon`` (N, 2) in pixels.
    """

    box: tuple[float, float, float, float]
    type: LesionType | None
    is_region: bool = False
    polygon: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """``group``: pictures of one person share it; ``severity``: Hayashi grade 0-3 or None."""

    path: Path
    width: int
    height: int
    group: str
    severity: int | None = None
    marks: tuple[Mark, ...] = field(default=())


def read_coco(annotations: Path, images: Path) -> list[Picture]:
    """The pictures of a COCO file, sorted by file name.

    Raises AnnotationError for a file that is not COCO, for categories other than the six types
    or ``lesion``, and for boxes without area.
    """
    document = _load(annotations)
    types = {row["id"]: _lesion_type(row["name"], annotations) for row in document["categories"]}
    marks: dict[int, list[Mark]] = {row["id"]: [] for row in document["images"]}
    for row in document["annotations"]:
        if row["image_id"] not in marks or row["category_id"] not in types:
            raise AnnotationError(
                f"{annotations}: annotation {row.get('id')} names an image or a category that "
                "the file does not list"
            )
        marks[row["image_id"]].append(_mark(row, types[row["category_id"]], annotations))
    pictures = [_picture(row, images, tuple(marks[row["id"]])) for row in document["images"]]
    return sorted(pictures, key=lambda picture: picture.path.name)


def _load(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise AnnotationError(f"{path} cannot be read as JSON: {error}") from error
    missing = {"images", "annotations", "categories"} - set(document)
    if not isinstance(document, dict) or missing:
        raise AnnotationError(f"{path} is not a COCO file: it lacks {', '.join(sorted(missing))}")
    return document


def _lesion_type(name: str, path: Path) -> LesionType | None:
    if name == ANY_LESION:
        return None
    try:
        return LesionType(name)
    except ValueError:
        known = ", ".join(LesionType)
        raise AnnotationError(
            f"{path}: category {name!r} is unknown; use {known} or {ANY_LESION}"
        ) from None


def _mark(row: dict[str, Any], kind: LesionType | None, path: Path) -> Mark:
    x, y, width, height = (float(value) for value in row["bbox"])
    if not (width > 0 and height > 0):
        raise AnnotationError(f"{path}: annotation {row.get('id')} has a box without area")
    outline = row.get("segmentation")
    polygon = None
    if isinstance(outline, list) and outline and len(outline[0]) >= 6:
        polygon = np.asarray(outline[0], np.float32).reshape(-1, 2)
    return Mark((x, y, width, height), kind, bool(row.get("region")), polygon)


def _picture(row: dict[str, Any], images: Path, marks: tuple[Mark, ...]) -> Picture:
    return Picture(
        path=images / row["file_name"],
        width=int(row["width"]),
        height=int(row["height"]),
        group=str(row.get("group_id", row["file_name"])),
        severity=row.get("severity_grade"),
        marks=marks,
    )


def read_further_reader(path: Path) -> dict[str, NDArray[np.float32]]:
    """A further reader's boxes (N, 4) by file name; other files have no such reading."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {row["file_name"]: np.asarray(row["boxes"], np.float32).reshape(-1, 4) for row in rows}


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """The picture as RGB (H, W, 3). Raises AnnotationError if it cannot be read."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise AnnotationError(f"{path} is missing or not a picture")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)  # type: ignore[return-value]


def boxes_of(marks: list[Mark]) -> NDArray[np.float32]:
    """Boxes (N, 4): x, y, width, height in pixels."""
    return np.asarray([mark.box for mark in marks], np.float32).reshape(-1, 4)


def boxed_index(mark: Mark) -> int:
    """Index into BOXED_TYPES, −1 where the type is unknown."""
    return BOXED_TYPES.index(mark.type) if mark.type is not None else -1


def masks_of(picture: Picture) -> NDArray[np.bool_]:
    """Cysts and scars as (2, H, W); a mark without an outline counts as its box's ellipse."""
    planes = np.zeros((len(SEGMENTED_TYPES), picture.height, picture.width), np.uint8)
    for mark in picture.marks:
        if mark.type in SEGMENTED_TYPES:
            _fill(planes[SEGMENTED_TYPES.index(mark.type)], mark)
    return planes.astype(bool)


def _fill(plane: NDArray[np.uint8], mark: Mark) -> None:
    if mark.polygon is not None:
        cv2.fillPoly(plane, [np.rint(mark.polygon).astype(np.int32)], (1,))
        return
    x, y, width, height = mark.box
    centre = (round(x + width / 2), round(y + height / 2))
    cv2.ellipse(plane, centre, (round(width / 2), round(height / 2)), 0, 0, 360, (1,), -1)
