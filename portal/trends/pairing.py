"""Two visits with their lesions linked: what the page draws on the photos, on the map, in lists."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from portal.analysis.following import face_drawing
from portal.analysis.models import Region
from portal.trends.linking import ORDER
from portal.trends.models import Outcome

if TYPE_CHECKING:
    from portal.reports.selectors import ReportPhoto
    from portal.trends.comparison import Comparison
    from portal.trends.linking import Link, Links, Side
    from portal.trends.models import VisitMatching

NEAREST = 6  # that a doctor is offered as the same lesion


@dataclass(frozen=True)
class Marker:
    """A lesion on one of the photos, in its pixels, with the number of its link."""

    link: Link
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Row:
    """A line of the list. ``offers``: what may be the same lesion in the other visit."""

    link: Link
    offers: list[Link]


@dataclass(frozen=True)
class RegionFates:
    """What became of the spots of one part of the face, each outcome with how often."""

    label: str
    outcomes: list[tuple[Outcome, int]]


@dataclass(frozen=True)
class Pairing:
    """``show``: the outcome that is picked out; anything else shows all."""

    compared: Comparison
    links: Links
    show: str

    @property
    def matching(self) -> VisitMatching:
        return self.links.matching

    @property
    def outcomes(self) -> list[tuple[Outcome, int]]:
        """Those that occur, with how often."""
        return [(one, n) for one in Outcome if (n := self.links.numbers[one.value])]

    @cached_property
    def shown(self) -> list[Link]:
        return self.links.filtered(self.show)

    @property
    def on_map(self) -> list[Link]:
        """What stays lies below what came and went."""
        return [one for one in reversed(self.shown) if one.shown.at]

    @property
    def by_region(self) -> list[RegionFates]:
        """The map in words; last what lies in none of the five regions."""
        names = [(region.value, str(region.label)) for region in Region]
        return [
            RegionFates(label, outcomes)
            for name, label in [*names, ("", _("Elsewhere"))]
            if (outcomes := self._outcomes_in(name))
        ]

    def _outcomes_in(self, region: str) -> list[tuple[Outcome, int]]:
        there = [one.outcome for one in self.shown if one.shown.region == region]
        return [(one, n) for one in ORDER if (n := there.count(one))]

    @property
    def markers(self) -> tuple[list[Marker], list[Marker]]:
        """On the earlier and on the later photo."""
        if self.compared.photos is None:
            return [], []
        before, after = self.compared.photos
        return self._markers(before), self._markers(after)

    def _markers(self, photo: ReportPhoto) -> list[Marker]:
        found = []
        for link in reversed(self.shown):
            place = link.place_in(str(photo.content["id"]))
            if place is not None:
                x, y, width, height = photo.content["lesions"][place]["box"]
                radius = max(0.75 * max(width, height), photo.content["width"] / 110)
                found.append(Marker(link, x + width / 2, y + height / 2, radius))
        return found

    @property
    def rows(self) -> list[Row]:
        return [Row(link, self._offers(link)) for link in self.shown]

    def _offers(self, link: Link) -> list[Link]:
        """For a lesion of one visit only, those of the other visit only, the nearest first."""
        if link.is_pair:
            return []
        others = [
            one
            for one in self.links.links
            if not one.is_pair and bool(one.after) == bool(link.before)
        ]
        return sorted(others, key=lambda one: _apart(link.shown, one.shown))[:NEAREST]

    @property
    def drawing(self) -> dict[str, object]:
        return face_drawing()


def _apart(one: Side, other: Side) -> float:
    if one.at is None or other.at is None:
        return float("inf")
    return (one.at[0] - other.at[0]) ** 2 + (one.at[1] - other.at[1]) ** 2
