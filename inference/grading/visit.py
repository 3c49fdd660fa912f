"""The grade of a visit: several views of one face, each lesion counted once.

Lesions of photos whose face mesh is known are merged on the face (`inference.tracking.spots`). A
photo without a mesh counts only the regions that it is the source of, so that one papule seen from
the front and from the side does not count twice there either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from inference.results import FACE_VIEWS, LesionType, Region, View
from inference.tracking.spots import ViewLesions, spots_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from inference.results import Json, Lesion, Point

# The first view that was read counts; the side views show the middle of the face last of all.
SOURCES = {
    Region.FOREHEAD: (View.FRONT, View.LEFT, View.RIGHT),
    Region.NOSE: (View.FRONT, View.LEFT, View.RIGHT),
    Region.CHIN: (View.FRONT, View.LEFT, View.RIGHT),
    Region.RIGHT_CHEEK: (View.RIGHT, View.FRONT),
    Region.LEFT_CHEEK: (View.LEFT, View.FRONT),
}


@dataclass(frozen=True, slots=True)
class ViewFindings:
    """What one photo adds to its visit.

    ``read``: False if the photo was refused or no reading exists; it then has no lesions.
    ``lesions``: those that count, by the model at its working thresholds or by a doctor.
    ``candidates``: all of the model's above the floor, for the certainty; empty from a doctor.
    ``midline``: of ``inference.grading.hayashi.midline``, in this photo's pixels.
    ``landmarks`` and ``size`` (width, height), in pixels too: of the face mesh, empty without one.
    """

    view: View
    read: bool = True
    lesions: tuple[Lesion, ...] = ()
    candidates: tuple[Lesion, ...] = ()
    midline: tuple[Point, ...] = ()
    landmarks: Sequence[Sequence[float]] = ()
    size: tuple[float, float] = (0.0, 0.0)

    @property
    def is_on_the_face(self) -> bool:
        """Its lesions can be laid on the face, and merged with those of other views."""
        return self.view in FACE_VIEWS and bool(self.landmarks)


@dataclass(frozen=True, slots=True)
class Gap:
    """Why a visit's grade is incomplete. ``code``: ``not_read`` or ``view_missing``."""

    code: str
    view: View

    def to_json(self) -> Json:
        """Code, view and an English sentence."""
        said = "could not be read" if self.code == "not_read" else "is missing"
        sentence = f"The {self.view.value} view {said}."
        return {"code": self.code, "view": self.view.value, "sentence": sentence}


def sources(photos: Sequence[ViewFindings]) -> dict[Region, View | None]:
    """The view each region is counted in; None where no photo shows it.

    Raises ``ValueError`` if a view is given twice.
    """
    views = [photo.view for photo in photos]
    if len(set(views)) < len(views):
        raise ValueError("A visit counts one photo per view.")
    read = {photo.view for photo in photos if photo.read}
    return {
        region: next((view for view in order if view in read), None)
        for region, order in SOURCES.items()
    }


def gaps(photos: Sequence[ViewFindings]) -> tuple[Gap, ...]:
    """What makes the grade incomplete: face views refused or unread, and no front view at all."""
    faces = [photo for photo in photos if photo.view in FACE_VIEWS]
    unread = tuple(Gap("not_read", photo.view) for photo in faces if not photo.read)
    front = any(photo.view is View.FRONT for photo in faces)
    return unread if front else (Gap("view_missing", View.FRONT), *unread)


def counted(
    photos: Sequence[ViewFindings], lesions: Sequence[Sequence[Lesion]]
) -> list[tuple[Lesion, ...]]:
    """Of each photo's lesions those that its visit counts; a lesion that several views show is
    counted in the one that sees it best.

    ``lesions``: for each of ``photos`` its own. Raises ``ValueError`` if a view is given twice.
    """
    source = sources(photos)
    found = [_of_its_regions(p, table, source) for p, table in zip(photos, lesions, strict=True)]
    laid = [place for place, photo in enumerate(photos) if photo.is_on_the_face]
    views = [ViewLesions(lesions[i], photos[i].landmarks, photos[i].size) for i in laid]
    best = [spot.members[0] for spot in spots_of(views)]
    for number, place in enumerate(laid):
        chosen = {member.lesion for member in best if member.photo == number}
        found[place] = tuple(one for i, one in enumerate(lesions[place]) if i in chosen)
    return found


def _of_its_regions(
    photo: ViewFindings, lesions: Iterable[Lesion], source: Mapping[Region, View | None]
) -> tuple[Lesion, ...]:
    """A lesion off the five regions (a doctor may mark one) has no second view."""
    return tuple(one for one in lesions if one.region is None or source[one.region] is photo.view)


def count_table(lesions: Iterable[Lesion]) -> dict[str, int]:
    """Lesions by type, every type named."""
    types = [one.type for one in lesions]
    return {kind.value: types.count(kind) for kind in LesionType}
