"""Counts per lesion type and facial region, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from portal.analysis.models import LesionType, Region

if TYPE_CHECKING:
    from portal.analysis.selectors import Counts


@dataclass(frozen=True)
class TypeRow:
    type: str
    cells: list[int]
    total: int

    @property
    def label(self) -> str:
        return str(LesionType(self.type).label)


@dataclass(frozen=True)
class CountTable:
    places: list[str]
    rows: list[TypeRow]
    """Every type, also those of which there are none."""

    @property
    def found(self) -> list[TypeRow]:
        return [row for row in self.rows if row.total]

    @property
    def totals(self) -> list[int]:
        """By place, and the sum of all."""
        columns = zip(*(row.cells for row in self.rows), strict=True)
        return [*map(sum, columns), sum(row.total for row in self.rows)]


def count_table(counts: Counts, by_region: dict[str, Counts]) -> CountTable:
    """A column for each region, and one for what lies outside them where there is any."""
    rows = [_row(kind, counts[kind], by_region) for kind in LesionType.values]
    places = [str(region.label) for region in Region]
    if any(row.cells[-1] for row in rows):
        return CountTable([*places, _("elsewhere")], rows)
    return CountTable(places, [TypeRow(r.type, r.cells[:-1], r.total) for r in rows])


def _row(kind: str, total: int, by_region: dict[str, Counts]) -> TypeRow:
    cells = [by_region[region][kind] for region in Region.values]
    return TypeRow(kind, [*cells, total - sum(cells)], total)
