"""A signed report as a FHIR R4B bundle, from its frozen content and what was added later.

Concepts carry codes of our own under a URN, and words: no terminology is claimed that the paper
does not use.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from fhir.resources.R4B.bundle import Bundle

from portal.analysis.models import LesionType, Region
from portal.cases.models import View
from portal.reports.selectors import ReportReading
from portal.review.models import Grade
from portal.review.words import HAYASHI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from portal.reports.models import Addendum, Report

Json = dict[str, Any]
CODES = "urn:cleargrade"


def bundle(report: Report, photo_address: Callable[[str], str]) -> str:
    """The bundle as JSON; ``photo_address`` gives a photo's address by its id. What is not valid
    FHIR is not sent: the resources are checked as they are made.
    """
    made = _Writer(report, photo_address)
    entries = [
        {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}
        for resource in made.resources()
    ]
    document = {
        "resourceType": "Bundle",
        "id": str(report.public_id),
        "type": "collection",
        "timestamp": made.issued,
        "entry": entries,
    }
    text: str = Bundle.model_validate(document).model_dump_json()
    return text


class _Writer:
    def __init__(self, report: Report, photo_address: Callable[[str], str]) -> None:
        self.report = report
        self.content: Json = report.content
        self.reading = ReportReading(report.content)
        self.photo_address = photo_address
        self.addenda = list(report.addenda.select_related("doctor"))

    @property
    def issued(self) -> str:
        """When the report was last added to, else when it was signed."""
        signed: str = self.content["signed_at"]
        return self.addenda[-1].written_at.isoformat() if self.addenda else signed

    def resources(self) -> list[Json]:
        observations = [*self._grades(), *self._counts()]
        media = [self._media(photo) for photo in self.content["photos"]]
        return [self._report(observations, media), self._patient(), *observations, *media]

    def _id(self, name: str) -> str:
        return str(uuid.uuid5(self.report.public_id, name))

    def _reference(self, name: str) -> Json:
        return {"reference": f"urn:uuid:{self._id(name)}"}

    def _patient(self) -> Json:
        told = self.content["patient"]
        return {
            "resourceType": "Patient",
            "id": self._id("patient"),
            "name": [{"text": told["name"]}],
            "birthDate": told["date_of_birth"],
        }

    def _report(self, observations: Iterable[Json], media: Iterable[Json]) -> Json:
        content = self.content
        doctors = [content["doctor"], content.get("second_doctor", "")]
        conclusion = [content["assessment"], content["advice"], content.get("referral", "")]
        conclusion += [_added(one) for one in self.addenda]
        shown = [{"link": {"reference": f"urn:uuid:{one['id']}"}} for one in media]
        document = {
            "resourceType": "DiagnosticReport",
            "id": self._id("report"),
            "identifier": [{"system": f"{CODES}:report", "value": str(self.report.public_id)}],
            "status": "appended" if self.addenda else "final",
            "code": {"text": "Acne assessed from photographs"},
            "subject": self._reference("patient"),
            "effectiveDateTime": content["visit"]["sent_at"],
            "issued": self.issued,
            "performer": [{"display": name} for name in (content["clinic"], *doctors) if name],
            "result": [{"reference": f"urn:uuid:{one['id']}"} for one in observations],
            "conclusion": "\n\n".join(filter(None, conclusion)),
            "conclusionCode": [_concept("diagnosis", self._diagnosis, self._verdict)],
        }
        return {**document, "media": shown} if shown else document

    @property
    def _diagnosis(self) -> str:
        return str(self.content.get("diagnosis", "acne"))

    @property
    def _verdict(self) -> str:
        return self.reading.grade_label

    def _observation(self, name: str, words: str, **value: Any) -> Json:
        return {
            "resourceType": "Observation",
            "id": self._id(name),
            "status": "final",
            "code": _concept("observation", name, words),
            "subject": self._reference("patient"),
            "effectiveDateTime": self.content["visit"]["sent_at"],
            "issued": self.content["signed_at"],
            **value,
        }

    def _grades(self) -> list[Json]:
        """Anything but acne has none."""
        if not self.reading.is_acne:
            return []
        grade = self.content["grade"]
        made = [
            self._observation(
                "china-2019",
                "Acne grade, Chinese guideline 2019",
                valueCodeableConcept=_concept("china-2019", grade, str(Grade(grade).label)),
            )
        ]
        if not self.content["machine_grade"] and not self.content.get("counted_grade"):
            return made  # nothing was counted: the doctor graded by eye
        gags, hayashi = (self.content["grading"][name] for name in ("gags", "hayashi"))
        worst = hayashi["grade"]
        scores = [
            self._observation(
                "gags-face", "Global Acne Grading System, face only", valueInteger=gags["score"]
            ),
            self._observation(
                "hayashi",
                "Hayashi grade, worse half of the face",
                valueCodeableConcept=_concept("hayashi", worst or "none", str(HAYASHI[worst])),
            ),
        ]
        return [*made, *scores]

    def _counts(self) -> list[Json]:
        if not self.reading.is_acne:
            return []
        by_region = self.content["counts_by_region"]
        return [
            self._observation(
                f"count-{kind}",
                f"Number of lesions: {LesionType(kind).label}",
                valueInteger=count,
                component=[
                    {
                        "code": _concept("region", region, str(Region(region).label)),
                        "valueInteger": counts[kind],
                    }
                    for region, counts in by_region.items()
                ],
            )
            for kind, count in self.content["counts"].items()
        ]

    def _media(self, photo: Json) -> Json:
        document = {
            "resourceType": "Media",
            "id": photo["id"],
            "status": "completed",
            "type": {"text": "photograph"},
            "view": _concept("view", photo["view"], str(View(photo["view"]).label)),
            "subject": self._reference("patient"),
            "content": {"contentType": "image/jpeg", "url": self.photo_address(photo["id"])},
        }
        size = {name: photo[name] for name in ("width", "height") if photo[name]}
        return {**document, **size}


def _added(addendum: Addendum) -> str:
    return f"Addendum, {addendum.doctor}, {addendum.written_at:%Y-%m-%d}: {addendum.words}"


def _concept(system: str, code: str, words: str) -> Json:
    coding = {"system": f"{CODES}:{system}", "code": code.replace("_", "-"), "display": words}
    return {"coding": [coding], "text": words}
