"""Real close-up lesions cut out and blended onto faces, their type known.

What is carried over is the lesion's optical density against the skin round it, so it takes on the
colour and the light of the skin that receives it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from inference.results import LesionType
from inference.training.synthesis.colour import Bools, Bytes, Floats, to_bytes, to_light
from inference.training.synthesis.masks import read_rgb
from inference.training.synthesis.placement import NoRoomError, Placement
from inference.training.synthesis.plan import FACE_WIDTH_MM, draw_diameter_mm
from inference.training.synthesis.render import (
    RenderedFace,
    RenderedLesion,
    Window,
    label,
)
from inference.training.synthesis.skin import blur_sigma, face_width, skin_mask

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_CLIP_SIDE = 120  # pixels of a stored cutting: more than any lesion on a face photo needs
_RING = 0.5  # margin of skin round the box, of its longer side


@dataclass(frozen=True, slots=True)
class Cutting:
    """One lesion off its skin. ``density``: (n, n, 3) against the skin round it; ``mask``: (n, n)
    bool; ``alpha``: (n, n) in 0..1, 1 on the lesion and 0 at the border; ``source``: file name.
    """

    type: LesionType
    density: Floats
    mask: Bools
    alpha: Floats
    source: str


def load_cuttings(annotations: Path, images: Path) -> list[Cutting]:
    """Cuttings of a COCO file's lesions; outlines marked ``region`` are fields and left out.

    A loose box or polygon is tightened to the part that differs most from the skin round it; an
    annotation whose lesion does not stand out is left out.
    """
    coco = json.loads(annotations.read_text())
    names = {category["id"]: category["name"] for category in coco["categories"]}
    by_image: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for annotation in coco["annotations"]:
        if not annotation.get("region"):
            by_image[annotation["image_id"]].append(annotation)
    cuttings = []
    for entry in coco["images"]:
        if entry["id"] in by_image:
            picture = read_rgb(images / entry["file_name"])
            found = (
                _cut(picture, one["bbox"], names[one["category_id"]], entry["file_name"])
                for one in by_image[entry["id"]]
            )
            cuttings += [cutting for cutting in found if cutting is not None]
    return cuttings


def _cut(picture: Bytes, box: Sequence[float], kind: str, source: str) -> Cutting | None:
    x, y, width, height = box
    side = max(width, height) * (1 + 2 * _RING)
    reach = min(side, 1.3 * min(picture.shape[:2])) / 2
    centre_x, centre_y = x + width / 2, y + height / 2
    rows = np.linspace(centre_y - reach, centre_y + reach, 2 * _CLIP_SIDE, dtype=np.float32)
    columns = np.linspace(centre_x - reach, centre_x + reach, 2 * _CLIP_SIDE, dtype=np.float32)
    grid_x, grid_y = np.meshgrid(columns, rows)
    fine = cv2.remap(picture, grid_x, grid_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    clip = cv2.resize(fine, (_CLIP_SIDE, _CLIP_SIDE), interpolation=cv2.INTER_AREA)
    density = _density(np.asarray(clip, np.uint8))
    within = (np.abs(grid_x - centre_x) < width / 2) & (np.abs(grid_y - centre_y) < height / 2)
    mask = _lesion_in(density, within[::2, ::2])
    if mask is None or not _looks_whole(density, mask, within[::2, ::2]):
        return None
    return _tight(LesionType(kind), density, mask, source)


def _density(clip: Bytes) -> Floats:
    """Optical density against a plane through the skin at the border (the light's gradient)."""
    dense = -np.log(to_light(clip) + 0.004)
    rows, columns = np.indices(dense.shape[:2], dtype=np.float32) / _CLIP_SIDE - 0.5
    design = np.stack([rows, columns, np.ones_like(rows)], axis=-1)
    border = np.maximum(np.abs(rows), np.abs(columns)) > 0.5 - 0.12
    skin = border & (np.abs(dense - np.median(dense[border], axis=0)).sum(axis=-1) < 1.2)
    if skin.sum() < 100:
        skin = border
    plane = np.linalg.lstsq(design[skin], dense[skin], rcond=None)[0]
    return np.asarray(dense - design @ plane, np.float32)


def _lesion_in(density: Floats, within: Bools) -> Bools | None:
    """The part inside the box that stands out most and is nearest to its middle."""
    change = np.abs(cv2.GaussianBlur(density, (0, 0), 2.0)).sum(axis=2) * within
    strength = float(np.percentile(change[within], 97)) if within.any() else 0.0
    if strength < 0.25:
        return None
    parts = (change > 0.45 * strength).astype(np.uint8)
    parts = cv2.morphologyEx(parts, cv2.MORPH_CLOSE, _disc(4))
    parts = cv2.morphologyEx(parts, cv2.MORPH_OPEN, _disc(2))
    count, labels, stats, middles = cv2.connectedComponentsWithStats(parts)
    if count < 2:
        return None
    away = np.hypot(*(middles[1:] / _CLIP_SIDE - 0.5).T)
    best = 1 + int(np.argmax(np.sqrt(stats[1:, cv2.CC_STAT_AREA]) * (1 - away)))
    part = (labels == best).astype(np.uint8)
    contours, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(max(contours, key=cv2.contourArea))
    area = int(part.sum())
    filled = cv2.fillConvexPoly(part, hull, (1,))  # a reflex or a drop of pus belongs to it
    return np.asarray(filled, bool) if area >= 60 and filled.sum() < 1.7 * area else None


def _disc(radius: int) -> Bytes:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _looks_whole(density: Floats, mask: Bools, within: Bools) -> bool:
    """Redder than its skin, not cut by the annotation's border, and on even skin all round."""
    edge = mask & ~cv2.erode(mask.astype(np.uint8), _disc(1)).astype(bool)
    rim = ~cv2.erode(within.astype(np.uint8), _disc(2)).astype(bool)
    near = cv2.dilate(mask.astype(np.uint8), _disc(14)).astype(bool)
    skin = near & ~cv2.dilate(mask.astype(np.uint8), _disc(8)).astype(bool)
    redness = cv2.dilate(mask.astype(np.uint8), _disc(5)).astype(bool)
    red = np.median(density[redness], axis=0) - np.median(density[skin], axis=0)
    return bool(
        (edge & rim).sum() < 0.25 * edge.sum()
        and red[1] - red[0] > 0.06
        and np.abs(density[skin]).sum(axis=1).mean() < 0.9
    )


def _tight(kind: LesionType, density: Floats, mask: Bools, source: str) -> Cutting:
    """A square round the mask with a feathered border, its mask about half the square's side."""
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    half = max(width, height)
    top, left = y + height // 2 - half, x + width // 2 - half
    padded = np.pad(density, ((half, half), (half, half), (0, 0)), mode="reflect")
    square = np.s_[top + half : top + 3 * half, left + half : left + 3 * half]
    outline = np.pad(mask, half)[square]
    distance = cv2.distanceTransform((~outline).astype(np.uint8), cv2.DIST_L2, 3)
    alpha = np.clip(1 - distance / (0.35 * half), 0, 1)
    alpha = alpha * alpha * (3 - 2 * alpha)
    return Cutting(kind, padded[square], outline, alpha.astype(np.float32), source)


def paste(
    image: Bytes,
    rng: np.random.Generator,
    cuttings: Sequence[Cutting],
    number: int,
    *,
    skin: Bools | None = None,
    width_px: float | None = None,
) -> RenderedFace:
    """Blends ``number`` lesions (fewer if there is no room), drawn with equal chance per type.

    ``image``: (H, W, 3) uint8 RGB; ``skin`` and ``width_px`` as in `render`. Each is scaled to a
    size that its type has, turned and perhaps mirrored. Raises ValueError without cuttings.
    """
    if not cuttings:
        raise ValueError("there is nothing to paste: no cuttings were given")
    skin = skin_mask(image) if skin is None else skin
    scale = (width_px or face_width(skin)) / FACE_WIDTH_MM
    by_type: dict[LesionType, list[Cutting]] = defaultdict(list)
    for cutting in cuttings:
        by_type[cutting.type].append(cutting)
    kinds = [list(by_type.values())[i] for i in rng.integers(len(by_type), size=number)]
    chosen = [group[int(rng.integers(len(group)))] for group in kinds]
    canvas, blur = image.copy(), blur_sigma(image, skin)
    placement = Placement(rng, skin)
    lesions = []
    for cutting in chosen:
        radius = draw_diameter_mm(rng, cutting.type) * scale / 2
        try:
            centre = placement.find(radius)
        except NoRoomError:
            continue
        placement.take(*centre, radius)
        lesions.append(_blend(canvas, rng, cutting, centre=centre, radius=radius, blur=blur))
    return RenderedFace(canvas, tuple(lesions))


def _blend(
    canvas: Bytes,
    rng: np.random.Generator,
    cutting: Cutting,
    *,
    centre: tuple[float, float],
    radius: float,
    blur: float,
) -> RenderedLesion:
    """Puts one cutting on the canvas; its mask then spans about two ``radius``."""
    side = max(7, round(4 * radius))
    quarter, way = int(rng.integers(4)), int(rng.choice([-1, 1]))

    def turned(layer: Floats) -> Floats:
        whole = np.ascontiguousarray(np.rot90(layer, quarter)[:, ::way])
        return np.asarray(cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA), np.float32)

    density = cv2.GaussianBlur(turned(cutting.density), (0, 0), 0.7 * blur)
    alpha = turned(cutting.alpha)[..., None]
    mask = turned(cutting.mask.astype(np.float32)) > 0.5
    window = Window(canvas.shape, round(centre[0]), round(centre[1]), side)
    before = to_light(window.cut(canvas))
    calm = cv2.GaussianBlur(before, (0, 0), 0.35 * radius + 0.5)
    keep = 0.35  # of the receiver's own texture, under that which comes with the lesion
    after = (calm + keep * (before - calm)) * np.exp(-np.clip(density, -1.2, 2.2))
    window.put(canvas, to_bytes(before + alpha * (after - before)))
    return label(cutting.type, "real", mask, window, centre=centre, radius=radius)
