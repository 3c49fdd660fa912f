"""Categories of an erasure in the patient's language: what it is, what becomes of it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from portal.rights.inventory import ERASED, KEPT, Category

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from django.utils.functional import _StrPromise

LABELS: dict[str, _StrPromise] = {
    "account": _("Your account: name, e-mail address, date of birth, sign-ins, devices"),
    "visits": _("Visits without a report, with your answers"),
    "photos": _("Photos of these visits, and photos that you replaced"),
    "heatmaps": _("Pictures that the computer made of your photos"),
    "exports": _("Copies of everything that were made for you"),
    "reports": _("Signed reports, with your answers and the doctors' findings"),
    "report_photos": _("Photos that signed reports rest on"),
    "messages": _("Messages and their pictures"),
    "consents": _("Consent forms that you signed"),
    "research": _("Photos that left for training while you agreed to research"),
    "log": _("Entries of the log that concern you"),
    "backups": _("Backups of the clinic"),
}
REASONS: dict[str, _StrPromise] = {
    "medical_record": _(
        "They are part of your medical record, which the law obliges the clinic to keep. They are"
        " sealed: nobody at the clinic can open them here any more."
    ),
    "proof": _("They prove that you agreed to what is kept. They are sealed as well."),
    "research": _(
        "These copies carry no name and are outside this site; nobody here can tell whose they are"
        " any more."
    ),
    "log": _(
        "It holds numbers only, no name and no picture, and shows who handled your data. It cannot"
        " be changed."
    ),
    "backups": _(
        "Copies made against loss. Each is destroyed by that day; if one has to be used before,"
        " your data is erased again first."
    ),
}


@dataclass(frozen=True)
class Told:
    """A category as it is told."""

    category: Category

    @property
    def label(self) -> _StrPromise:
        return LABELS[self.category.code]

    @property
    def count(self) -> int:
        """Where a number says something."""
        return 0 if self.category.code in ("account", "backups") else self.category.count

    @property
    def is_erased(self) -> bool:
        return self.category.fate == ERASED

    @property
    def is_kept(self) -> bool:
        return self.category.fate == KEPT

    @property
    def reason(self) -> _StrPromise | str:
        return REASONS.get(self.category.why, "")

    @property
    def until(self) -> date | None:
        return self.category.until_day


def told(categories: Iterable[Category]) -> list[Told]:
    """What goes comes first."""
    return sorted((Told(one) for one in categories), key=lambda one: not one.is_erased)


def told_of(outcome: Iterable[dict[str, Any]]) -> list[Told]:
    return told(Category(**one) for one in outcome)
