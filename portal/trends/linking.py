"""What became of each lesion between two visits: the machine's word with the doctors' over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from portal.analysis.following import change
from portal.analysis.models import LesionType, Region
from portal.trends.models import (
    LesionMatch,
    MatchCorrection,
    MatchingStatus,
    Outcome,
    VisitMatching,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from portal.analysis.following import Change
    from portal.trends.selectors import SignedVisit

Json = dict[str, Any]
PAIRED = (Outcome.PERSISTING, Outcome.CHANGED)
ORDER = [Outcome.NEW, Outcome.RESOLVED, Outcome.CHANGED, Outcome.PERSISTING, Outcome.NOT_VISIBLE]


@dataclass(frozen=True)
class Side:
    """A lesion as one of the visits shows it; ``row`` names the match that holds it."""

    row: UUID
    type: str
    region: str
    score: float
    at: tuple[float, float] | None
    """On the map of the face, in mm."""
    members: tuple[tuple[str, int], ...]

    @property
    def type_label(self) -> str:
        return str(LesionType(self.type).label)

    @property
    def region_label(self) -> str:
        return str(Region(self.region).label) if self.region else ""


# On the detector's own output the stated confidence is right at its top only: of pairs stated from
# here on 95 of 100 are one lesion, of those below hardly half; of all that is called new or gone
# 74 of 100 are so (the tracking card).
SURE_FROM = 0.9
LIKELY_FROM = 0.5


class Sureness(models.TextChoices):
    SAID = "said", _("doctor")
    SURE = "sure", _("sure")
    LIKELY = "likely", _("likely")
    UNSURE = "unsure", _("unsure")


@dataclass(frozen=True)
class Link:
    """One lesion through both visits. ``confidence``: None where a doctor has said so."""

    number: int
    outcome: Outcome
    before: Side | None
    after: Side | None
    confidence: float | None

    @property
    def shown(self) -> Side:
        """As it is now, or was last."""
        side = self.after or self.before
        assert side  # noqa: S101 - a link is of a lesion
        return side

    @property
    def is_pair(self) -> bool:
        return self.outcome in PAIRED

    @property
    def is_by_doctor(self) -> bool:
        return self.confidence is None

    @property
    def sureness(self) -> Sureness:
        if self.confidence is None:
            return Sureness.SAID
        if self.is_pair and self.confidence >= SURE_FROM:
            return Sureness.SURE
        return (
            Sureness.LIKELY
            if not self.is_pair and self.confidence >= LIKELY_FROM
            else Sureness.UNSURE
        )

    def place_in(self, photo_id: str) -> int | None:
        """Its place among a photo's lesions, in whichever visit the photo is of."""
        members = (m for side in (self.before, self.after) if side for m in side.members)
        return next((place for photo, place in members if photo == photo_id), None)


@dataclass(frozen=True)
class Links:
    """All lesions of two visits. ``measures``: of ``VisitMatching``."""

    matching: VisitMatching
    links: list[Link]

    @property
    def measures(self) -> Json:
        """Of both visits; a matching that is done has them."""
        return dict(self.matching.measures or {})

    @property
    def change(self) -> Change:
        """Better or worse, scars left out."""
        return change(_followed(one) for one in self.links if not _is_scar(one))

    def of(self, outcome: str) -> list[Link]:
        return [one for one in self.links if one.outcome == outcome]

    @property
    def numbers(self) -> dict[str, int]:
        return {outcome.value: len(self.of(outcome)) for outcome in Outcome}

    def in_map(self, show: str) -> list[Link]:
        return [one for one in self.filtered(show) if one.shown.at]

    def filtered(self, show: str) -> list[Link]:
        """Those of one outcome; all for anything else."""
        return self.of(show) if show in Outcome.values else self.links


def sides_of(match: LesionMatch) -> tuple[Side | None, Side | None]:
    return _side(match, match.before), _side(match, match.after)


def links_of(matching: VisitMatching) -> Links:
    """The machine's matches with every doctor's word in the order it was given."""
    rows = {row.pk: row for row in matching.matches.all()}
    partner = {pk: pk for pk, row in rows.items() if row.before and row.after}
    spoken: set[int] = set()
    corrections = [one for row in rows.values() for one in row.joined_later.all()]
    for one in sorted(corrections, key=lambda one: one.pk):
        if one.are_one:
            partner = {b: a for b, a in partner.items() if a != one.after_id}
            partner[one.before_id] = one.after_id
        elif partner.get(one.before_id) == one.after_id:
            del partner[one.before_id]
        spoken |= {one.before_id, one.after_id}
    return Links(matching, _numbered(_links(rows, partner, spoken)))


def _links(
    rows: dict[int, LesionMatch], partner: dict[int, int], spoken: set[int]
) -> Iterable[Link]:
    taken = set(partner.values())
    for pk, row in rows.items():
        before, after = sides_of(row)
        confidence = None if pk in spoken else row.confidence
        if pk in partner:
            other = sides_of(rows[partner[pk]])[1]
            assert before  # noqa: S101 - only a lesion of the earlier visit has a partner
            assert other  # noqa: S101 - and only one of the later visit is one
            same = before.type == other.type
            yield Link(
                0, Outcome.PERSISTING if same else Outcome.CHANGED, before, other, confidence
            )
        elif before:
            yield Link(0, _alone(row, Outcome.RESOLVED), before, None, confidence)
        if after and pk not in taken:
            yield Link(0, _alone(row, Outcome.NEW), None, after, confidence)


def _alone(row: LesionMatch, outcome: Outcome) -> Outcome:
    """What could not be seen stays unseen; the halves of a pair that is none are gone and new."""
    return Outcome.NOT_VISIBLE if row.outcome == Outcome.NOT_VISIBLE else outcome


def _numbered(links: Iterable[Link]) -> list[Link]:
    """By outcome, what changed first, then from the brow to the chin."""
    ordered = sorted(links, key=lambda one: (ORDER.index(one.outcome), _height(one)))
    return [
        Link(number, one.outcome, one.before, one.after, one.confidence)
        for number, one in enumerate(ordered, start=1)
    ]


def _height(link: Link) -> tuple[float, float]:
    at = link.shown.at
    return (at[1], at[0]) if at else (0.0, 0.0)


def _side(match: LesionMatch, document: Json | None) -> Side | None:
    if document is None:
        return None
    return Side(
        row=match.public_id,
        type=document["type"],
        region=document["region"],
        score=document["score"],
        at=tuple(document["at"][:2]) if document["at"] else None,
        members=tuple((photo, place) for photo, place in document["members"]),
    )


def _is_scar(link: Link) -> bool:
    return LesionType.SCAR in [side.type for side in (link.before, link.after) if side]


def _followed(link: Link) -> Json:
    scores = [side.score for side in (link.before, link.after) if side]
    confidence = 1.0 if link.confidence is None else link.confidence
    return {
        "outcome": str(link.outcome),
        "score": sum(scores) / len(scores),
        "confidence": confidence,
    }


Pair = tuple["UUID", "UUID"]


def matchings_of(visits: Iterable[SignedVisit]) -> dict[Pair, VisitMatching]:
    """Every matching between these visits, by the two reports, without its lesions."""
    reports = {visit.report_key: visit.report_id for visit in visits}
    between = VisitMatching.objects.filter(earlier__in=reports, later__in=reports)
    return {(reports[one.earlier_id], reports[one.later_id]): one for one in between}


def with_lesions(matchings: Iterable[VisitMatching]) -> dict[int, Links]:
    """Of those that are done, by the matching's key; three queries however many there are."""
    corrections = Prefetch("joined_later", MatchCorrection.objects.all())
    matches = Prefetch("matches", LesionMatch.objects.prefetch_related(corrections))
    done = {one.pk for one in matchings if one.status == MatchingStatus.DONE}
    wanted = VisitMatching.objects.filter(pk__in=done)
    return {one.pk: links_of(one) for one in wanted.prefetch_related(matches)}


def links_between(before: SignedVisit, after: SignedVisit) -> Links | None:
    """Nothing as long as the worker has not matched them."""
    found = matchings_of([before, after]).get((before.report_id, after.report_id))
    return with_lesions([found]).get(found.pk) if found else None
