"""The course in numbers, as tables say it to whoever cannot see the drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.analysis.models import LesionType, Region

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from portal.trends.progress import Range
    from portal.trends.selectors import Course, SignedVisit


@dataclass(frozen=True)
class VisitRow:
    """``range``: None as long as nothing is known of it."""

    visit: SignedVisit
    range: Range | None


@dataclass(frozen=True)
class RegionRow:
    """``cells``: each visit's active spots there; None where nothing was counted."""

    label: str
    cells: list[tuple[SignedVisit, int | None]]


def table(course: Course, ranges: Mapping[UUID, Range]) -> list[VisitRow]:
    return [VisitRow(visit, ranges.get(visit.report_id)) for visit in course.visits]


def table_by_region(course: Course) -> list[RegionRow]:
    return [
        RegionRow(str(region.label), [(one, _active_in(one, region)) for one in course.visits])
        for region in Region
    ]


def _active_in(visit: SignedVisit, region: Region) -> int | None:
    if not visit.was_counted:
        return None
    there = visit.counts_by_region[region]
    return sum(n for kind, n in there.items() if kind != LesionType.SCAR)
