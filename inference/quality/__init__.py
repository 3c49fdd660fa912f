"""Whether a photo can be read: every reason at once, most useful first (Zhang et al. 2024, 2.1.1).

A photo is refused only where findings would mislead; what merely weakens them is a caution that
the doctor sees beside the photo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.face import cut_off_share, face_size, find_faces
from inference.quality.framed import frame_body, frame_face
from inference.quality.light import brightest_tenth, measure_colour, measure_light
from inference.quality.limits import limits_for
from inference.quality.sharpness import measure_sharpness
from inference.quality.verdict import judge, judge_body, judge_faceless
from inference.results import FACE_VIEWS, Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.photo import Pixels
    from inference.results import Face, Request

__all__ = ["check", "check_faces"]


def check(image: Pixels, request: Request) -> tuple[Quality, Face | None]:
    """Find the face and judge the photo; the face is None if there is none or none is wanted.

    ``image``: upright uint8 RGB (height, width, 3). Raises ``ValueError`` for an unknown limit.
    """
    faces = find_faces(image) if request.view in FACE_VIEWS else []
    return check_faces(image, request, faces), faces[0] if faces else None


def check_faces(image: Pixels, request: Request, faces: Sequence[Face]) -> Quality:
    """Judge a photo whose faces were found before, largest first."""
    limits = limits_for(request.quality_limits)
    if request.view not in FACE_VIEWS:
        return judge_body(_body_measures(image), limits)
    if not faces:
        return judge_faceless({"brightness": brightest_tenth(image)}, limits)
    return judge(_measures(image, faces), request.view, limits)


def _body_measures(image: Pixels) -> dict[str, float]:
    framed = frame_body(image)
    return {**measure_light(framed), "sharpness": measure_sharpness(framed)}


def _measures(image: Pixels, faces: Sequence[Face]) -> dict[str, float]:
    face, framed = faces[0], frame_face(image, faces[0])
    second = face_size(faces[1]) / face_size(face) if len(faces) > 1 else 0.0
    width, height = face.box[2] / image.shape[1], face.box[3] / image.shape[0]
    return {
        **measure_light(framed),
        **measure_colour(framed),
        "sharpness": measure_sharpness(framed),
        "second_face": second,
        "face_pixels": face_size(face),
        "frame_share": max(width, height),
        "cut_off": cut_off_share(face, image),
        "yaw": face.pose.yaw,
        "pitch": face.pose.pitch,
        "roll": face.pose.roll,
    }
