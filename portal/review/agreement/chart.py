"""The geometry of the drawings over time: numbers in, SVG coordinates out, and in words what each
line does. No colours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.analysis.models import LesionType
from portal.review.agreement.selectors import FEWEST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from django.utils.functional import _StrPromise

    from portal.review.agreement.selectors import Period

LABEL_WIDTH = 110  # what a month takes below the axis, written larger on a phone


@dataclass(frozen=True)
class Axis:
    """The height of a drawing, from ``lowest`` to ``highest`` with a line at each tick."""

    lowest: float
    highest: float
    ticks: Sequence[float]
    percent: bool = True

    def write(self, value: float) -> str:
        return f"{value:.0f} %" if self.percent else f"{value:.2f}"


PERCENT = Axis(0, 100, (0, 50, 100))


@dataclass(frozen=True)
class Frame:
    """A rectangle in which ``months`` stand side by side."""

    width: float
    height: float
    months: Sequence[date]
    axis: Axis
    left: float = 52
    right: float = 16
    top: float = 12
    bottom: float = 28

    @property
    def inner_right(self) -> float:
        return self.width - self.right

    @property
    def inner_bottom(self) -> float:
        return self.height - self.bottom

    def x(self, place: int) -> float:
        steps = len(self.months) - 1
        share = place / steps if steps else 0.5
        return round(self.left + share * (self.inner_right - self.left), 1)

    def y(self, value: float) -> float:
        share = (value - self.axis.lowest) / (self.axis.highest - self.axis.lowest)
        return round(self.inner_bottom - share * (self.inner_bottom - self.top), 1)

    @property
    def grid(self) -> list[tuple[float, str]]:
        return [(self.y(value), self.axis.write(value)) for value in self.axis.ticks]

    @property
    def written_months(self) -> list[tuple[float, date]]:
        """Those that have room below the axis, the last one always."""
        step = (self.x(1) - self.x(0)) if len(self.months) > 1 else LABEL_WIDTH
        every = max(1, math.ceil(LABEL_WIDTH / step))
        last = len(self.months) - 1
        return [(self.x(place), self.months[place]) for place in range(last, -1, -every)][::-1]


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    month: date
    written: str

    @property
    def square(self) -> tuple[float, float]:
        """Where a square of 8 by 8 begins that is centred here."""
        return self.x - 4, self.y - 4


@dataclass(frozen=True)
class Line:
    label: str
    points: Sequence[Point]
    stretches: Sequence[Sequence[Point]]
    """The line is broken where a month has too few to tell."""

    @property
    def drawn(self) -> list[str]:
        return [" ".join(f"{one.x},{one.y}" for one in stretch) for stretch in self.stretches]

    @property
    def words(self) -> str:
        if not self.points:
            return _("%(what)s: too few to tell.") % {"what": self.label}
        first, last = self.points[0], self.points[-1]
        if first is last:
            told = _("%(what)s: %(value)s in %(month)s.")
            return told % {"what": self.label, "value": last.written, "month": _month(last)}
        told = _("%(what)s: from %(first)s in %(then)s to %(last)s in %(now)s.")
        return told % {
            "what": self.label,
            "first": first.written,
            "then": _month(first),
            "last": last.written,
            "now": _month(last),
        }


@dataclass(frozen=True)
class Drawing:
    frame: Frame
    lines: Sequence[Line]
    type: str = ""
    """Of what lesion, where it is about one."""

    @property
    def label(self) -> str:
        return str(LesionType(self.type).label) if self.type else ""

    @property
    def has_points(self) -> bool:
        return any(line.points for line in self.lines)


Value = float | None


def drawings(periods: Sequence[Period]) -> dict[str, Drawing | list[Drawing]]:
    """``periods``: the newest first, as the page lists them. A type too rare to tell has none."""
    months = _every_month(periods)
    by_month = {one.month: one for one in periods}
    row = [by_month.get(month) for month in months]
    wide = Frame(640, 190, months, PERCENT)
    of_types = [_of_type(kind, row, months) for kind in LesionType.values]
    return {
        "types": [one for one in of_types if one.has_points],
        "kappa": _kappa(row, months),
        "drift": Drawing(
            wide,
            [
                _line(_("certainty"), wide, _each(row, lambda one: one.certainty)),
                _line(_("photos refused"), wide, _each(row, lambda one: one.refused)),
                _line(_("photos with cautions"), wide, _each(row, lambda one: one.cautioned)),
            ],
        ),
    }


def _of_type(kind: str, row: Sequence[Period | None], months: Sequence[date]) -> Drawing:
    frame = Frame(320, 150, months, PERCENT)

    def of(period: Period, share: str, among: str) -> Value:
        found = next(one for one in period.types if one.type == kind)
        value: Value = getattr(found, share)
        return value if getattr(found, among) >= FEWEST else None

    right = _each(row, lambda one: of(one, "precision", "machine"))
    found = _each(row, lambda one: of(one, "recall", "doctor"))
    lines = [
        _line(_("of the model's, right"), frame, right),
        _line(_("of the doctor's, found"), frame, found),
    ]
    return Drawing(frame, lines, kind)


def _kappa(row: Sequence[Period | None], months: Sequence[date]) -> Drawing:
    values = _each(row, lambda one: one.kappa)
    below = any(value is not None and value < 0 for value in values)
    lowest = -1 if below else 0
    axis = Axis(lowest, 1, (*((-1,) if below else ()), 0, 0.5, 1), percent=False)
    frame = Frame(640, 170, months, axis)
    return Drawing(frame, [_line(_("grade, kappa"), frame, values)])


def _each(row: Sequence[Period | None], of: Callable[[Period], Value]) -> list[Value]:
    return [of(one) if one else None for one in row]


def _line(label: str | _StrPromise, frame: Frame, values: Sequence[Value]) -> Line:
    stretches: list[list[Point]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            stretches.append([])
            continue
        month, written = frame.months[place], frame.axis.write(value)
        stretches[-1].append(Point(frame.x(place), frame.y(value), month, written))
    kept = [stretch for stretch in stretches if stretch]
    return Line(str(label), [point for stretch in kept for point in stretch], kept)


def _every_month(periods: Sequence[Period]) -> list[date]:
    """From the first to the last, those in which nothing was signed too."""
    month, last = periods[-1].month, periods[0].month
    months = [month]
    while month < last:
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
        months.append(month)
    return months


def _month(point: Point) -> str:
    return date_format(point.month, "YEAR_MONTH_FORMAT")
