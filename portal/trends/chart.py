"""The geometry of the course's drawing: numbers in, SVG coordinates out. No colours, no words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from portal.analysis.models import LesionType
from portal.review.models import Grade

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from portal.trends.progress import Ranges
    from portal.trends.selectors import Course, SignedVisit

GRADES = (Grade.NONE, Grade.I, Grade.II, Grade.III, Grade.IV)
ROUND = (1, 2, 5)
MOST_TICKS = 5
LABEL_WIDTH = 72  # what a day takes below the axis
SIGNS_HIGH = 40.0  # what the signs of treatments take above the highest number


@dataclass(frozen=True)
class Sheet:
    """What the drawing lies on; what is written takes as much room on a narrow one."""

    name: str
    width: int
    left: int
    right: int


SHEETS = (
    Sheet("wide", width=760, left=84, right=724),
    Sheet("narrow", width=324, left=66, right=288),
)


@dataclass(frozen=True)
class Plot:
    """A rectangle to draw in; ``days`` span its width, ``highest`` its height."""

    days: Sequence[date]
    highest: int
    sheet: Sheet
    top: float
    bottom: float

    @property
    def left(self) -> float:
        return self.sheet.left

    @property
    def right(self) -> float:
        return self.sheet.right

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    def x(self, day: date) -> float:
        span = self.days[-1] - self.days[0]
        if span < timedelta(days=1):
            return self.middle
        return round(self.left + (self.right - self.left) * ((day - self.days[0]) / span), 1)

    def y(self, value: float) -> float:
        return round(self.bottom - (self.bottom - self.top) * value / self.highest, 1)


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    value: int

    @property
    def corner(self) -> tuple[float, float]:
        """Where a sign of 20 by 20 begins that is centred here."""
        return self.x - 10, self.y - 10


@dataclass(frozen=True)
class Line:
    type: str
    marks: list[Mark]

    @property
    def label(self) -> str:
        return str(LesionType(self.type).label)

    @property
    def points(self) -> str:
        return " ".join(f"{mark.x},{mark.y}" for mark in self.marks)


@dataclass(frozen=True)
class Bar:
    """All active spots of a visit, and how far the true number may lie from it."""

    x: float
    y: float
    top: float
    bottom: float
    value: int
    low: int
    high: int


@dataclass(frozen=True)
class Totals:
    plot: Plot
    ticks: list[Mark]
    bars: list[Bar]

    @property
    def points(self) -> str:
        return " ".join(f"{bar.x},{bar.y}" for bar in self.bars)


@dataclass(frozen=True)
class Chart:
    sheet: Sheet
    totals: Totals
    counts: Plot
    lines: list[Line]
    ticks: list[Mark]
    days: list[tuple[float, date]]
    """The days that have room below the axis."""
    grades: Plot
    grade_marks: list[Mark]
    grade_ticks: list[tuple[float, str]]
    treatments: list[float]
    """Where each of the course's treatments begins, in their order."""

    @property
    def grade_points(self) -> str:
        """Steps: a grade holds until the next visit."""
        return " ".join(_steps(self.grade_marks))


def charts(course: Course, ranges: Mapping[UUID, Ranges]) -> list[Chart]:
    """One for each sheet. ``ranges``: by report, where it is known how sure the count is."""
    return [_chart(course, ranges, sheet) for sheet in SHEETS]


def _chart(course: Course, ranges: Mapping[UUID, Ranges], sheet: Sheet) -> Chart:
    days = [visit.day for visit in course.visits]
    counted = [visit for visit in course.visits if visit.was_counted]
    most = max((n for visit in counted for n in visit.counts.values()), default=0)
    ticks = ticks_up_to(most)
    plot = Plot(days, ticks[-1], sheet, top=SIGNS_HIGH, bottom=220)
    grades = Plot(days, len(GRADES) - 1, sheet, top=14, bottom=114)
    return Chart(
        sheet=sheet,
        totals=_totals(days, counted, ranges, sheet),
        counts=plot,
        lines=[line for kind in LesionType.values if (line := _line(kind, counted, plot))],
        ticks=[Mark(plot.left, plot.y(value), value) for value in ticks],
        days=spread(days, plot),
        grades=grades,
        grade_marks=[
            Mark(grades.x(visit.day), grades.y(place), place)
            for visit in course.visits
            for place in [GRADES.index(Grade(visit.grade))]
        ],
        grade_ticks=[(grades.y(i), str(grade.label)) for i, grade in enumerate(GRADES)],
        treatments=[plot.x(treatment.day) for treatment in course.treatments],
    )


def _totals(
    days: Sequence[date],
    visits: Sequence[SignedVisit],
    ranges: Mapping[UUID, Ranges],
    sheet: Sheet,
) -> Totals:
    found = [(visit, ranges.get(visit.report_id)) for visit in visits]
    most = max((one.active.high if one else visit.active for visit, one in found), default=0)
    ticks = ticks_up_to(most)
    plot = Plot(days, ticks[-1], sheet, top=14, bottom=154)
    return Totals(
        plot,
        [Mark(plot.left, plot.y(value), value) for value in ticks],
        [_bar(plot, visit, one) for visit, one in found],
    )


def _bar(plot: Plot, visit: SignedVisit, known: Ranges | None) -> Bar:
    held = known.active.holding(visit.active) if known else None
    low, high = (held.low, held.high) if held else (visit.active, visit.active)
    x, y = plot.x(visit.day), plot.y(visit.active)
    return Bar(x, y, plot.y(high), plot.y(low), visit.active, low, high)


def ticks_up_to(most: int) -> list[int]:
    """At most six round numbers from 0 to the first that is not below ``most``."""
    step = next(s for s in _round_steps() if s * MOST_TICKS >= most)
    count = max(1, -(-most // step))
    return [step * i for i in range(count + 1)]


def spread(days: Sequence[date], plot: Plot) -> list[tuple[float, date]]:
    """The days that can be written below the axis without touching; the last one always."""
    kept = [(plot.x(days[-1]), days[-1])]
    for day in reversed(days[:-1]):
        x = plot.x(day)
        if kept[-1][0] - x >= LABEL_WIDTH:
            kept.append((x, day))
    return kept[::-1]


def _round_steps() -> Iterable[int]:
    power = 1
    while True:
        yield from (factor * power for factor in ROUND)
        power *= 10


def _line(kind: str, visits: Sequence[SignedVisit], plot: Plot) -> Line | None:
    """Nothing for a type that was never found."""
    if not any(visit.counts[kind] for visit in visits):
        return None
    counts = ((visit.day, visit.counts[kind]) for visit in visits)
    return Line(kind, [Mark(plot.x(day), plot.y(count), count) for day, count in counts])


def _steps(marks: Sequence[Mark]) -> Iterable[str]:
    before = None
    for mark in marks:
        if before:
            yield f"{mark.x},{before.y}"
        yield f"{mark.x},{mark.y}"
        before = mark
