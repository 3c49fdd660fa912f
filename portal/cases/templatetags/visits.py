from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.analysis.models import AnalysisStatus
from portal.cases.models import VisitStatus
from portal.cases.selectors import visits_for

if TYPE_CHECKING:
    from datetime import timedelta

    from django.utils.functional import Promise

    from portal.accounts.models import User

register = template.Library()
HOURS_IN_TWO_DAYS = 48

V, A = VisitStatus, AnalysisStatus
NEXT_STEPS: dict[str, Promise] = {
    V.DRAFT: _("Add your photos and send them to the doctor."),
    V.SUBMITTED: _("Your photos are being checked. Then they go to the doctor."),
    V.AWAITING_REVIEW: _("A doctor will look at your photos. You need not do anything now."),
    V.IN_REVIEW: _("A doctor is looking at your photos."),
    V.AWAITING_SECOND_READING: _("A second doctor will look at your photos."),
    V.CONSENSUS: _("Two doctors are comparing what they found."),
    V.RETAKE_REQUESTED: _("The doctor asks for a new photo."),
    V.REPORTED: _("Your report is ready."),
    V.WITHDRAWN: _("This visit was withdrawn. Nobody looks at it any more."),
}
TONES: dict[str, str] = {
    V.DRAFT: "neutral",
    V.RETAKE_REQUESTED: "warn",
    V.REPORTED: "ok",
    V.WITHDRAWN: "neutral",
    A.QUEUED: "info",
    A.RUNNING: "info",
    A.DONE: "ok",
    A.REJECTED: "bad",
    A.UNREADABLE: "bad",
    A.FAILED: "neutral",
}
PHOTO_STATES: dict[str, Promise] = {
    A.QUEUED: _("Waiting to be checked"),
    A.RUNNING: _("Being checked"),
    A.DONE: _("Accepted"),
    A.REJECTED: _("Please take it again"),
    A.UNREADABLE: _("Cannot be opened"),
    A.FAILED: _("The doctor will check it"),
    A.CANCELLED: _("Not checked"),
}


@register.simple_tag
def has_sent(user: User) -> bool:
    """Whether this patient has sent anything: from then on every page says what to do if it is
    urgent.
    """
    return visits_for(user).filter(submitted_at__isnull=False).exists()


@register.filter
def next_step(status: str) -> Promise:
    """What happens next with a visit, in words for the patient."""
    return NEXT_STEPS[VisitStatus(status)]


@register.filter
def tone(status: str) -> str:
    """The badge of a visit's or a photo's status."""
    return TONES.get(status, "info")


@register.filter
def photo_state(status: str) -> Promise:
    """Where a photo stands, in words for the patient."""
    return PHOTO_STATES[AnalysisStatus(status)]


@register.filter
def in_words(time: timedelta) -> str:
    """About how long, in hours up to two days and then in days; never less than an hour."""
    hours = max(1, round(time.total_seconds() / 3600))
    if hours < HOURS_IN_TWO_DAYS:
        return ngettext("about %(count)d hour", "about %(count)d hours", hours) % {"count": hours}
    days = round(hours / 24)
    return ngettext("about %(count)d day", "about %(count)d days", days) % {"count": days}
