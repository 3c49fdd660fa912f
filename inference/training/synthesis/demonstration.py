"""Photos of the demonstration clinic: synthetic patients made from a public-domain portrait.

The portrait is NASA's of Eileen Collins, shipped with scikit-image. She has none of these lesions;
wherever a picture shows, it is marked as synthetic.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
import skimage.data

from inference.face import find_faces
from inference.results import LesionType, View
from inference.training.synthesis.colour import Bools, Bytes, lab_of_image, to_bytes, to_light
from inference.training.synthesis.masks import face_skin
from inference.training.synthesis.patch import smoothstep
from inference.training.synthesis.plan import LesionPlan
from inference.training.synthesis.render import RenderedFace, render, settle
from inference.training.synthesis.skin import Light, with_melanin
from inference.training.synthesis.texture import enlarge_with_skin
from inference.training.tracking.scene import Model, Pose

Matrix = npt.NDArray[np.float64]

FACE_WIDTH_PX = 1000.0
SIDES = {
    View.LEFT: 32.0,
    View.RIGHT: -32.0,
}  # degrees of yaw; the left cheek shows at positive ones
SIDE_SIZE = 1.1  # so that what the portrait's edge is stretched to stays outside

# Lesions of each visit, by type; a visit's lesions are survivors of the one before, some fresh.
IMPROVING: tuple[dict[LesionType, int], ...] = (
    {
        LesionType.PUSTULE: 8,
        LesionType.PAPULE: 15,
        LesionType.COMEDONE: 7,
    },
    {LesionType.PUSTULE: 3, LesionType.PAPULE: 9, LesionType.COMEDONE: 5},
    {LesionType.PAPULE: 5, LesionType.COMEDONE: 3},
)
FRESH: tuple[dict[LesionType, int], ...] = (
    {},
    {LesionType.PUSTULE: 1, LesionType.PAPULE: 2},
    {LesionType.PAPULE: 1},
)
FADING = (0.85, 0.95)  # of what stays: at the third visit it can still be seen, and found
SEVERE: dict[LesionType, int] = {
    LesionType.NODULE: 2,
    LesionType.CYST: 1,
    LesionType.PUSTULE: 5,
    LesionType.PAPULE: 9,
    LesionType.COMEDONE: 6,
    LesionType.SCAR: 2,
}


@dataclass(frozen=True, slots=True)
class DrawnLesion:
    """``x``, ``y``: its centre in pixels of the photo."""

    type: LesionType
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class DemonstrationPhoto:
    """``patient``: improving, awaiting or refused. ``visit``: from 1."""

    patient: str
    visit: int
    view: View
    jpeg: bytes
    drawn: tuple[DrawnLesion, ...]

    @property
    def name(self) -> str:
        return f"{self.patient}-{self.visit}-{self.view}.jpg"

    @property
    def truth(self) -> str:
        """What was drawn and where, as JSON."""
        return json.dumps([asdict(one) for one in self.drawn], indent=1)


@dataclass(frozen=True, slots=True)
class PublicFace:
    """``image``: (H, W, 3) uint8 RGB; ``skin``: (H, W) bool; ``width_px``: the face's width."""

    image: Bytes
    skin: Bools
    width_px: float


def demonstration_photos(seed: int = 0) -> tuple[DemonstrationPhoto, ...]:
    """Three visits of a patient who improves and one of a patient whose case awaits review, each
    seen from the front and from both sides, and a photo too dark and blurred to be accepted. The
    same seed gives the same bytes.
    """
    rng = np.random.default_rng(seed)
    return (*_improving(rng), *_awaiting(rng), _refused(rng))


@cache
def demonstration_face() -> PublicFace:
    """The portrait enlarged to a face of 1000 px, its skin mask and its width."""
    portrait: Bytes = skimage.data.astronaut()  # type: ignore[no-untyped-call]
    skin, width = _skin_of(portrait)
    rng = np.random.default_rng(1)
    large = enlarge_with_skin(portrait, FACE_WIDTH_PX, rng, skin=skin, width_px=width)
    skin, width = _skin_of(large)
    rows = np.flatnonzero(skin.any(axis=1))
    skin[: rows[0] + round(0.13 * len(rows))] = False  # her fringe has the colour of skin
    return PublicFace(large, skin, width)


def _skin_of(image: Bytes) -> tuple[Bools, float]:
    found = face_skin(image)
    if found is None:
        raise RuntimeError("the face mesh finds no face in scikit-image's portrait")
    return found


def _improving(rng: np.random.Generator) -> list[DemonstrationPhoto]:
    face = demonstration_face()
    present, *later = _settled_by_visit(rng, face)
    light = Light((-0.35, -0.45, 0.82), 0.35, 0.3)
    photos = []
    for visit, counts in enumerate(IMPROVING, start=1):
        if visit > 1:
            fresh = FRESH[visit - 1]
            stay = {kind: number - fresh.get(kind, 0) for kind, number in counts.items()}
            present = _survivors(rng, present, stay) + later[visit - 2]
        drawn = render(
            face.image, rng, present, skin=face.skin, width_px=face.width_px, light=light
        )
        photos += _views(rng, "improving", visit, drawn)
    return photos


def _settled_by_visit(rng: np.random.Generator, face: PublicFace) -> list[list[LesionPlan]]:
    """The lesions that each visit shows first, none on another's place."""
    asked = [
        LesionPlan(kind, activity=1.0, seed=int(rng.integers(2**62)))
        for fresh in (IMPROVING[0], *FRESH[1:])
        for kind, number in fresh.items()
        for _ in range(number)
    ]
    settled = {one.seed: one for one in settle(rng, asked, face.skin, face.width_px)}
    ordered = iter([settled[one.seed] for one in asked])
    return [
        [next(ordered) for number in fresh.values() for _ in range(number)]
        for fresh in (IMPROVING[0], *FRESH[1:])
    ]


def _survivors(
    rng: np.random.Generator, lesions: list[LesionPlan], counts: dict[LesionType, int]
) -> list[LesionPlan]:
    """Of each type, the wanted number stays where it is and fades."""
    stay = []
    for kind, number in counts.items():
        present = [lesion for lesion in lesions if lesion.type is kind]
        kept = sorted(rng.choice(len(present), size=number, replace=False))
        stay += [present[i] for i in kept]
    return [replace(one, activity=(one.activity or 1.0) * rng.uniform(*FADING)) for one in stay]


def _awaiting(rng: np.random.Generator) -> list[DemonstrationPhoto]:
    face = _other_face()
    asked = [LesionPlan(kind, activity=1.0) for kind, n in SEVERE.items() for _ in range(n)]
    drawn = render(face.image, rng, asked, skin=face.skin, width_px=face.width_px)
    return _views(rng, "awaiting", 1, drawn)


def _other_face() -> PublicFace:
    """A second person: the portrait mirrored, with browner skin and darker hair."""
    face = demonstration_face()
    mirrored = np.ascontiguousarray(face.image[:, ::-1])
    skin = np.ascontiguousarray(face.skin[:, ::-1])
    _, _, yellow = np.moveaxis(lab_of_image(mirrored), 2, 0)
    body = np.where(skin, 0.3, 0.85 * smoothstep(8, 16, yellow))  # what is yellow is skin or hair
    rows, columns = np.nonzero(skin)
    hull = cv2.convexHull(np.stack([columns, rows], axis=1).astype(np.int32))
    inner = cv2.fillConvexPoly(np.zeros(skin.shape, np.uint8), hull, (1,)).astype(bool)
    body[inner & ~skin] = 0.15
    body[max(rows) :] = np.minimum(body[max(rows) :], 0.3)
    weight = cv2.GaussianBlur(body.astype(np.float32), (0, 0), 0.012 * face.width_px)
    return PublicFace(
        with_melanin(mirrored, np.asarray(weight, np.float32), 1.0), skin, face.width_px
    )


def _refused(rng: np.random.Generator) -> DemonstrationPhoto:
    face = _other_face()
    dark = to_bytes(cv2.GaussianBlur(to_light(face.image), (0, 0), 9.0) * np.float32(0.05))
    return _photo(rng, "refused", 1, View.FRONT, _Sight(dark, ()))


@dataclass(frozen=True, slots=True)
class _Sight:
    """``image``: (H, W, 3) uint8 RGB; ``lesions``: what can be seen on it."""

    image: Bytes
    lesions: tuple[DrawnLesion, ...]


def _views(
    rng: np.random.Generator, patient: str, visit: int, face: RenderedFace
) -> list[DemonstrationPhoto]:
    lesions = tuple(DrawnLesion(one.type, *one.centre) for one in face.lesions)
    front = _Sight(face.image, lesions)
    # The sides have chances of their own: what comes later does not depend on them.
    sides = [
        _photo(own, patient, visit, view, _turned(front, yaw))
        for own, (view, yaw) in zip(rng.spawn(len(SIDES)), SIDES.items(), strict=True)
    ]
    return [_photo(rng, patient, visit, View.FRONT, front), *sides]


def _turned(front: _Sight, yaw: float) -> _Sight:
    faces = find_faces(front.image)
    if not faces:
        raise RuntimeError("the face mesh finds no face in the portrait with its lesions")
    height, width = front.image.shape[:2]
    head = Model(faces[0].landmarks, (height, width), round_head=True)
    places = np.array([(one.x, one.y) for one in front.lesions])
    shot = head.photograph(front.image, Pose(yaw=yaw, size=SIDE_SIZE), places)
    return _Sight(
        shot.image,
        tuple(
            DrawnLesion(one.type, float(x), float(y))
            for one, (x, y), seen in zip(front.lesions, shot.centres, shot.seen, strict=True)
            if seen
        ),
    )


def _photo(
    rng: np.random.Generator, patient: str, visit: int, view: View, sight: _Sight
) -> DemonstrationPhoto:
    """Held by hand in another light: a little turned and shifted, warmer or cooler, as JPEG."""
    hold = _hold(rng, sight.image)
    placed = [(one.type, hold @ (one.x, one.y, 1.0)) for one in sight.lesions]
    drawn = tuple(DrawnLesion(kind, round(x, 1), round(y, 1)) for kind, (x, y) in placed)
    jpeg = _photographed(rng, sight.image, hold)
    return DemonstrationPhoto(patient, visit, view, jpeg, drawn)


def _hold(rng: np.random.Generator, image: Bytes) -> Matrix:
    height, width = image.shape[:2]
    hold = cv2.getRotationMatrix2D(
        (width / 2, height / 2), rng.uniform(-2, 2), rng.uniform(1.02, 1.08)
    )
    return np.asarray(
        hold + np.pad(rng.uniform(-0.015, 0.015, (2, 1)) * width, ((0, 0), (2, 0))), np.float64
    )


def _photographed(rng: np.random.Generator, image: Bytes, hold: Matrix) -> bytes:
    height, width = image.shape[:2]
    held = cv2.warpAffine(
        image, hold, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    gains = np.exp(rng.normal(0, (0.03, 0.012, 0.035)) + rng.normal(0, 0.05)).astype(np.float32)
    side = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None] * rng.uniform(-0.1, 0.1)
    lit = to_bytes(to_light(np.asarray(held, np.uint8)) * gains * np.exp(side))
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(lit, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92]
    )
    if not done:
        raise RuntimeError("the demonstration photo could not be compressed")
    return bytes(data)
