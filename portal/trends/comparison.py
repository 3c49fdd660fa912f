"""Two visits' photos of one view, one laid over the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from portal.analysis.models import Analysis, AnalysisStatus
from portal.cases.models import View
from portal.trends.alignment import fit, same_width

if TYPE_CHECKING:
    from portal.reports.selectors import ReportPhoto
    from portal.trends.alignment import Points, Similarity
    from portal.trends.selectors import Course, SignedVisit

FRAME_MARGIN = 0.14  # of the face's longer side
LETTERS_HIGH = 40  # as many, one above the other, are as high as the frame is wide


@dataclass(frozen=True)
class Comparison:
    before: SignedVisit
    after: SignedVisit
    view: str
    views: list[View]
    """Those that both visits have a picture of."""

    @property
    def photos(self) -> tuple[ReportPhoto, ReportPhoto] | None:
        """Nothing where the two visits share no view."""
        before, after = self.before.photo(self.view), self.after.photo(self.view)
        return (before, after) if before and after else None

    @cached_property
    def aligned(self) -> Similarity | None:
        """By the landmarks the model found; nothing where it found no face in one of them."""
        return fit(*self._landmarks)

    @cached_property
    def _landmarks(self) -> tuple[Points, Points]:
        if self.photos is None:
            return [], []
        ids = [str(photo.content["id"]) for photo in self.photos]
        found = landmarks_of(ids, [self.before.report_key, self.after.report_key])
        return found.get(ids[0], []), found.get(ids[1], [])

    @property
    def frame(self) -> str:
        """The part of the later photo to show, as an SVG's ``viewBox``."""
        return " ".join(f"{value:.0f}" for value in self._frame)

    @property
    def text_size(self) -> float:
        """Of what is written on that part, in its pixels."""
        return round(self._frame[2] / LETTERS_HIGH, 1)

    @cached_property
    def _frame(self) -> tuple[float, float, float, float]:
        """Left, top, width and height: of the face with a margin, or of all of the photo."""
        assert self.photos  # noqa: S101 - asked for where there are photos
        width, height = (self.photos[1].content[name] for name in ("width", "height"))
        points = self._landmarks[1]
        if not points:
            return 0, 0, width, height
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        margin = FRAME_MARGIN * max(max(xs) - min(xs), max(ys) - min(ys))
        left, top = max(0.0, min(xs) - margin), max(0.0, min(ys) - margin)
        right, bottom = min(width, max(xs) + margin), min(height, max(ys) + margin)
        return left, top, right - left, bottom - top

    @property
    def laid(self) -> Similarity:
        """Lays the earlier photo over the later one."""
        assert self.photos  # noqa: S101 - asked for where there are photos
        before, after = self.photos
        return self.aligned or same_width(before.content["width"], after.content["width"])


def comparison(course: Course, *, before: str, after: str, view: str) -> Comparison:
    """The visits of these numbers, by their names in an address; first, latest and front else."""
    by_number = {str(visit.number): visit for visit in course.visits}
    earlier = by_number.get(before, course.first)
    later = by_number.get(after, course.latest)
    views = [one for one in View if earlier.photo(one) and later.photo(one)]
    chosen = view if view in views else next(iter(views), View.FRONT)
    return Comparison(earlier, later, chosen, views)


def landmarks_of(photo_ids: list[str], reports: list[int]) -> dict[str, Points]:
    """The face's landmarks in pixels of each photo of these reports' visits, where the newest
    reading found a face.
    """
    read = Analysis.objects.filter(
        photo__public_id__in=photo_ids,
        photo__visit__report__in=reports,
        status=AnalysisStatus.DONE,
    )
    rows = read.order_by("queued_at").values_list("photo__public_id", "result__face__landmarks")
    return {str(photo): points for photo, points in rows if points}
