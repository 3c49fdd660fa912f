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
from portal.cases.models import Photo, Questionnaire, Visit
from portal.consent.models import ConsentSignature
from portal.messages.models import Attachment, Message
from portal.reports.models import Addendum, Report
from portal.review.models import Review
from portal.rights.models import Export

if TYPE_CHECKING:
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


def reports_to_keep(patient: User) -> dict[int, date]:
    """By visit: until when its report is kept; visits that may go are not in it."""
    clinic, today = clinic_rules(patient), timezone.localdate()
    reports = Report.objects.filter(visit__case__patient=patient)
    ends = {report.visit_id: kept_until(report, clinic) for report in reports}
    return {visit: end for visit, end in ends.items() if end > today}


def categories(patient: User) -> list[Category]:
    """Those of which there is something."""
    ends = reports_to_keep(patient)
    until = max(ends.values()).isoformat() if ends else ""
    keeping = {"fate": KEPT, "why": "medical_record", "until": until} if ends else {}
    letters_stay = bool(ends) and clinic_rules(patient).keep_messages
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
        _messages(patient, keeping if letters_stay else {}),
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
    canonical = json.dumps([told, _facts(patient)], sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _facts(patient: User) -> Json:
    of_visit = {"visit__case__patient": patient}
    sources: dict[str, QuerySet[Any, Any]] = {
        "visits": Visit.objects.filter(case__patient=patient).values_list("public_id", "status"),
        "photos": Photo.objects.filter(**of_visit).values_list("public_id", "replaced_at"),
        "analyses": _analyses(patient).values_list("public_id", "status"),
        "answers": Questionnaire.objects.filter(**of_visit).values_list("visit", "saved_at"),
        "reviews": Review.objects.filter(**of_visit).values_list("public_id", "status"),
        "reports": Report.objects.filter(**of_visit).values_list("public_id", "sha256"),
        "addenda": Addendum.objects.filter(report__visit__case__patient=patient).values_list("pk"),
        "messages": Message.objects.filter(case__patient=patient).values_list("public_id"),
        "pictures": Attachment.objects.filter(message__case__patient=patient).values_list("pk"),
        "consents": ConsentSignature.objects.filter(patient=patient).values_list(
            "public_id", "withdrawn_at"
        ),
    }
    facts: Json = {name: sorted(map(str, rows)) for name, rows in sources.items()}
    born = patient.date_of_birth
    return {**facts, "person": [patient.email, patient.full_name, str(born)]}
