"""A visit as the patient sees it: a card for each view, and what still stands in its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from portal.analysis.models import AnalysisStatus
from portal.analysis.selectors import readings
from portal.cases.models import View, Visit

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from portal.analysis.selectors import PhotoReading

TO_RETAKE = (AnalysisStatus.REJECTED, AnalysisStatus.UNREADABLE)


@dataclass(frozen=True)
class Asked:
    """One view the patient is asked for."""

    view: View
    title: Promise
    hint: Promise
    needed: bool

    @property
    def drawing(self) -> str:
        """The template of the example drawing."""
        return f"cases/drawings/{self.view}.html"


ASKED = (
    Asked(View.FRONT, _("Front"), _("Look straight at the camera."), needed=True),
    Asked(
        View.LEFT,
        _("Left side"),
        _("Turn your head to the right, until the left cheek faces the camera."),
        needed=False,
    ),
    Asked(
        View.RIGHT,
        _("Right side"),
        _("Turn your head to the left, until the right cheek faces the camera."),
        needed=False,
    ),
)
ASKED_VIEWS = tuple(asked.view for asked in ASKED)


@dataclass(frozen=True)
class Card:
    asked: Asked
    reading: PhotoReading | None

    @property
    def state(self) -> str:
        return self.reading.status if self.reading else "empty"

    @property
    def must_be_retaken(self) -> bool:
        return self.state in TO_RETAKE


@dataclass(frozen=True)
class Obstacle:
    """Why the visit cannot be sent yet. ``view`` is the card that removes it."""

    code: str
    view: View
    message: Promise


OBSTACLES = {
    "front_missing": _("Add the photo from the front."),
    "front_refused": _("Take the photo from the front again."),
    "left_refused": _("Take the photo of the left side again, or remove it."),
    "right_refused": _("Take the photo of the right side again, or remove it."),
}


@dataclass(frozen=True)
class Checklist:
    visit: Visit
    cards: list[Card]

    @property
    def obstacles(self) -> list[Obstacle]:
        return [found for card in self.cards if (found := _obstacle(card))]

    @property
    def state(self) -> str:
        """Changes whenever the words about sending do."""
        return " ".join(f"{card.asked.view}-{card.state}" for card in self.cards)

    @property
    def is_complete(self) -> bool:
        return all(card.reading for card in self.cards)

    @property
    def is_being_read(self) -> bool:
        return any(card.reading and card.reading.is_unfinished for card in self.cards)

    def card(self, view: str) -> Card:
        return next(card for card in self.cards if card.asked.view == view)


def checklist(visit: Visit) -> Checklist:
    by_view = {one.photo.view: one for one in readings(visit)}
    return Checklist(visit, [Card(asked, by_view.get(asked.view)) for asked in ASKED])


def _obstacle(card: Card) -> Obstacle | None:
    view = card.asked.view
    if card.must_be_retaken:
        return _named(f"{view}_refused", view)
    if card.reading is None and card.asked.needed:
        return _named(f"{view}_missing", view)
    return None


def _named(code: str, view: View) -> Obstacle:
    return Obstacle(code, view, OBSTACLES[code])
