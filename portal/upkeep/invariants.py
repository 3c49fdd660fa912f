"""What must hold of the data as a whole, beyond what the database can hold by itself.

Each check yields a sentence for whatever does not, by opaque ids; nothing is repaired here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from django.core.files.storage import default_storage
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from portal.analysis.models import WITH_RESULT, Analysis, Lesion
from portal.audit import verification
from portal.cases.models import Case, Photo, Visit, VisitStatus
from portal.cases.orphans import AT_ONCE, file_fields, named, stored
from portal.consent.models import ConsentForm, ConsentKind, ConsentSignature, Language
from portal.reports.models import Report
from portal.reports.selectors import is_intact
from portal.review.models import Review, ReviewStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from django.db.models import Model, QuerySet

CHUNK = 500


@dataclass(frozen=True)
class Scope:
    """How far a check goes."""

    grace: timedelta
    """A file younger than this may belong to a row that is not committed yet."""
    reads_files: bool
    """Compare every original, byte by byte, with what was sent."""


class Check(NamedTuple):
    name: str
    run: Callable[[Scope], Iterator[str]]


def problems(scope: Scope) -> Iterator[str]:
    for check in CHECKS:
        yield from (f"{check.name}: {problem}" for problem in check.run(scope))


# --- Rows and files, both ways --------------------------------------------------------------------


def _files_that_rows_name(_scope: Scope) -> Iterator[str]:
    for model, field in file_fields():
        rows = model._base_manager.exclude(**{field: ""})  # noqa: SLF001 - whatever manager it has
        for pk, name in rows.values_list("pk", field).iterator(chunk_size=CHUNK):
            if not default_storage.exists(name):
                yield f"{model.__name__} {pk} names a file in its {field} that is not there"


def _rows_that_name_files(scope: Scope) -> Iterator[str]:
    before = timezone.now() - scope.grace
    files = stored()
    while names := list(islice(files, AT_ONCE)):
        for name in sorted(set(names) - named(names)):
            try:
                is_old = default_storage.get_modified_time(name) <= before
            except FileNotFoundError:
                continue  # removed meanwhile
            if is_old:
                yield f"{name} belongs to no row"


def _originals_as_sent(scope: Scope) -> Iterator[str]:
    for photo in Photo.objects.iterator(chunk_size=CHUNK):
        name = photo.original.name
        if not name or not default_storage.exists(name):
            continue  # said already
        if default_storage.size(name) != photo.byte_size:
            yield f"photo {photo.public_id} has another size than was sent"
        elif scope.reads_files and _sha256(name) != photo.sha256:
            yield f"photo {photo.public_id} is not what was sent"


def _sha256(name: str) -> str:
    digest = hashlib.sha256()
    with default_storage.open(name) as file:
        for chunk in file.chunks():
            digest.update(chunk)
    return digest.hexdigest()


# --- What belongs together ------------------------------------------------------------------------


def _parents(_scope: Scope) -> Iterator[str]:
    """The database refuses a child without its parent, unless somebody made it do without."""
    pairs: list[tuple[type[Model], str, QuerySet[Model]]] = [
        (Analysis, "photo", Photo.objects.all()),
        (Lesion, "analysis", Analysis.objects.all()),
        (Photo, "visit", Visit.objects.all()),
        (Visit, "case", Case.objects.all()),
        (Report, "review", Review.objects.all()),
    ]
    for model, field, parents in pairs:
        lost = model._base_manager.filter(  # noqa: SLF001
            ~Exists(parents.filter(pk=OuterRef(f"{field}_id")))
        )
        for pk in lost.values_list("pk", flat=True):
            yield f"{model.__name__} {pk} has no {field}"


def _one_clinic(_scope: Scope) -> Iterator[str]:
    strayed = Visit.objects.exclude(clinic=F("case__clinic"))
    yield from (f"visit {one} is of another clinic than its case" for one in _ids(strayed))
    moved = Case.objects.exclude(clinic=F("patient__clinic"))
    yield from (f"case {one} is of another clinic than its patient" for one in _ids(moved))


def _photos_are_analysed(_scope: Scope) -> Iterator[str]:
    unasked = Photo.objects.filter(analyses=None)
    yield from (f"photo {one} was never given to be read" for one in _ids(unasked))
    unseen = Photo.objects.filter(display="", analyses__status__in=WITH_RESULT).distinct()
    yield from (f"photo {one} was read and has no picture to show" for one in _ids(unseen))


# --- Consent --------------------------------------------------------------------------------------


def _photos_have_consent(_scope: Scope) -> Iterator[str]:
    """Signed before the photo came, and not taken back before; maybe at the clinic from before."""
    agreed = ConsentSignature.objects.filter(
        Q(withdrawn_at=None) | Q(withdrawn_at__gte=OuterRef("uploaded_at")),
        patient=OuterRef("visit__case__patient"),
        form__kind=ConsentKind.PHOTOGRAPHY,
        signed_at__lte=OuterRef("uploaded_at"),
    )
    taken = Photo.objects.filter(~Exists(agreed))
    yield from (f"photo {one} came without consent" for one in _ids(taken))


def _signatures_are_of_their_text(_scope: Scope) -> Iterator[str]:
    hashes: dict[tuple[int, str], str] = {}
    for signature in ConsentSignature.objects.select_related("form").iterator(chunk_size=CHUNK):
        key = (signature.form_id, signature.language)
        if key not in hashes:
            text = signature.form.texts.filter(language=signature.language).first()
            hashes[key] = text.sha256 if text else ""
        if hashes[key] != signature.text_sha256:
            yield f"signature {signature.public_id} is of another text than its form has"


def _forms_are_whole(_scope: Scope) -> Iterator[str]:
    for form in ConsentForm.objects.published().prefetch_related("texts"):
        if {text.language for text in form.texts.all()} != set(Language.values):
            yield f"consent form {form.public_id} was published without all its languages"


# --- Reports --------------------------------------------------------------------------------------


def _reports_are_signed(_scope: Scope) -> Iterator[str]:
    signed = Q(review__status=ReviewStatus.SIGNED, review__signed_at=F("signed_at"))
    unsigned = Report.objects.exclude(signed)
    yield from (f"report {one} has no signature" for one in _ids(unsigned))
    elsewhere = Report.objects.exclude(review__visit=F("visit"))
    yield from (f"report {one} is of another visit than its review" for one in _ids(elsewhere))
    silent = Review.objects.filter(status=ReviewStatus.SIGNED, report=None)
    yield from (f"review {one} is signed and has no report" for one in _ids(silent))
    unreported = Visit.objects.filter(status=VisitStatus.REPORTED, report=None)
    yield from (f"visit {one} is reported and has no report" for one in _ids(unreported))
    early = Visit.objects.exclude(status=VisitStatus.REPORTED).exclude(report=None)
    yield from (f"visit {one} has a report and is not reported" for one in _ids(early))


def _seals_hold(_scope: Scope) -> Iterator[str]:
    for report in Report.objects.iterator(chunk_size=CHUNK):
        if not is_intact(report):
            yield f"report {report.public_id} is not what was signed"


def _reports_have_their_photos(_scope: Scope) -> Iterator[str]:
    for report in Report.objects.iterator(chunk_size=CHUNK):
        told = {one["id"] for one in report.content["photos"]}
        there = Photo.objects.filter(visit=report.visit_id).values_list("public_id", flat=True)
        for missing in sorted(told - {str(one) for one in there}):
            yield f"report {report.public_id} rests on photo {missing}, which is not there"


# --- The log --------------------------------------------------------------------------------------


def _log_holds(_scope: Scope) -> Iterator[str]:
    yield from verification.problems()


def _ids(rows: QuerySet[Model]) -> Iterator[str]:
    yield from (str(one) for one in rows.values_list("public_id", flat=True))


CHECKS = (
    Check("row without file", _files_that_rows_name),
    Check("file without row", _rows_that_name_files),
    Check("original", _originals_as_sent),
    Check("parent", _parents),
    Check("clinic", _one_clinic),
    Check("analysis", _photos_are_analysed),
    Check("consent", _photos_have_consent),
    Check("signature", _signatures_are_of_their_text),
    Check("consent form", _forms_are_whole),
    Check("report", _reports_are_signed),
    Check("seal", _seals_hold),
    Check("report's photos", _reports_have_their_photos),
    Check("log", _log_holds),
)
