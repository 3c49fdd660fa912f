"""All there is of a patient, by category, and what an erasure would do with each.

What is shown before is computed by the same lines that are carried out, so neither can promise
what the other does not keep.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from portal.analysis.models import Analysis
from portal.audit.models import Action
from portal.audit.selectors import traces_of
from portal.cases.models import Photo, Questionnaire, RetakeRequest, Visit
from portal.consent.models import ConsentSignature
from portal.messages.models import Attachment, Message
from portal.reports.models import Addendum, Report
from portal.review.models import Consensus, Correction, Review
from portal.rights.models import Export
from portal.trends.models import MatchCorrection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from portal.accounts.models import Clinic, User
    from portal.audit.models import Entry

Json = dict[str, Any]

ERASED, KEPT, OUT_OF_REACH = "erased", "kept", "out_of_reach"
LATEST_LEAP_DAY = 28


@dataclass(frozen=True)
class Category:
    """``fate``: erased, kept until a day and for a reason, or out of the portal's reach."""

    code: str
    count: int
    fate: str = ERASED
    why: str = ""
    until: str = ""

    @property
    def document(self) -> Json:
        return asdict(self)

    @property
    def until_day(self) -> date | None:
        return date.fromisoformat(self.until) if self.until else None


def clinic_rules(patient: User) -> Clinic:
    assert patient.clinic is not None  # noqa: S101 - a patient has one
    return patient.clinic


def kept_until(report: Report, clinic: Clinic) -> date:
    """The day after which the law lets a report go."""
    signed = timezone.localdate(report.signed_at)
    day = min(signed.day, LATEST_LEAP_DAY) if signed.month == 2 else signed.day  # noqa: PLR2004
    return signed.replace(year=signed.year + clinic.keep_reports_years, day=day)


@dataclass(frozen=True)
class Keeping:
    """What of a record outlives its patient: reports, and whatever the clinic counts to them."""

    ends: Mapping[int, date]
    """By visit: until when its report is kept; visits that may go are not in it."""
    until: date | None
    """The last of these days, on which all that is left goes."""
    with_letters: bool


def to_keep(patient: User) -> Keeping:
    """As the rules of the patient's clinic are today."""
    clinic, today = clinic_rules(patient), timezone.localdate()
    reports = Report.objects.filter(visit__case__patient=patient)
    days = {report.visit_id: kept_until(report, clinic) for report in reports}
    ends = {visit: end for visit, end in days.items() if end > today}
    return Keeping(ends, max(ends.values(), default=None), bool(ends) and clinic.keep_messages)


def categories(patient: User, kept: Keeping | None = None) -> list[Category]:
    """Those of which there is something. ``kept``: what was decided, where it was before today."""
    kept = kept or to_keep(patient)
    ends = kept.ends
    until = kept.until.isoformat() if kept.until else ""
    keeping = {"fate": KEPT, "why": "medical_record", "until": until} if ends else {}
    photos = Photo.objects.filter(visit__case__patient=patient)
    standing = photos.current().filter(visit__in=ends)
    visits = Visit.objects.filter(case__patient=patient)
    signatures = ConsentSignature.objects.filter(patient=patient)
    traces = traces_of(patient)
    found = [
        Category("account", 1),
        Category("visits", visits.exclude(pk__in=ends).count()),
        Category("photos", photos.count() - standing.count()),
        Category("heatmaps", _analyses(patient).exclude(heatmap="").count()),
        Category("exports", Export.objects.filter(patient=patient).exclude(file="").count()),
        Category("reports", len(ends), **keeping),
        Category("report_photos", standing.count(), **keeping),
        _messages(patient, keeping if kept.with_letters else {}),
        Category("consents", signatures.count(), **({**keeping, "why": "proof"} if ends else {})),
        _research(traces),
        _log(traces),
        _backups(),
    ]
    return [one for one in found if one.count]


def _analyses(patient: User) -> QuerySet[Analysis]:
    return Analysis.objects.filter(photo__visit__case__patient=patient)


def _messages(patient: User, keeping: Json) -> Category:
    return Category("messages", Message.objects.filter(case__patient=patient).count(), **keeping)


def _research(traces: QuerySet[Entry]) -> Category:
    """Copies without a name that left the portal while the patient agreed."""
    left = traces.filter(action=Action.TRAINING_EXPORTED)
    number = left.values("subject").distinct().count()
    return Category("research", number, fate=OUT_OF_REACH, why="research")


def _log(traces: QuerySet[Entry]) -> Category:
    return Category("log", traces.count(), fate=KEPT, why="log")


def _backups() -> Category:
    last = timezone.localdate() + timedelta(days=settings.BACKUP_DAYS)
    return Category("backups", 1, fate=KEPT, why="backups", until=last.isoformat())


GOING_ON = ("log", "backups", "exports")  # these move by themselves and change nothing told


def digest(patient: User) -> str:
    """Of everything there is and of what would become of it; differs when anything has changed."""
    told = [one.document for one in categories(patient) if one.code not in GOING_ON]
    facts: Json = {name: sorted(map(str, rows)) for name, rows in sources(patient).items()}
    facts["person"] = [patient.email, patient.full_name, str(patient.date_of_birth)]
    canonical = json.dumps([told, facts], sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def sources(patient: User) -> dict[str, QuerySet[Any, Any]]:
    """Whatever a person says or sends; not what machines make of it by themselves meanwhile."""
    of_visit = {"visit__case__patient": patient}
    linked = MatchCorrection.objects.filter(before__matching__later__visit__case__patient=patient)
    return {
        "visits": Visit.objects.filter(case__patient=patient).values_list("public_id", "status"),
        "photos": Photo.objects.filter(**of_visit).values_list("public_id", "replaced_at"),
        "analyses": _analyses(patient).values_list("public_id", "status"),
        "answers": Questionnaire.objects.filter(**of_visit).values_list("visit", "saved_at"),
        "reviews": Review.objects.filter(**of_visit).values_list("public_id", "status"),
        "retakes": RetakeRequest.objects.filter(**of_visit).values_list("pk", "answered_at"),
        "corrections": Correction.objects.filter(review__visit__case__patient=patient).values_list(
            "pk", "status"
        ),
        "agreed": Consensus.objects.filter(**of_visit).values_list("pk"),
        "links": linked.values_list("pk"),
        "reports": Report.objects.filter(**of_visit).values_list("public_id", "sha256"),
        "addenda": Addendum.objects.filter(report__visit__case__patient=patient).values_list("pk"),
        "messages": Message.objects.filter(case__patient=patient).values_list("public_id"),
        "pictures": Attachment.objects.filter(message__case__patient=patient).values_list("pk"),
        "consents": ConsentSignature.objects.filter(patient=patient).values_list(
            "public_id", "withdrawn_at"
        ),
    }
