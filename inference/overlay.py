"""The findings drawn onto the photo, coloured by type, with a legend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from inference.results import LesionType

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from inference.photo import Pixels
    from inference.results import Lesion

# Okabe and Ito's palette (2008), told apart with any colour vision.
COLOURS: dict[LesionType, tuple[int, int, int]] = {
    LesionType.COMEDONE: (86, 180, 233),
    LesionType.PAPULE: (230, 159, 0),
    LesionType.PUSTULE: (240, 228, 66),
    LesionType.NODULE: (213, 94, 0),
    LesionType.CYST: (204, 121, 167),
    LesionType.SCAR: (0, 158, 115),
}
FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw(image: Pixels, lesions: Sequence[Lesion]) -> Pixels:
    """A copy of the photo, uint8 RGB, with outlines (boxes, or polygons where there are any)."""
    picture = image.copy()
    weight = max(1, round(max(image.shape[:2]) / 640))
    for lesion in lesions:
        outline = np.round(_outline(lesion)).astype(np.int32)
        cv2.polylines(picture, [outline], True, COLOURS[lesion.type], weight, cv2.LINE_AA)
    _legend(picture, lesions, weight)
    return picture


def png(image: Pixels) -> bytes:
    """The picture as PNG."""
    written, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    if not written:
        raise RuntimeError("The overlay could not be written as PNG.")
    return data.tobytes()


def _outline(lesion: Lesion) -> npt.NDArray[np.float64]:
    if lesion.polygon:
        return np.array(lesion.polygon)
    x, y, width, height = lesion.box
    return np.array(((x, y), (x + width, y), (x + width, y + height), (x, y + height)))


def _legend(picture: Pixels, lesions: Sequence[Lesion], weight: int) -> None:
    types = [one.type for one in lesions]
    rows = [(kind, types.count(kind)) for kind in LesionType if kind in types]
    line = 18 * weight
    height, width = line * len(rows) + line // 2, 9 * line
    picture[:height, :width] = picture[:height, :width] // 3
    for place, (kind, count) in enumerate(rows, start=1):
        foot = (line // 2, place * line)
        cv2.putText(
            picture, f"{kind.value}: {count}", foot, FONT, 0.5 * weight, COLOURS[kind], weight,
            cv2.LINE_AA,
        )  # fmt: skip
