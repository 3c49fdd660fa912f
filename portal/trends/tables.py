"""The course in numbers, as tables say it to whoever cannot see the drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.analysis.models import LesionType, Region

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from portal.trends.progress import Range, Ranges
    from portal.trends.selectors import Course, SignedVisit


@dataclass(frozen=True)
class Counted:
    """``number``: None where nothing was counted. ``range``: None where it is not known, or is the
    number itself; ``is_unseen``: the photos show too little of that part of the face.
    """

    number: int | None
    range: Range | None = None
    is_unseen: bool = False


@dataclass(frozen=True)
class VisitRow:
    visit: SignedVisit
    gags: Counted
    active: Counted
    types: list[tuple[LesionType, Counted]]


@dataclass(frozen=True)
class RegionRow:
    """``cells``: each visit's active spots there."""

    label: str
    cells: list[tuple[SignedVisit, Counted]]


def table(course: Course, ranges: Mapping[UUID, Ranges]) -> list[VisitRow]:
    return [_row(visit, ranges.get(visit.report_id)) for visit in course.visits]


def table_by_region(course: Course, ranges: Mapping[UUID, Ranges]) -> list[RegionRow]:
    return [
        RegionRow(
            str(region.label),
            [(one, _in_region(one, region, ranges.get(one.report_id))) for one in course.visits],
        )
        for region in Region
    ]


def _row(visit: SignedVisit, known: Ranges | None) -> VisitRow:
    active = visit.active if visit.was_counted else None
    return VisitRow(
        visit,
        _counted(visit.gags, known.gags if known else None),
        _counted(active, known.active if known else None),
        [(kind, _counted(n, known.types.get(kind) if known else None)) for kind, n in visit.cells],
    )


def _in_region(visit: SignedVisit, region: Region, known: Ranges | None) -> Counted:
    if not visit.was_counted:
        return Counted(None)
    there = visit.counts_by_region[region]
    number = sum(n for kind, n in there.items() if kind != LesionType.SCAR)
    if known and region in known.unseen:
        return Counted(number, is_unseen=True)
    return _counted(number, known.regions.get(region) if known else None)


def _counted(number: int | None, known: Range | None) -> Counted:
    if number is None or known is None:
        return Counted(number)
    held = known.holding(number)
    return Counted(number, None if held.is_exact else held)
