"""What a fuzzer needs to find something behind an address: ids that exist, and who may ask."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import HealthCheck, settings
from schemathesis.core.parameters import ParameterLocation

from portal.cases.models import View
from portal.cases.resumable import begin_upload
from portal.consent.models import ConsentKind
from portal.trends.services import match_waiting
from tests import factories, pictures
from tests.portal.api.apps import bearer

DOCTORS = ("/api/v1/queue/", "/api/v1/threads/", "/api/v1/trends/")
FEW = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def seed(patient, doctor) -> SimpleNamespace:
    """Something behind every address, and who the two people are to the API."""
    reports = [factories.report(patient, by=doctor) for _number in range(2)]
    match_waiting()
    waiting = factories.sent_visit(patient)
    letter = factories.letter(patient, pictures=[pictures.jpeg()])
    draft = factories.visit(patient)
    photo = factories.photo(draft, View.FRONT)
    factories.read(photo)
    upload = begin_upload(visit=draft, view=View.LEFT, byte_size=9, sha256="0" * 64)
    return SimpleNamespace(
        patient=bearer(patient),
        doctor=bearer(doctor),
        known={
            "visit_id": str(draft.public_id),
            "photo_id": str(photo.public_id),
            "upload_id": str(upload.public_id),
            "report_id": str(reports[0].public_id),
            "case_id": str(letter.case.public_id),
            "attachment_id": str(letter.attachments.get().public_id),
            "signature_id": str(patient.consent_signatures.first().public_id),
            "kind": ConsentKind.RESEARCH.value,
        },
        waiting=str(waiting.public_id),
    )


def lead_to_what_is_there(case, seeded) -> None:
    """An id drawn at random leads nowhere."""
    component = case.meta.components.get(ParameterLocation.PATH)
    if component is None or not component.mode.is_positive:
        return
    known = seeded.known
    if case.operation.path.startswith(DOCTORS):
        known = {**known, "visit_id": seeded.waiting}
    for name in case.path_parameters:
        case.path_parameters[name] = known.get(name, case.path_parameters[name])


def headers_of(case, seeded) -> dict[str, str]:
    return seeded.doctor if case.operation.path.startswith(DOCTORS) else seeded.patient
