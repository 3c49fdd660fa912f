"""The log as its readers see it: a patient what others looked at, an administrator their clinic's.

Names are looked up when a page is shown and are never in the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.accounts.models import Invitation, User
from portal.accounts.selectors import clinic_of, people_of
from portal.audit.models import READS, Action, Chain, Entry
from portal.consent.models import ConsentForm
from portal.messages.models import Message
from portal.review.models import COMPLETE, Review

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from django.db.models import QuerySet

PICTURES = (Action.PHOTO_READ, Action.HEATMAP_READ)
REPORTS = (Action.REPORT_READ, Action.REPORT_SAVED)


# --- Under which ids somebody is written of -------------------------------------------------------


@dataclass(frozen=True)
class Trail:
    """Where the log speaks of one patient: under their id and those of the doubles that became one
    with them, in the chains of every clinic that they were at.
    """

    ids: list[UUID]
    chains: QuerySet[Chain]


def trail_of(subject: UUID, clinic_id: int | None) -> Trail:
    """``clinic_id``: where they are now. The account itself may be gone."""
    ids = {subject}
    while True:
        trail = Trail(sorted(ids), _chains_of(ids, clinic_id))
        merged = Entry.objects.filter(
            chain__in=trail.chains, action=Action.PATIENTS_MERGED, patient__in=ids
        )
        doubles = {UUID(double) for double in merged.values_list("subject", flat=True)}
        if doubles <= ids:
            return trail
        ids |= doubles


def _chains_of(ids: Iterable[UUID], clinic_id: int | None) -> QuerySet[Chain]:
    """A record that is handed over is written of in the log of either clinic."""
    came_or_went = Entry.objects.filter(
        chain=OuterRef("pk"),
        action=Action.PATIENT_HANDED_OVER,
        subject__in=[str(one) for one in ids],
    )
    return Chain.objects.filter(Q(clinic=clinic_id) | Exists(came_or_went))


def traces_of(patient: User) -> QuerySet[Entry]:
    """All that is written of the patient, whatever clinic or double it was written of."""
    trail = trail_of(patient.public_id, patient.clinic_id)
    return Entry.objects.filter(chain__in=trail.chains, patient__in=trail.ids)


# --- The patient: who looked at my pictures -------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """What one person looked at on one day."""

    day: date
    who: str
    things: list[str]


def looks_at(patient: User) -> QuerySet[Any]:
    """One row a day and person, the newest day first; not what patients looked at themselves."""

    def things(*actions: Action) -> Count:
        return Count("subject", filter=Q(action__in=actions), distinct=True)

    return (
        traces_of(patient)
        .filter(action__in=READS)
        .exclude(actor=F("patient"))
        .exclude(actor=None)
        .annotate(day=TruncDate("at"), clinic=F("chain__clinic"))
        .values("day", "actor", "clinic")
        .annotate(
            photos=things(*PICTURES),
            pictures=things(Action.ATTACHMENT_READ),
            visits=things(Action.VISIT_READ),
            reports=things(*REPORTS),
            courses=things(Action.COURSE_READ),
            threads=things(Action.MESSAGES_READ),
        )
        .order_by("-day", "actor")
    )


def described(patient: User, rows: Iterable[dict[str, Any]]) -> list[Look]:
    names = _doctors_known_to(patient)
    here, before = _("A doctor of your clinic"), _("A doctor of a clinic that you were at before")
    return [
        Look(
            row["day"],
            names.get(row["actor"], here if row["clinic"] == patient.clinic_id else before),
            _things(row),
        )
        for row in rows
    ]


def _doctors_known_to(patient: User) -> dict[UUID, str]:
    """Those whose name the patient has read under a report or a letter. Whoever else looked is "a
    doctor of your clinic": the clinic can tell who that was, and answers for it.
    """
    signed = Review.objects.filter(visit__case__patient=patient, status__in=COMPLETE)
    wrote = Message.objects.filter(case__patient=patient, from_clinic=True)
    known = Q(pk__in=signed.values("doctor")) | Q(pk__in=wrote.values("author"))
    return {doctor.public_id: str(doctor) for doctor in User.objects.filter(known)}


def _things(row: dict[str, Any]) -> list[str]:
    counted = [
        (row["photos"], ngettext("%(n)d photo", "%(n)d photos", row["photos"])),
        (
            row["pictures"],
            ngettext(
                "%(n)d picture in your messages",
                "%(n)d pictures in your messages",
                row["pictures"],
            ),
        ),
        (
            row["visits"],
            ngettext("the findings of a visit", "the findings of %(n)d visits", row["visits"]),
        ),
        (row["reports"], ngettext("a report", "%(n)d reports", row["reports"])),
        (row["courses"], _("how your skin changed")),
        (row["threads"], _("your messages")),
    ]
    return [words % {"n": n} if "%(n)d" in words else words for n, words in counted if n]


# --- The administrator: the log of the clinic -----------------------------------------------------


@dataclass(frozen=True)
class Line:
    """An entry with what the administrator may know of its ids."""

    entry: Entry
    who: str
    whose: str
    link: str
    """To the page of the thing, where administrators see such things; else empty."""


def log_for(administrator: User) -> QuerySet[Entry]:
    return Entry.objects.filter(chain__clinic=clinic_of(administrator)).order_by("-number")


def lines(administrator: User, entries: Iterable[Entry]) -> list[Line]:
    """For one page: names of accounts that are still there, and links that open."""
    shown = list(entries)
    wanted = {one for entry in shown for one in (entry.actor, entry.patient) if one}
    people = people_of(administrator).filter(public_id__in=wanted)
    names = {person.public_id: str(person) for person in people}
    linked = _links(administrator, shown)
    return [
        Line(
            entry,
            who=names.get(entry.actor, "") if entry.actor else "",
            whose=names.get(entry.patient, "") if entry.patient else "",
            link=linked.get(entry.subject, ""),
        )
        for entry in shown
    ]


def _links(administrator: User, entries: list[Entry]) -> dict[str, str]:
    clinic = clinic_of(administrator)
    sources = {
        "invitation": (Invitation.objects.filter(clinic=clinic), "desk:invitation"),
        "consentform": (
            ConsentForm.objects.published().filter(clinic=clinic),
            "desk:form_version",
        ),
    }
    found: dict[str, str] = {}
    for kind, (rows, page) in sources.items():
        ids = {entry.subject for entry in entries if entry.kind == kind}
        if ids:
            there = rows.filter(public_id__in=ids).values_list("public_id", flat=True)
            found |= {str(one): reverse(page, args=[one]) for one in there}
    return found
