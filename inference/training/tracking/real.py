"""Real pictures: changed copies of one picture, and two pictures of one person.

Expert boxes are the lesions; they have one type here, since ACNE04 names none.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from inference.face import find_faces
from inference.results import Lesion, LesionType
from inference.tracking.matching import VisitFaces, match, visit_faces
from inference.tracking.spots import ViewLesions
from inference.training.synthesis.masks import read_rgb
from inference.training.tracking.figures import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from inference.training.coco import Picture
    from inference.training.synthesis.colour import Bytes

Json = dict[str, Any]
Array = npt.NDArray[np.float64]
CROPPED = 0.06  # of each side
SHRUNK = 0.6


def changed_copies(pictures: Sequence[Picture], number: int) -> Json:
    """F1 of the pairs between a picture and its copies, by what was done to it."""
    changes: dict[str, Callable[[Bytes, Array], tuple[Bytes, Array]]] = {
        "flipped": _flipped,
        "rescaled": _rescaled,
        "re-cropped": _cropped,
    }
    tallies = {name: Tally() for name in changes}
    done = 0
    for picture in pictures:
        image, centres = read_rgb(picture.path), _centres(picture)
        original = _visit(image, centres)
        if original is None or len(centres) < 3:
            continue
        for name, change in changes.items():
            copy = _visit(*change(image, centres))
            if copy is not None:
                _add(tallies[name], original, _mirrored(copy) if name == "flipped" else copy)
        done += 1
        if done >= number:
            break
    return {"pictures": done, "f1": {name: tally.f1 for name, tally in tallies.items()}}


def same_person(pictures: Sequence[Picture], number: int) -> Json:
    """Share of lesions that find a partner, in two pictures of one person and, to compare, of two
    different people: nobody knows the true pairs, but chance alone gives the second figure.
    """
    groups: dict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        groups[picture.group].append(picture)
    same = [pair for group in groups.values() for pair in combinations(group, 2)][:number]
    others = [(a, same[(i + 1) % len(same)][1]) for i, (a, _b) in enumerate(same)]
    return {
        "pairs": len(same),
        "matched_same_person": _matched(same),
        "matched_other_person": _matched([(a, b) for a, b in others if a.group != b.group]),
    }


def _matched(pairs: Sequence[tuple[Picture, Picture]]) -> float | None:
    """Of the lesions that both pictures could show."""
    joined = possible = 0
    for pair in pairs:
        visits = [_visit(read_rgb(one.path), _centres(one)) for one in pair]
        if visits[0] is None or visits[1] is None:
            continue
        outcomes = [one.outcome for one in match(visits[0], visits[1])]
        both = sum(one in ("persisting", "changed") for one in outcomes)
        alone = min(outcomes.count("new"), outcomes.count("resolved"))  # type: ignore[arg-type]
        joined, possible = joined + both, possible + both + alone
    return round(joined / possible, 3) if possible else None


def _centres(picture: Picture) -> Array:
    boxes = [mark.box for mark in picture.marks]
    return np.array([(x + w / 2, y + h / 2) for x, y, w, h in boxes]).reshape(-1, 2)


def _visit(image: Bytes, centres: Array) -> VisitFaces | None:
    faces = find_faces(image)
    if not faces:
        return None
    height, width = image.shape[:2]
    lesions = [Lesion(LesionType.PAPULE, 1.0, (x - 5, y - 5, 10.0, 10.0)) for x, y in centres]
    return visit_faces([ViewLesions(lesions, faces[0].landmarks, (width, height))])


def _add(tally: Tally, original: VisitFaces, copy: VisitFaces) -> None:
    names = [[spot.members[0].lesion for spot in visit.spots] for visit in (original, copy)]
    pairs = {
        (names[0][m.before], names[1][m.after])
        for m in match(original, copy)
        if m.before is not None and m.after is not None
    }
    placed = [
        {name for name, spot in zip(found, visit.spots, strict=True) if spot.site}
        for found, visit in zip(names, (original, copy), strict=True)
    ]
    tally.add(set(pairs), {(name, name) for name in placed[0] & placed[1]})


def _mirrored(visit: VisitFaces) -> VisitFaces:
    """What was found in a flipped picture, flipped back on the face."""
    spots = []
    for spot in visit.spots:
        if spot.site:
            x, y, z = spot.site.point
            spots.append(spot._replace(site=spot.site._replace(point=(-x, y, z))))
        else:
            spots.append(spot)
    return VisitFaces(spots, visit.faces)


def _flipped(image: Bytes, centres: Array) -> tuple[Bytes, Array]:
    width = image.shape[1]
    return np.ascontiguousarray(image[:, ::-1]), np.column_stack(
        [width - 1 - centres[:, 0], centres[:, 1]]
    )


def _rescaled(image: Bytes, centres: Array) -> tuple[Bytes, Array]:
    small = cv2.resize(image, None, fx=SHRUNK, fy=SHRUNK, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), centres * SHRUNK


def _cropped(image: Bytes, centres: Array) -> tuple[Bytes, Array]:
    height, width = image.shape[:2]
    x, y = round(CROPPED * width), round(CROPPED * height)
    return np.ascontiguousarray(image[y : height - y, x : width - x]), centres - (x, y)
