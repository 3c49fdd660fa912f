"""A visit as the patient sees it: a card for each view, and what still stands in its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from portal.analysis.models import AnalysisStatus
from portal.analysis.selectors import readings
from portal.cases.models import View, Visit, VisitStatus

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from portal.analysis.selectors import PhotoReading
    from portal.cases.models import RetakeRequest

FACE_VIEWS = (View.FRONT, View.LEFT, View.RIGHT)
TO_RETAKE = (AnalysisStatus.REJECTED, AnalysisStatus.UNREADABLE)


@dataclass(frozen=True)
class Asked:
    """One view the patient is asked for."""

    view: View
    title: Promise
    hint: Promise
    needed: bool = False

    @property
    def drawing(self) -> str:
        """The template of the example drawing."""
        return f"cases/drawings/{self.view}.html"

    @property
    def has_guide(self) -> bool:
        """The camera's page knows faces and nothing else."""
        return self.view in FACE_VIEWS


VIEWS = {
    asked.view: asked
    for asked in (
        Asked(View.FRONT, _("Front"), _("Look straight at the camera."), needed=True),
        Asked(
            View.LEFT,
            _("Left side"),
            _("Turn your head to the right, until the left cheek faces the camera."),
        ),
        Asked(
            View.RIGHT,
            _("Right side"),
            _("Turn your head to the left, until the right cheek faces the camera."),
        ),
        Asked(
            View.CHEST,
            _("Chest"),
            _("From the collarbones down to the ribs; a mirror or a self-timer helps."),
        ),
        Asked(
            View.BACK,
            _("Upper back"),
            _("From the neck to the shoulder blades; ask somebody, or use a self-timer."),
        ),
    )
}


@dataclass(frozen=True)
class Card:
    asked: Asked
    reading: PhotoReading | None
    retake: RetakeRequest | None = None
    """The doctor's request for this view, until the visit is sent again."""

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
    "chest_refused": _("Take the photo of the chest again, or remove it."),
    "back_refused": _("Take the photo of the back again, or remove it."),
    "asked_again": _("Add the new photo that the doctor asks for."),
    "asked_again_refused": _("The new photo is not good enough yet. Take it again."),
}


@dataclass(frozen=True)
class Checklist:
    visit: Visit
    cards: list[Card]

    @property
    def obstacles(self) -> list[Obstacle]:
        return [found for card in self.cards if (found := self._obstacle(card))]

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

    @property
    def is_retake(self) -> bool:
        return self.visit.status == VisitStatus.RETAKE_REQUESTED

    def card(self, view: str) -> Card | None:
        """Nothing for a view that is not shown, or not any more: the visit was sent meanwhile."""
        return next((card for card in self.cards if card.asked.view == view), None)

    def _obstacle(self, card: Card) -> Obstacle | None:
        view = card.asked.view
        if self.is_retake:
            return _retake_obstacle(card)
        if card.must_be_retaken:
            return _named(f"{view}_refused", view)
        if card.reading is None and card.asked.needed:
            return _named(f"{view}_missing", view)
        return None


def asked_views(visit: Visit) -> list[View]:
    """The views that photos are taken of now: what the clinic asks for, or the doctor again."""
    if visit.status == VisitStatus.RETAKE_REQUESTED:
        wanted = {one.view for one in visit.retakes.all() if one.answered_at is None}
    else:
        wanted = set(visit.case.clinic.views_asked)
    return [view for view in View if view in wanted]


def checklist(visit: Visit) -> Checklist:
    """Before it is sent a visit shows what is asked for, afterwards what there is."""
    by_view = {one.photo.view: one for one in readings(visit)}
    asked = asked_views(visit)
    retakes = {one.view: one for one in visit.retakes.all() if one.answered_at is None}
    if visit.status == VisitStatus.RETAKE_REQUESTED:
        shown = asked
    else:
        wanted = {*(asked if visit.is_open else ()), *by_view}
        shown = [view for view in View if view in wanted]
    return Checklist(visit, [_card(view, by_view.get(view), retakes.get(view)) for view in shown])


def _card(view: View, reading: PhotoReading | None, retake: RetakeRequest | None) -> Card:
    if retake is None:
        return Card(VIEWS[view], reading)
    is_new = reading is not None and reading.photo.uploaded_at > retake.asked_at
    return Card(VIEWS[view], reading if is_new else None, retake)


def _retake_obstacle(card: Card) -> Obstacle | None:
    if card.must_be_retaken:
        return _named("asked_again_refused", card.asked.view)
    if card.reading is None:
        return _named("asked_again", card.asked.view)
    return None


def _named(code: str, view: View) -> Obstacle:
    return Obstacle(code, view, OBSTACLES[code])
