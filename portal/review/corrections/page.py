"""All that the workstation's script is given with the page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.analysis.models import LesionType, Region
from portal.cases.models import View
from portal.review.corrections.document import state_of
from portal.review.pictures import levels

if TYPE_CHECKING:
    from portal.analysis.selectors import PhotoReading
    from portal.reports.selectors import ReportReading
    from portal.review.corrections.selectors import Corrected
    from portal.review.models import Review

Json = dict[str, Any]
# Landmarks at the right and left edge of each iris, whose width hardly differs between adults.
IRISES = ((471, 469), (476, 474))
IRIS_MM = 11.7
FLOOR = 0.05


def page_of(review: Review, held: Corrected, last: ReportReading | None) -> Json:
    """Photos with what may be drawn over them, the state of the work, and the words for it."""
    shown = [one for one in held.readings if one.photo.display]
    read = next((one for one in shown if one.thresholds), None)
    return {
        "review": str(review.public_id),
        "state": state_of(review, held=held),
        "photos": [_photo(one) for one in shown],
        "before": _before(last),
        "threshold": min(read.thresholds.values()) if read else FLOOR,
        "floor": read.result.get("floor", FLOOR) if read else FLOOR,
        "urls": _urls(review),
        "texts": texts(),
    }


def _photo(one: PhotoReading) -> Json:
    photo = one.photo
    box = one.result.get("heatmap_box")
    has_heatmap = bool(box and one.analysis and one.analysis.heatmap)
    return {
        "id": str(photo.public_id),
        "view": photo.view,
        "levels": levels(photo.public_id, photo.width or 0, photo.height or 0),
        "width": photo.width,
        "height": photo.height,
        "thresholds": one.thresholds,
        "regions": [{"points": points} for points in one.regions.values()],
        "heatmap": reverse("review:heatmap", args=[photo.public_id]) if has_heatmap else None,
        "heatmapBox": box,
        "pixelsPerMm": _pixels_per_mm(one),
    }


def _pixels_per_mm(one: PhotoReading) -> float | None:
    """From the irises of a face seen from the front; nothing to go by elsewhere."""
    points = (one.result.get("face") or {}).get("landmarks") or []
    if one.photo.view != View.FRONT or len(points) <= max(map(max, IRISES)):
        return None
    widths = [math.dist(points[right][:2], points[left][:2]) for right, left in IRISES]
    return round(sum(widths) / len(widths) / IRIS_MM, 2) or None


def _before(last: ReportReading | None) -> list[Json]:
    """What was signed last time, by view."""
    photos = last.content["photos"] if last else []
    return [_signed(one) for one in photos if one["width"]]


def _signed(one: Json) -> Json:
    lesions = [
        {**lesion, "key": f"before-{place}", "stands": True, "verdict": "accepted"}
        for place, lesion in enumerate(one["lesions"])
    ]
    return {
        "view": one["view"],
        "levels": levels(one["id"], one["width"], one["height"]),
        "width": one["width"],
        "height": one["height"],
        "lesions": lesions,
    }


def _urls(review: Review) -> dict[str, str]:
    names = {"record": "record_correction", "undo": "undo_correction", "redo": "redo_correction"}
    visit = review.visit.public_id
    return {
        **{way: reverse(f"review:{name}", args=[visit]) for way, name in names.items()},
        "regrade": reverse("review:regrade", args=[visit]),
    }


def texts() -> Json:
    """What the script says; names in braces are filled in there."""
    return {
        "types": {kind.value: str(kind.label) for kind in LesionType},
        "regions": {region.value: str(region.label) for region in Region},
        "verdicts": {"accepted": _("accepted"), "rejected": _("rejected")},
        "machineSaid": _("the model said {type}"),
        "place": _("{place} of {all}"),
        "noLesion": _("Nothing is marked on this photo."),
        "deciding": _("Only what decides the grade is shown: {count}."),
        "saved": _("All saved"),
        "unsaved": _("Not saved: no connection. It is tried again."),
        "signedOut": _(
            "You are signed out. What you changed last is kept here: sign in again and open the "
            "visit."
        ),
        "own": _("the model's own"),
        "allAccepted": _("All findings accepted."),
        "added": _("Added: {type}. Move it with the arrow keys."),
        "newOnes": _("What you add is now: {type}."),
        "fewCorners": _("An outline needs at least three corners."),
        "millimetres": _("{px} px, about {mm} mm (judged by the irises)"),
        "pixels": _("{px} px"),
        "tools": {
            "select": _("Select"),
            "box": _("New box: drag on the photo, or press Enter to put it in the middle."),
            "polygon": _(
                "New outline: click its corners; a double click or Enter closes it. Enter at once "
                "puts one in the middle."
            ),
            "measure": _("Measure: drag on the photo."),
        },
    }
