"""What hides the skin: hair, a mask, a hand, glasses.

Skin of one face lies close together in log-chromaticity, which shading does not move (Finlayson
et al., IEEE TPAMI 2006): blood and melanin make it redder than hair, cloth or paper in the same
light. So each pixel of the mesh's regions is compared with the face's own skin, which serves
every skin colour and white balance; a fixed range would not. A hand has the face's colour and is
found by its shape.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from inference.quality.hands import find_hands
from inference.tracking.canonical import canonical

if TYPE_CHECKING:
    from inference.photo import Pixels
    from inference.quality.framed import Framed, Mask
    from inference.results import Face

OWN_SKIN = 70  # percentile of redness: the face's skin even where most of it is covered
PALER = (0.7, 0.6)  # times the own skin's redness, or stops: white, grey and black have none
YELLOWER = 1.3  # stops of log-chromaticity
DARKER = 5.0  # stops below the face's bright skin
MOST_HIDDEN = 0.95  # beyond, light and colour are those of what covers the face
ROUND = 9  # reduced pixels, about 11 mm: what hides skin is larger than a pale lesion
MOSTLY = 0.5

BRIDGE_TOP, BRIDGE_END = 9, 195  # from between the brows to the middle of the nose
INNER_CORNERS = (133, 362)
BRIDGE_SIZE = (24, 64)
RIM_STEP = 3
MOST_TURNED = 30.0  # degrees: beyond, the bridge stands against the background


@dataclass(frozen=True)
class Uncovered:
    """``bare``: the reduced face, its skin only where it looks like the face's own and no hand lies
    on it. ``share``: 0 to 1, of the regions that this leaves out; ``hidden``: the triangles of
    ``inference.tracking.canonical`` that mostly lie there.
    """

    bare: Framed
    share: float
    hidden: tuple[int, ...]


def uncover(image: Pixels, face: Face, framed: Framed) -> Uncovered:
    """Tell the face's bare skin from what lies over it."""
    small = framed.reduced
    hidden = small.filled(find_hands(image, face))
    hidden[small.skin] |= _unlike_skin(small)
    share = float(hidden[small.skin].mean())
    bare = small if share > MOST_HIDDEN else replace(small, skin=small.skin & ~hidden)
    return Uncovered(bare, share, _triangles(face, small, hidden & small.skin))


def measure_glasses(image: Pixels, face: Face) -> dict[str, float]:
    """``glasses``: stops of the sharpest step along the bridge of the nose that spans its width,
    which skin does not show and a rim does. Not measured on a turned head.
    """
    if abs(face.pose.yaw) > MOST_TURNED:
        return {}
    grey = cv2.cvtColor(_bridge(image, face), cv2.COLOR_RGB2GRAY).astype(np.float32)
    stops = np.log2(grey + 4)
    steps = np.median(stops[RIM_STEP:] - stops[:-RIM_STEP], axis=1)
    return {"glasses": float(np.abs(steps).max())}


def _triangles(face: Face, small: Framed, hidden: Mask) -> tuple[int, ...]:
    """Those round whose middle more of the regions' skin is hidden than bare."""
    covered, judged = (
        cv2.boxFilter(one.astype(np.float32), -1, (ROUND, ROUND), normalize=False)
        for one in (hidden, small.skin)
    )
    middles = _middles() @ np.array(face.landmarks)[: _middles().shape[1], :2]
    highest = np.array(hidden.shape[::-1]) - 1
    columns, rows = np.clip(np.rint(small.placed(middles)), 0, highest).astype(int).T
    mostly = covered[rows, columns] > MOSTLY * judged[rows, columns]
    return tuple(int(number) for number in np.flatnonzero(mostly))


@cache
def _middles() -> npt.NDArray[np.float64]:
    """(triangles, landmarks): the weights of each triangle's corners in its middle; of the skirt
    only those on the mesh's rim, from which its skin goes on.
    """
    face = canonical()
    count = len(face.vertices) - len(face.rim)
    weights = np.zeros((len(face.triangles), count))
    for number, triangle in enumerate(face.triangles):
        corners = [vertex for vertex in triangle if vertex < count]
        weights[number, corners] = 1 / len(corners)
    return weights


def _unlike_skin(small: Framed) -> Mask:
    """bool (n,) over the pixels of the regions."""
    light = small.light
    redness, yellowness = np.log2(light[:, 0] / light[:, 1]), np.log2(light[:, 1] / light[:, 2])
    own = redness >= np.percentile(redness, OWN_SKIN)
    own_redness = float(np.median(redness[own]))
    pale = own_redness - redness > max(PALER[0] * own_redness, PALER[1])
    odd = np.abs(yellowness - np.median(yellowness[own])) > YELLOWER
    dark = light[:, 1] < np.percentile(light[:, 1], 80) / 2**DARKER
    unlike: Mask = pale | odd | dark
    return unlike


def _bridge(image: Pixels, face: Face) -> Pixels:
    """The bridge of the nose upright at a fixed size, half as wide as the eyes stand apart."""
    points = np.array(face.landmarks)[:, :2]
    right, left = points[list(INNER_CORNERS)]
    top, end = points[BRIDGE_TOP], points[BRIDGE_END]
    aside = (left - right) / 4
    width, height = BRIDGE_SIZE
    there = np.array([top - aside, top + aside, end - aside], np.float32)
    here = np.array([(0, 0), (width, 0), (0, height)], np.float32)
    part, corner = _cut_round(image, np.vstack([there, end + aside]))
    scale = height / max(float(np.linalg.norm(end - top)), 1.0)
    soft = cv2.GaussianBlur(part, (0, 0), 0.6 / scale) if scale < 1 else part
    moved = cv2.getAffineTransform((there - corner).astype(np.float32), here)
    upright = cv2.warpAffine(soft, moved, BRIDGE_SIZE, borderMode=cv2.BORDER_REPLICATE)
    return upright.astype(np.uint8, copy=False)


def _cut_round(
    image: Pixels, points: npt.NDArray[np.float64]
) -> tuple[Pixels, npt.NDArray[np.float64]]:
    """The part of the image round the points, never empty, and its corner."""
    height, width = image.shape[:2]
    low = np.clip(points.min(axis=0) - 8, 0, (width - 1, height - 1)).astype(int)
    high = np.clip(points.max(axis=0) + 8, low + 1, (width, height)).astype(int)
    return image[low[1] : high[1], low[0] : high[0]], low.astype(np.float64)
