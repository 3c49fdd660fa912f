"""Everything there is of a patient in one zip of open formats: JSON, FHIR, COCO, PDF, JPEG."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.template.loader import render_to_string
from django.utils import timezone

from portal.cases.files import small_copy
from portal.cases.models import Photo
from portal.messages.models import Attachment
from portal.reports.models import Report
from portal.reports.pdf import render as render_pdf
from portal.reports.selectors import ReportReading, is_intact, pictures_of
from portal.rights.documents import coco, everything

if TYPE_CHECKING:
    from django.db.models.fields.files import FieldFile

    from portal.accounts.models import User

Json = dict[str, Any]


def write_archive(patient: User, target: IO[bytes]) -> None:
    """Where a name repeats in ``data.json`` it is the file's path in the archive."""
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        pictures = _write_photos(archive, patient)
        pictures |= _write_attachments(archive, patient)
        reports = list(Report.objects.filter(visit__case__patient=patient).order_by("signed_at"))
        for report in reports:
            _write_report(archive, report, pictures)
        _write_json(archive, "data.json", everything(patient, pictures))
        _write_json(archive, "lesions.coco.json", coco(reports, pictures))
        about = {"patient": patient, "made_at": timezone.now(), "reports": reports}
        archive.writestr("README.txt", render_to_string("rights/readme.txt", about))


Pictures = dict[str, str]
"""Paths in the archive by what they are of: a photo's or picture's id, with what it is."""


def _write_photos(archive: ZipFile, patient: User) -> Pictures:
    written: Pictures = {}
    photos = Photo.objects.filter(visit__case__patient=patient).select_related("visit")
    for photo in photos.prefetch_related("analyses").order_by("pk"):
        folder = f"photos/visit-{photo.visit.number}/{photo.view}-{str(photo.public_id)[:8]}"
        suffix = PurePosixPath(str(photo.original.name)).suffix
        parts: dict[str, tuple[FieldFile, str]] = {
            "original": (photo.original, f"-original{suffix}"),
            "display": (photo.display, ".jpg"),
        }
        for number, analysis in enumerate(photo.analyses.all(), start=1):
            parts[f"heatmap-{analysis.public_id}"] = (analysis.heatmap, f"-heatmap-{number}.png")
        for name, (file, ending) in parts.items():
            if file:
                written[f"{photo.public_id} {name}"] = _copy(archive, file, folder + ending)
    return written


def _write_attachments(archive: ZipFile, patient: User) -> Pictures:
    pictures = Attachment.objects.filter(message__case__patient=patient).order_by("pk")
    return {
        f"{picture.public_id} attachment": _copy(
            archive, picture.file, f"messages/{picture.public_id}.jpg"
        )
        for picture in pictures
    }


def _copy(archive: ZipFile, file: FieldFile, name: str) -> str:
    """As it is stored: pictures are packed already."""
    stated = ZipInfo(name, timezone.localtime().timetuple()[:6])
    with file.open("rb") as source, archive.open(stated, "w") as target:
        for chunk in source.chunks():
            target.write(chunk)
    return name


def _write_report(archive: ZipFile, report: Report, pictures: Pictures) -> None:
    """A report that is not what was signed is told in ``data.json`` and not drawn."""
    name = f"reports/visit-{report.visit.number}"
    _write_json(archive, f"{name}.json", report.content)
    if not is_intact(report):
        return
    from portal.reports.fhir import bundle  # noqa: PLC0415 - slow to import

    def address(photo_id: str) -> str:
        return f"../{pictures.get(f'{photo_id} display', photo_id)}"

    archive.writestr(f"{name}.fhir.json", bundle(report, address))
    paper = render_pdf(
        ReportReading(report.content),
        seal=report.sha256,
        pictures={one: small_copy(picture) for one, picture in pictures_of(report).items()},
        addenda=report.addenda.select_related("doctor"),
        with_findings=True,
    )
    archive.writestr(f"{name}.pdf", paper, compress_type=ZIP_STORED)


def _write_json(archive: ZipFile, name: str, document: Json) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1, default=str)
    archive.writestr(name, text.encode())
