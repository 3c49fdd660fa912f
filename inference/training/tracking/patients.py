"""Rendered patients: two visits of one face, with some lesions healed, some new, some changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import matplotlib.cbook
import numpy as np
import skimage.data

from inference.face import find_faces
from inference.results import LesionType
from inference.training.synthesis import LesionPlan, Mix, render, settle
from inference.training.synthesis.masks import face_skin, read_rgb
from inference.training.synthesis.texture import enlarge_with_skin
from inference.training.tracking.scene import Model, Pose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from inference.training.synthesis.colour import Bools, Bytes
    from inference.training.tracking.scene import Shot

FACE_PX = 600.0
SIDE_VIEWS = (30, -30)
LATER_VIEWS = (0, 10, -10, 20, -20, 30, -30)
CHANGES = (0.45, 0.6, 0.75, 0.9, 1.1, 1.3, 1.6, 2.0)  # lesions at the second visit for one before
CHANGED_TYPE = 0.15  # share of the lesions that stay
BECOMES = {
    LesionType.COMEDONE: LesionType.PAPULE,
    LesionType.PAPULE: LesionType.PUSTULE,
    LesionType.PUSTULE: LesionType.PAPULE,
    LesionType.NODULE: LesionType.PAPULE,
    LesionType.CYST: LesionType.NODULE,
}


@dataclass(frozen=True, slots=True)
class Portrait:
    """``image``: (H, W, 3) uint8 RGB; ``width_px``: of the face."""

    name: str
    image: Bytes
    skin: Bools
    width_px: float
    model: Model


@dataclass(frozen=True, slots=True)
class Visit:
    """``keys``: which lesion is which across visits; ``types`` and ``shots`` go with them."""

    keys: tuple[int, ...]
    types: tuple[LesionType, ...]
    shots: dict[int, Shot]

    @property
    def active(self) -> int:
        """How many lesions are no scars."""
        return sum(kind is not LesionType.SCAR for kind in self.types)


@dataclass(frozen=True, slots=True)
class Patient:
    """Two visits of one made-up person."""

    name: str
    before: Visit
    after: Visit

    @property
    def ratio(self) -> float:
        """True change of the number of lesions, scars left out as in the verdict; 1 is none."""
        return self.after.active / self.before.active


def portraits() -> list[Portrait]:
    """Two real faces that come with libraries: scikit-image's astronaut, matplotlib's admiral."""
    hopper = matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    astronaut = skimage.data.astronaut()  # type: ignore[no-untyped-call]
    return [_portrait("astronaut", astronaut), _portrait("hopper", read_rgb(Path(hopper)))]


def patients(
    faces: Sequence[Portrait], number: int, seed: int, later: Sequence[int] = LATER_VIEWS
) -> Iterator[Patient]:
    """``number`` patients of each face, one after another (their pictures take room).

    ``later``: the angles of the second visit's photos, those of `SIDE_VIEWS` and 0 among them.
    """
    for face in faces:
        for place in range(number):
            rng = np.random.default_rng([seed, place, len(face.name)])
            yield _patient(face, rng, place, later)


def _portrait(name: str, image: Bytes) -> Portrait:
    found = face_skin(image)
    if found is None:
        raise RuntimeError(f"the face mesh finds no face in the portrait {name}")
    large = enlarge_with_skin(
        image, FACE_PX, np.random.default_rng(1), skin=found[0], width_px=found[1]
    )
    landmarks = find_faces(large)[0].landmarks
    skin, width = face_skin(large) or found
    return Portrait(name, large, skin, width, Model(landmarks, (large.shape[0], large.shape[1])))


def _patient(face: Portrait, rng: np.random.Generator, place: int, later: Sequence[int]) -> Patient:
    first, kept, new = _course(rng, CHANGES[place % len(CHANGES)])
    settled = settle(rng, [*first, *new], face.skin, face.width_px)
    order = {(one.type, one.seed): one for one in settled}  # settle puts the largest first
    first = [order[one.type, one.seed] for one in first]
    new = [order[one.type, one.seed] for one in new]
    second = [_aged(rng, first[key]) for key in kept] + new
    keys = [*kept, *range(len(first), len(first) + len(new))]
    before = _visit(face, rng, first, range(len(first)), (0, *SIDE_VIEWS))
    after = _visit(face, rng, second, keys, later)
    return Patient(f"{face.name}-{place}", before, after)


def _course(
    rng: np.random.Generator, ratio: float
) -> tuple[list[LesionPlan], list[int], list[LesionPlan]]:
    """The first visit's lesions, which of them stay, and what is new."""
    shares = dict.fromkeys(LesionType, 1.0) | {LesionType.PAPULE: 3.0, LesionType.PUSTULE: 2.0}
    mix = Mix(number=(14, 30), shares=shares)
    first = _named(rng, mix.draw(rng))
    later = max(3, round(ratio * len(first)))
    stay = min(round(rng.uniform(0.4, 0.7) * len(first)), round(0.8 * later))
    kept = sorted(int(i) for i in rng.choice(len(first), size=stay, replace=False))
    several = Mix(number=(later - stay, later - stay), shares=shares)
    return first, kept, _named(rng, several.draw(rng)) if later > stay else []


def _named(rng: np.random.Generator, plans: Sequence[LesionPlan]) -> list[LesionPlan]:
    return [replace(one, seed=int(rng.integers(2**62))) for one in plans]


def _aged(rng: np.random.Generator, lesion: LesionPlan) -> LesionPlan:
    """The same place at the next visit: mostly the same type, in another state."""
    kind = lesion.type
    if rng.random() < CHANGED_TYPE and kind in BECOMES:
        # Its variant and shape are the new type's; it is the place that stays.
        return LesionPlan(
            BECOMES[kind],
            centre=lesion.centre,
            diameter_mm=min(lesion.diameter_mm or 3.0, 6.0),
            variant=None if BECOMES[kind] is LesionType.CYST else "plain",
            activity=float(rng.uniform(0.6, 1.0)),
            seed=int(rng.integers(2**62)),
        )
    return replace(lesion, activity=float(rng.uniform(0.55, 1.0)))


def _visit(
    face: Portrait,
    rng: np.random.Generator,
    plans: Sequence[LesionPlan],
    keys: Sequence[int],
    yaws: Sequence[int],
) -> Visit:
    drawn = render(face.image, rng, plans, skin=face.skin, width_px=face.width_px)
    centres = np.array([one.centre for one in plans], np.float64).reshape(-1, 2)
    shots = {
        yaw: _compressed(face.model.photograph(drawn.image, _pose(rng, yaw), centres), rng)
        for yaw in yaws
    }
    return Visit(tuple(keys), tuple(one.type for one in plans), shots)


def _pose(rng: np.random.Generator, yaw: float) -> Pose:
    """Held by hand, in the light of the day, with the face of the moment."""
    return Pose(
        yaw=yaw + rng.normal(0, 1.5),
        pitch=-rng.normal(0, 3),  # as the pictures were drawn that the figures speak of
        distance=rng.uniform(3.0, 6.0),
        size=rng.uniform(0.8, 1.1),
        light=rng.normal(0, 0.25),
        side=rng.uniform(-0.7, 0.7),
        warmth=rng.normal(0, 0.08),
        smile=rng.uniform(0, 0.6),
        jaw=rng.uniform(0, 0.4),
    )


def _compressed(shot: Shot, rng: np.random.Generator) -> Shot:
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(80, 95))]
    _, data = cv2.imencode(".jpg", shot.image[..., ::-1], quality)
    image = np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
    return replace(shot, image=np.asarray(image, np.uint8))
