"""Is it getting better: the verdict on a course, by followed lesions and by the clinic's rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portal.accounts.models import ResponseRule
from portal.analysis.models import LesionType
from portal.review.models import Grade
from portal.trends.linking import matchings_of, with_lesions
from portal.trends.words import gentle_verdict, response, unlinked, verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from portal.accounts.models import Clinic
    from portal.analysis.words import Line
    from portal.trends.linking import Links, Pair
    from portal.trends.models import VisitMatching
    from portal.trends.selectors import Course, SignedVisit

GRADES = [Grade.NONE, Grade.I, Grade.II, Grade.III, Grade.IV]
STEPS = {ResponseRule.ONE_GRADE: 1, ResponseRule.TWO_GRADES: 2}


@dataclass(frozen=True)
class Range:
    """Between which numbers the true one lies."""

    low: int
    high: int

    @property
    def is_exact(self) -> bool:
        return self.low == self.high

    def holding(self, counted: int) -> Range:
        """Counted by two rules that may differ by a spot off the face: what is signed is shown."""
        return Range(min(self.low, counted), max(self.high, counted))


@dataclass(frozen=True)
class Ranges:
    """Of one visit. ``types`` and ``regions``: by their values; matchings made before they, or
    ``gags``, were measured have none. ``unseen``: regions of which the photos show too little to
    say anything.
    """

    active: Range
    types: Mapping[str, Range] = field(default_factory=dict)
    regions: Mapping[str, Range] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()
    gags: Range | None = None


@dataclass(frozen=True)
class Said:
    """``verdict``: better, worse or unclear."""

    verdict: str
    line: Line


@dataclass(frozen=True)
class Progress:
    """``matchings``: by the two reports; ``links``: of those that this page shows."""

    course: Course
    rule: ResponseRule
    matchings: dict[Pair, VisitMatching]
    links: dict[int, Links]

    def between(self, before: SignedVisit, after: SignedVisit) -> Links | None:
        """Nothing as long as the worker has not matched them, or one has no face to go by."""
        found = self.matchings.get((before.report_id, after.report_id))
        return self.links.get(found.pk) if found else None

    def unlinked(self, before: SignedVisit, after: SignedVisit) -> Line:
        """Why it cannot be said which spot is which, where it cannot."""
        found = self.matchings.get((before.report_id, after.report_id))
        return unlinked(before, after, found.status if found else "")

    @property
    def since_last(self) -> Links | None:
        return self.between(self.course.visits[-2], self.course.latest)

    @property
    def since_first(self) -> Links | None:
        """Only where that is not the last visit as well."""
        is_other = len(self.course.visits) > 2  # noqa: PLR2004
        return self.between(self.course.first, self.course.latest) if is_other else None

    def verdicts(self, *, gently: bool) -> list[Said]:
        """Since the last visit and, where that is another, since the first."""
        say = gentle_verdict if gently else verdict
        told = [(self.since_last, self.course.visits[-2]), (self.since_first, self.course.first)]
        return [
            Said(links.change.verdict, say(links, before.day)) for links, before in told if links
        ]

    @property
    def response(self) -> Line:
        return response(self.rule, responded=self.responded)

    @property
    def responded(self) -> bool | None:
        """By the clinic's rule, since the first visit; None where that cannot be told."""
        return responded(self.rule, self.course.first, self.course.latest)

    @property
    def ranges(self) -> dict[UUID, Ranges]:
        """By report."""
        found: dict[UUID, Ranges] = {}
        for (earlier, later), matching in self.matchings.items():
            for report, side in ((earlier, "before"), (later, "after")):
                measured = (matching.measures or {}).get(side)
                if measured and measured["low"] is not None:
                    found[report] = _ranges(measured)
        return found


def progress(course: Course, clinic: Clinic, *pairs: tuple[SignedVisit, SignedVisit]) -> Progress:
    """``pairs``: visits whose lesions the page shows besides the verdicts."""
    visits = course.visits
    shown = [(visits[-2], visits[-1]), (visits[0], visits[-1]), *pairs]
    matchings = matchings_of(visits)
    wanted = [matchings.get((before.report_id, after.report_id)) for before, after in shown]
    links = with_lesions(one for one in wanted if one)
    return Progress(course, ResponseRule(clinic.response_rule), matchings, links)


def responded(rule: ResponseRule, first: SignedVisit, latest: SignedVisit) -> bool | None:
    if rule == ResponseRule.HALF:
        if not (first.was_counted and latest.was_counted):
            return None
        return 2 * _active(latest) <= _active(first)
    if rule == ResponseRule.CLEAR:
        return latest.grade == Grade.NONE
    better = GRADES.index(Grade(first.grade)) - GRADES.index(Grade(latest.grade))
    return better >= STEPS[rule]


def _ranges(measured: Mapping[str, Any]) -> Ranges:
    regions = measured.get("regions", {})
    return Ranges(
        active=Range(measured["low"], measured["high"]),
        types=_known(measured.get("types", {})),
        regions=_known(regions),
        unseen=frozenset(name for name, one in regions.items() if one["low"] is None),
        gags=_known({"gags": measured["gags"]}).get("gags") if "gags" in measured else None,
    )


def _known(measured: Mapping[str, Mapping[str, Any]]) -> dict[str, Range]:
    return {
        name: Range(one["low"], one["high"])
        for name, one in measured.items()
        if one["low"] is not None
    }


def _active(visit: SignedVisit) -> int:
    return sum(n for kind, n in visit.counts.items() if kind != LesionType.SCAR)
