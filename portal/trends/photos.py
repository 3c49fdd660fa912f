"""The photos of signed visits as the worker follows lesions through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal.analysis.following import FollowedPhoto
from portal.analysis.models import Analysis, AnalysisStatus
from portal.cases.models import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.reports.models import Report

Json = dict[str, Any]
# The front shows most of the face, so the other views are laid on it.
FACE = [View.FRONT, View.LEFT, View.RIGHT]


def followed_photos(reports: Sequence[Report]) -> dict[int, list[FollowedPhoto]]:
    """By the report's key; what has no picture or no face view is left out."""
    ids = [one["id"] for report in reports for one in report.content["photos"]]
    results = _results(ids)
    return {report.pk: _of(report.content, results) for report in reports}


def _of(content: Json, results: dict[str, Json]) -> list[FollowedPhoto]:
    shown = [one for one in content["photos"] if one["width"] and one["view"] in FACE]
    is_machines = not content.get("is_corrected")
    return [
        FollowedPhoto(
            id=one["id"],
            size=(one["width"], one["height"]),
            lesions=one["lesions"] if is_machines else [_confirmed(x) for x in one["lesions"]],
            candidates=results.get(one["id"], {}).get("candidates", []) if is_machines else [],
            landmarks=face.get("landmarks", []),
            hidden=face.get("hidden", []),  # readings before it was measured have none
        )
        for one in sorted(shown, key=lambda one: FACE.index(one["view"]))
        for face in [results.get(one["id"], {}).get("face") or {}]
    ]


def _confirmed(lesion: Json) -> Json:
    """A doctor has gone through them: the model's probabilities say nothing any more."""
    return {**lesion, "score": None}


def _results(photo_ids: Sequence[str]) -> dict[str, Json]:
    """The newest reading of each photo."""
    read = Analysis.objects.filter(photo__public_id__in=photo_ids, status=AnalysisStatus.DONE)
    rows = read.order_by("queued_at").values_list("photo__public_id", "result")
    return {str(photo): result or {} for photo, result in rows}
