"""All that is measured of one photo, by the names of ``limits.MEASURES``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from inference.face import cut_off_share, eye_outlines, face_size, far_cheek_share
from inference.quality.covered import measure_glasses, uncover
from inference.quality.framed import frame_body, frame_face
from inference.quality.light import (
    brightest_tenth,
    light_on_face,
    measure_colour,
    measure_light,
    measure_mixed_light,
    skin_brightness,
)
from inference.quality.sharpness import measure_sharpness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.photo import Pixels
    from inference.results import Face

Measures = dict[str, float]


def measure_faces(image: Pixels, faces: Sequence[Face]) -> Measures:
    """The largest face (``faces[0]``) and how it stands in the picture.

    ``image``: upright uint8 RGB (height, width, 3). Without a face only what needs none.
    """
    return look_at(image, faces)[0]


def look_at(image: Pixels, faces: Sequence[Face]) -> tuple[Measures, Face | None]:
    """What :func:`measure_faces` says, and the largest face with what of it is hidden."""
    if not faces:
        return {"faces": 0.0, "brightness": brightest_tenth(image)}, None
    face, framed = faces[0], frame_face(image, faces[0])
    uncovered = uncover(image, face, framed)
    bare = uncovered.bare
    measures = {
        "light": light_on_face(bare, eye_outlines(face)),
        **measure_light(framed),
        **measure_colour(bare),
        "mixed_light": measure_mixed_light(bare),
        **_place(image, faces),
        "covered": uncovered.share,
        **measure_glasses(image, face),
        "sharpness": measure_sharpness(framed),
        "yaw": face.pose.yaw,
        "pitch": face.pose.pitch,
        "roll": face.pose.roll,
    }
    return measures, replace(face, hidden=uncovered.hidden)


def measure_body(image: Pixels) -> Measures:
    """Chest or back: light, colour and sharpness of the skin, no face needed."""
    framed, share = frame_body(image)
    return {
        "brightness": skin_brightness(framed.reduced),
        **measure_light(framed),
        **measure_colour(framed.reduced),
        "skin_share": share,
        "picture_pixels": float(min(image.shape[:2])),
        "sharpness": measure_sharpness(framed),
    }


def _place(image: Pixels, faces: Sequence[Face]) -> Measures:
    face = faces[0]
    height, width = image.shape[:2]
    second = face_size(faces[1]) / face_size(face) if len(faces) > 1 else 0.0
    return {
        "faces": float(len(faces)),
        "second_face": second,
        "face_pixels": face_size(face),
        "frame_share": max(face.box[2] / width, face.box[3] / height),
        "cut_off": cut_off_share(face, image),
        "far_cheek": far_cheek_share(face),
    }
