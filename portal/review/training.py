"""Signed, corrected and consented visits as a COCO file that ``python -m inference train`` reads.

Names appear nowhere: patients and doctors are opaque ids, the same in every export.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.crypto import salted_hmac
from PIL import Image

from portal.analysis.models import LesionType
from portal.audit.models import Action
from portal.audit.services import record
from portal.cases.models import Visit, VisitStatus
from portal.consent.selectors import photos_for_research
from portal.review.corrections.selectors import corrected
from portal.review.models import Review, ReviewStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.db.models import QuerySet

    from portal.accounts.models import Clinic, User
    from portal.analysis.selectors import PhotoReading
    from portal.review.corrections.findings import Finding

Json = dict[str, Any]
Box = tuple[int, int, int, int]  # x, y, width, height
CATEGORIES = {kind: number for number, kind in enumerate(LesionType.values, start=1)}


class FolderInUseError(Exception):
    """The folder holds something already; an export never mixes with it."""


@dataclass(frozen=True)
class Example:
    """One photo with the lesions that its doctor left standing."""

    review: Review
    reading: PhotoReading
    lesions: list[Finding]

    @property
    def face(self) -> Box:
        """The part that the model looks at, in training as in use; all of a photo without one."""
        photo = self.reading.photo
        seen: list[int] | None = self.reading.result.get("heatmap_box")
        x, y, width, height = seen or (0, 0, photo.width or 0, photo.height or 0)
        return x, y, width, height

    @property
    def inside(self) -> list[Finding]:
        """The lesions whose centre the model could see."""
        x, y, width, height = self.face
        return [
            one
            for one in self.lesions
            if x <= one.box[0] + one.box[2] / 2 < x + width
            and y <= one.box[1] + one.box[3] / 2 < y + height
        ]


def export(*, clinic: Clinic, folder: Path) -> int:
    """Write ``folder``/cases.json and the pictures in ``folder``/cases; how many there are.

    What is consented is asked at this moment. The file is written last, so that a folder with
    one is whole.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FolderInUseError(folder)
    pictures = folder / "cases"
    pictures.mkdir(parents=True)
    images: list[Json] = []
    annotations: list[Json] = []
    for example in examples(clinic):
        image = _image(example, len(images) + 1)
        photo = example.reading.photo
        record(Action.TRAINING_EXPORTED, photo, of=example.review.visit.case.patient)
        _write_face(example, pictures / image["file_name"])
        images.append(image)
        annotations += [
            _annotation(example, lesion, image["id"], len(annotations) + place)
            for place, lesion in enumerate(example.inside, start=1)
        ]
    categories = [{"id": number, "name": kind} for kind, number in CATEGORIES.items()]
    document = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "cases.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    return len(images)


def examples(clinic: Clinic) -> Iterator[Example]:
    """One visit at a time, for a clinic may have thousands."""
    consented = set(photos_for_research(clinic).values_list("pk", flat=True))
    for review in _signed(clinic).iterator(chunk_size=100):
        held = corrected(review)
        if not held.is_corrected:
            continue  # nobody has gone through these: they are the machine's own words
        for reading in held.readings:
            lesions = held.lesions(reading)
            if reading.photo.pk in consented and (reading.is_read or lesions):
                yield Example(review, reading, lesions)


def _signed(clinic: Clinic) -> QuerySet[Review]:
    """Of a visit that two agreed on, the reading that stands; what is not acne trains nothing."""
    visits = Visit.objects.filter(clinic=clinic, status=VisitStatus.REPORTED)
    return (
        Review.objects.filter(visit__in=visits, status=ReviewStatus.SIGNED)
        .exclude(report__content__grade="")
        .select_related("doctor", "visit__case__patient")
        .order_by("pk")
    )


def _write_face(example: Example, path: Path) -> None:
    x, y, width, height = example.face
    with example.reading.photo.display.open("rb") as file, Image.open(file) as picture:
        face = picture.convert("RGB").crop((x, y, x + width, y + height))
    face.save(path, "JPEG", quality=95, subsampling=0)


def _image(example: Example, number: int) -> Json:
    photo = example.reading.photo
    return {
        "id": number,
        "file_name": f"{photo.public_id}.jpg",
        "width": example.face[2],
        "height": example.face[3],
        "group_id": opaque(example.review.visit.case.patient),
        "view": photo.view,
    }


def _annotation(example: Example, lesion: Finding, image: int, number: int) -> Json:
    assert example.review.given_at is not None  # noqa: S101 - a signed reading was given
    left, top = example.face[:2]
    x, y, width, height = lesion.box
    points = [(across - left, down - top) for across, down in lesion.polygon or ()]
    outline = [[value for point in points for value in point]] if points else []
    return {
        "id": number,
        "image_id": image,
        "category_id": CATEGORIES[lesion.type],
        "bbox": [x - left, y - top, width, height],
        "area": width * height,
        "iscrowd": 0,
        "segmentation": outline,
        "read_by": opaque(example.review.doctor),
        "read_at": example.review.given_at.isoformat(),
    }


def opaque(person: User) -> str:
    """Tells people apart, and tells nobody who they are."""
    return salted_hmac("portal.review.training", str(person.public_id)).hexdigest()[:16]
