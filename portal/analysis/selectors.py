"""What the machine found, ready to show: photo by photo, and the visit's grade."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch

from inference.grading import Calibration, ViewFindings, grade_visit, midline
from inference.results import View as FoundView
from inference.results import lesion_from_json
from portal.analysis import words
from portal.analysis.models import (
    UNFINISHED,
    Analysis,
    AnalysisStatus,
    Lesion,
    LesionType,
    Region,
)
from portal.cases.models import Photo, View, Visit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from inference.results import Lesion as FoundLesion
    from portal.analysis.words import Line

Json = dict[str, Any]
Counts = dict[str, int]
VIEW_ORDER = {view: place for place, view in enumerate(View)}


@dataclass(frozen=True)
class PhotoReading:
    """A photo with the newest analysis that was not cancelled, if it has one."""

    photo: Photo
    analysis: Analysis | None
    lesions: tuple[Lesion, ...]

    @property
    def status(self) -> str:
        """The analysis's status; a photo whose analysis was cancelled has none."""
        return self.analysis.status if self.analysis else AnalysisStatus.CANCELLED

    @property
    def is_unfinished(self) -> bool:
        return self.status in UNFINISHED

    @property
    def is_read(self) -> bool:
        """The model looked for lesions; finding none is then a finding."""
        return self.status == AnalysisStatus.DONE

    @property
    def result(self) -> Json:
        return (self.analysis.result if self.analysis else None) or {}

    @cached_property
    def counts(self) -> Counts:
        return count_types(self.lesions)

    @cached_property
    def counts_by_region(self) -> dict[str, Counts]:
        return {
            region: count_types(one for one in self.lesions if one.region == region)
            for region in Region.values
        }

    @property
    def reasons(self) -> list[Line]:
        """Why the photo was refused, most useful first, each with what to do about it."""
        return [words.finding(one) for one in self.result.get("quality", {}).get("reasons", [])]

    @property
    def cautions(self) -> list[Line]:
        """What is not perfect about an accepted photo; the doctor sees it beside the picture."""
        return [words.finding(one) for one in self.result.get("quality", {}).get("cautions", [])]

    @property
    def caution_codes(self) -> list[str]:
        return [one["code"] for one in self.result.get("quality", {}).get("cautions", [])]

    @property
    def measured_reasons(self) -> list[tuple[Line, Line]]:
        """Each reason with what was measured against which limit."""
        return self._measured("reasons")

    @property
    def measured_cautions(self) -> list[tuple[Line, Line]]:
        return self._measured("cautions")

    def _measured(self, kind: str) -> list[tuple[Line, Line]]:
        found = self.result.get("quality", {}).get(kind, [])
        return [(words.finding(one), words.measured(one)) for one in found]

    @property
    def problem(self) -> Line | None:
        """Why the photo cannot be opened."""
        if self.analysis is None or self.status != AnalysisStatus.UNREADABLE:
            return None
        return words.unreadable(self.analysis.problem)

    @property
    def model(self) -> dict[str, str] | None:
        """``name``, ``version`` and ``sha256`` of the weights."""
        return self.result.get("model")

    @property
    def thresholds(self) -> dict[str, float]:
        return dict(self.result.get("thresholds", {}))

    @property
    def regions(self) -> dict[str, list[list[float]]]:
        """Outlines of the facial regions in pixels of the photo."""
        return dict((self.result.get("face") or {}).get("regions", {}))

    @property
    def found(self) -> tuple[FoundLesion, ...]:
        """Every candidate above the model's floor, those that do not count too."""
        return tuple(lesion_from_json(one) for one in self.result.get("candidates", []))


def count_types(lesions: Iterable[Lesion]) -> Counts:
    """Lesions by type, every type named."""
    counted = Counter(lesion.type for lesion in lesions)
    return {kind: counted[kind] for kind in LesionType.values}


def reading(photo: Photo) -> PhotoReading:
    return _readings(Photo.objects.filter(pk=photo.pk))[0]


def readings(visit: Visit) -> list[PhotoReading]:
    """The visit's current photos, front first; three queries however many there are."""
    return readings_by_visit([visit])[visit.pk]


def readings_by_visit(visits: Iterable[Visit]) -> dict[int, list[PhotoReading]]:
    """The same for a whole list of visits, in the same three queries."""
    table: dict[int, list[PhotoReading]] = {visit.pk: [] for visit in visits}
    for one in _readings(Photo.objects.current().filter(visit__in=table)):
        table[one.photo.visit_id].append(one)
    return table


def _readings(photos: QuerySet[Photo]) -> list[PhotoReading]:
    analyses = Analysis.objects.exclude(status=AnalysisStatus.CANCELLED).order_by("-queued_at")
    loaded = photos.prefetch_related(
        Prefetch("analyses", analyses.prefetch_related("lesions"), to_attr="not_cancelled")
    )
    return sorted(map(_newest, loaded), key=lambda one: VIEW_ORDER[View(one.photo.view)])


def _newest(photo: Photo) -> PhotoReading:
    analyses: list[Analysis] = getattr(photo, "not_cancelled")  # noqa: B009 - set by the prefetch
    newest = analyses[0] if analyses else None
    return PhotoReading(photo, newest, tuple(newest.lesions.all()) if newest else ())


@dataclass(frozen=True)
class VisitGrade:
    """The grade of a visit by every criterion: ``document`` is what
    ``inference.grading.grade_visit`` said, kept with the visit and put into words here.
    """

    document: Json

    @property
    def is_read(self) -> bool:
        """At least one view of the face was read; else there is no grade, not even "none"."""
        return any(self.sources.values())

    @property
    def sources(self) -> dict[str, str | None]:
        """The view that shows each region best."""
        return dict(self.document["sources"])

    @property
    def is_incomplete(self) -> bool:
        return not self.document["complete"]

    @property
    def gaps(self) -> list[Line]:
        """Why it is incomplete."""
        return _lines(self.document["gaps"])

    @property
    def not_read_by_model(self) -> list[str]:
        """Views that pass the quality check only: chest and back."""
        return list(self.document["not_read_by_model"])

    @property
    def counts(self) -> Counts:
        """Lesions by type, each counted once however many views show it."""
        return dict(self.document["counts"])

    @property
    def counts_by_region(self) -> dict[str, Counts]:
        return dict(self.document["counts_by_region"])

    @property
    def china_2019(self) -> Json:
        return dict(self.document["grades"]["china_2019"])

    @property
    def gags(self) -> Json:
        return dict(self.document["grades"]["gags"])

    @property
    def hayashi(self) -> Json:
        return dict(self.document["grades"]["hayashi"])

    @property
    def grade(self) -> str:
        """A value of ``review.models.Grade``; empty if the model read no view of the face."""
        return str(self.china_2019["grade"] or "none") if self.is_read else ""

    @property
    def probabilities(self) -> dict[str, float]:
        """By grade and "none"; empty where nothing was read."""
        return dict(self.china_2019["probabilities"] or {})

    @property
    def most_probable(self) -> str:
        return str(self.china_2019.get("most_probable", self.grade))

    @property
    def is_uncertain(self) -> bool:
        """The displayed grade is not the most probable one: the page shows both."""
        return bool(self.china_2019.get("uncertain"))

    @property
    def reasons(self) -> list[Line]:
        """Which lesions decide the Chinese grade, and what it would be without them."""
        return _lines(self.china_2019["reasons"])

    @property
    def gags_reasons(self) -> list[Line]:
        return _lines(self.gags["reasons"])

    @property
    def hayashi_reasons(self) -> list[Line]:
        return _lines(self.hayashi["reasons"])


def _lines(found: Iterable[Json]) -> list[Line]:
    return [words.reason(one) for one in found]


def visit_grade(visit: Visit) -> VisitGrade:
    return grade_of(readings(visit))


def grade_of(photos: Sequence[PhotoReading]) -> VisitGrade:
    """The grade of one visit's readings."""
    findings = [_findings(one) for one in photos]
    return VisitGrade(grade_visit(findings, calibration=calibration_of(photos)))


def calibration_of(photos: Sequence[PhotoReading]) -> Calibration:
    """Of the model that read the visit; results stored before it had one carry none."""
    points = (one.result.get("grade_points") for one in photos if one.is_read)
    return Calibration.from_json(next(filter(None, points), {}))


def _findings(one: PhotoReading) -> ViewFindings:
    view = FoundView(one.photo.view)
    if not one.is_read:
        return ViewFindings(view, read=False)
    candidates = one.found
    counted = tuple(c for c in candidates if c.score >= one.thresholds[c.type])
    landmarks = (one.result["face"] or {}).get("landmarks", ())
    return ViewFindings(
        view,
        lesions=counted,
        candidates=candidates,
        midline=midline(landmarks),
        landmarks=landmarks,
        size=size_of(one),
    )


def size_of(one: PhotoReading) -> tuple[float, float]:
    """Width and height of the photo that was read, in pixels."""
    return float(one.result.get("width", 0)), float(one.result.get("height", 0))
