"""Lesions rendered onto a face photo, with exact labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from inference.training.synthesis.colour import lab_of_image
from inference.training.synthesis.compose import compose
from inference.training.synthesis.lesions import PAINTERS, Brush, shape
from inference.training.synthesis.placement import NoRoomError, Placement
from inference.training.synthesis.plan import (
    FACE_WIDTH_MM,
    LesionPlan,
    Mix,
    draw_diameter_mm,
    draw_variant,
)
from inference.training.synthesis.skin import (
    Light,
    SkinMap,
    blur_sigma,
    estimate_light,
    face_width,
    skin_mask,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.results import LesionType, Point
    from inference.training.synthesis.colour import Bools, Bytes

VISIBLE = 3.0  # CIELAB distance below which a label would be a lie: no reader could see it
_STRENGTHENINGS = 6

Pixel = TypeVar("Pixel", bound=np.generic)


@dataclass(frozen=True, slots=True)
class RenderedLesion:
    """``box``: x, y, width, height in pixels, tight round the mask. ``mask``: bool (height, width)
    of the box. ``polygon``: the mask's outline in pixels of the photo. ``radius``: half the
    nominal diameter in pixels; the halo of redness ends within `patch.EXTENT` radii of ``centre``.
    """

    type: LesionType
    variant: str
    box: tuple[int, int, int, int]
    mask: Bools
    polygon: tuple[Point, ...]
    centre: Point
    radius: float

    def full_mask(self, shape: tuple[int, int]) -> Bools:
        """The mask in a photo of (height, width)."""
        whole = np.zeros(shape, bool)
        x, y, width, height = self.box
        whole[y : y + height, x : x + width] = self.mask
        return whole


@dataclass(frozen=True, slots=True)
class RenderedFace:
    """``image``: (H, W, 3) uint8 RGB. ``lesions``: in the order in which they were drawn."""

    image: Bytes
    lesions: tuple[RenderedLesion, ...]


def render(
    image: Bytes,
    rng: np.random.Generator,
    plan: Sequence[LesionPlan] | Mix,
    *,
    skin: Bools | None = None,
    width_px: float | None = None,
    light: Light | None = None,
    jpeg: int | None = None,
) -> RenderedFace:
    """Draws lesions on a copy of ``image`` (H, W, 3 uint8 RGB).

    ``plan``: every lesion to draw, or a `Mix` to draw them from; a mix leaves out what finds no
    room, a plan raises NoRoomError. ``skin``: (H, W) bool, where lesions may lie; found by colour
    when absent. ``width_px``: width of the face in pixels (the scale: a face is 145 mm wide); from
    the mask when absent. ``light``: estimated when absent. ``jpeg``: quality of a final round of
    compression, none when absent. The same ``rng`` state gives the same picture, byte for byte.
    Raises ValueError for an empty mask or a mask of another size.
    """
    skin = skin_mask(image) if skin is None else skin
    if skin.shape != image.shape[:2]:
        raise ValueError(f"skin mask {skin.shape} does not fit the image {image.shape[:2]}")
    scale = (width_px or face_width(skin)) / FACE_WIDTH_MM
    canvas = _Canvas(image, skin, light or estimate_light(image, skin, rng))
    settled = settle(rng, plan, skin, scale * FACE_WIDTH_MM)
    lesions = tuple(canvas.draw(lesion, scale) for lesion in settled)
    return RenderedFace(canvas.image if jpeg is None else compressed(canvas.image, jpeg), lesions)


def settle(
    rng: np.random.Generator, plan: Sequence[LesionPlan] | Mix, skin: Bools, width_px: float
) -> list[LesionPlan]:
    """The lesions that `render` would draw, everything decided, places and seeds too.

    Rendering them again, some healed or gone, gives the next visit of the same patient.
    """
    wanted = _decide(rng, plan.draw(rng) if isinstance(plan, Mix) else plan)
    confluence = plan.confluence if isinstance(plan, Mix) else 0.0
    scale = width_px / FACE_WIDTH_MM
    return _place(rng, skin, wanted, scale, confluence, strict=not isinstance(plan, Mix))


def compressed(image: Bytes, quality: int) -> Bytes:
    """``image`` after one round of JPEG."""
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    if not done:
        raise ValueError("the image could not be compressed")
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB).astype(np.uint8)


def _decide(rng: np.random.Generator, plans: Sequence[LesionPlan]) -> list[LesionPlan]:
    """Draws what the plans leave open, except the places."""
    return [
        replace(
            plan,
            diameter_mm=plan.diameter_mm or draw_diameter_mm(rng, plan.type),
            variant=plan.variant or draw_variant(rng, plan.type),
            activity=plan.activity or float(rng.triangular(0.5, 0.95, 1.0)),
            seed=int(rng.integers(2**63)) if plan.seed is None else plan.seed,
        )
        for plan in plans
    ]


def _place(
    rng: np.random.Generator,
    skin: Bools,
    plans: list[LesionPlan],
    scale: float,
    confluence: float,
    *,
    strict: bool,
) -> list[LesionPlan]:
    """The plans with places, the largest first, so that the small ones fill what is left."""
    placement = Placement(rng, skin)
    placed: list[LesionPlan] = []
    for plan in sorted(plans, key=lambda p: (p.centre is None, -(p.diameter_mm or 0))):
        radius = (plan.diameter_mm or 0) * scale / 2
        centre = plan.centre
        if centre is None:
            try:
                centre = placement.find(radius, beside=rng.random() < confluence)
            except NoRoomError:
                if strict:
                    raise
                continue
        placement.take(*centre, radius)
        placed.append(replace(plan, centre=centre))
    return placed


class _Canvas:
    """The picture in work."""

    def __init__(self, image: Bytes, skin: Bools, light: Light) -> None:
        self.image = image.copy()
        self._map = SkinMap(image, skin)
        self._light = light
        self._blur = blur_sigma(image, skin)
        # Halos fade out where the skin ends: no red on lashes and hair.
        self._soft_skin = cv2.GaussianBlur(skin.astype(np.float32), (0, 0), 2.0)

    def draw(self, plan: LesionPlan, scale: float) -> RenderedLesion:
        if plan.centre is None or plan.diameter_mm is None or plan.activity is None:
            raise ValueError("the plan is not complete")
        rng = np.random.default_rng(plan.seed)
        radius = max(1.4, plan.diameter_mm * scale / 2 * (0.7 + 0.3 * plan.activity))
        x, y = plan.centre
        column, row = round(x), round(y)
        patch = shape(rng, plan.type, radius, (x - column, y - row))
        skin = self._map.at(x, y)
        layers = PAINTERS[plan.type](Brush(rng, patch, skin, plan.activity, plan.variant or ""))
        window = Window(self.image.shape[:2], column, row, patch.size)
        fade = patch.fade * window.cut(self._soft_skin)
        before = window.cut(self.image)
        for _ in range(_STRENGTHENINGS):
            pixels = compose(
                before, layers, fade, skin=skin, light=self._light, blur=self._blur, rng=rng
            )
            if _contrast(before, pixels, patch.inside & (fade > 0)) >= VISIBLE:
                break
            layers.strengthen(1.5)
        window.put(self.image, pixels)
        variant = plan.variant or ""
        return label(plan.type, variant, patch.inside, window, centre=(x, y), radius=radius)


def _contrast(before: Bytes, after: Bytes, where: Bools) -> float:
    """CIELAB distance that the most changed tenth of the lesion reaches."""
    if not where.any():
        return VISIBLE
    change = lab_of_image(after) - lab_of_image(before)
    smooth = cv2.GaussianBlur(change, (0, 0), 0.8)[where]
    return float(np.percentile(np.linalg.norm(smooth, axis=1), 90))


class Window:
    """A square of a picture, which may hang over its border."""

    def __init__(self, shape: tuple[int, ...], column: int, row: int, size: int) -> None:
        self.left, self.top = column - size // 2, row - size // 2
        self._rows = np.clip(np.arange(self.top, self.top + size), 0, shape[0] - 1)
        self._columns = np.clip(np.arange(self.left, self.left + size), 0, shape[1] - 1)
        self.inner = (
            slice(max(0, -self.top), size - max(0, self.top + size - shape[0])),
            slice(max(0, -self.left), size - max(0, self.left + size - shape[1])),
        )

    def cut(self, picture: npt.NDArray[Pixel]) -> npt.NDArray[Pixel]:
        return np.asarray(picture[self._rows[:, None], self._columns])

    def put(self, picture: Bytes, pixels: Bytes) -> None:
        rows, columns = self.inner
        top, left = self.top + rows.start, self.left + columns.start
        part = pixels[rows, columns]
        picture[top : top + part.shape[0], left : left + part.shape[1]] = part

    def tight(self, mask: Bools) -> tuple[int, int, Bools]:
        """The mask without its empty margins and what hangs over, and its corner x, y."""
        inside = np.zeros_like(mask)
        inside[self.inner] = mask[self.inner]
        x, y, width, height = cv2.boundingRect(inside.astype(np.uint8))
        return self.left + x, self.top + y, inside[y : y + height, x : x + width]


def label(
    kind: LesionType,
    variant: str,
    mask: Bools,
    window: Window,
    *,
    centre: Point,
    radius: float,
) -> RenderedLesion:
    """The label of a lesion from its mask in a window."""
    x, y, tight = window.tight(mask)
    box = (x, y, tight.shape[1], tight.shape[0])
    return RenderedLesion(kind, variant, box, tight, polygon_of(tight, x, y), centre, radius)


def polygon_of(mask: Bools, x: float, y: float) -> tuple[Point, ...]:
    """The outline of a mask's largest part, shifted by x, y, through the pixels' outer edges."""
    fine = cv2.resize(np.pad(mask, 1).astype(np.uint8), None, fx=4, fy=4, interpolation=0)
    contours, _ = cv2.findContours(fine, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = max(contours, key=cv2.contourArea)
    smooth = cv2.approxPolyDP(largest, 2.0, closed=True).reshape(-1, 2)
    return tuple((float(px) / 4 - 1 + x, float(py) / 4 - 1 + y) for px, py in smooth)
