"""Whether a photo can be read: every reason at once, most useful first (Zhang et al. 2024, 2.1.1).

A photo is refused only where findings would mislead; what merely weakens them is a caution that
the doctor sees beside the photo. Loaded on call: the table of limits is for the web tier too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.quality.limits import limits_for
from inference.quality.verdict import judge
from inference.results import FACE_VIEWS, Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.photo import Pixels
    from inference.results import Face, Request

__all__ = ["check", "check_faces"]


def check(image: Pixels, request: Request) -> tuple[Quality, Face | None]:
    """Find the face, what of it is hidden, and judge the photo; the face is None if there is none
    or none is wanted.

    ``image``: upright uint8 RGB (height, width, 3). Raises ``ValueError`` for a limit that does
    not exist or cannot be.
    """
    from inference.face import find_faces

    faces = find_faces(image) if request.view in FACE_VIEWS else []
    return check_faces(image, request, faces)


def check_faces(
    image: Pixels, request: Request, faces: Sequence[Face]
) -> tuple[Quality, Face | None]:
    """The same for a photo whose faces were found before, largest first."""
    from inference.quality.measures import look_at, measure_body

    limits = limits_for(request.quality_limits)
    wanted = request.view in FACE_VIEWS
    measures, face = look_at(image, faces) if wanted else (measure_body(image), None)
    return judge(measures, request.view, limits), face
