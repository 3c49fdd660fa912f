"""The schema against the site: whatever the schema allows works, whatever it forbids is refused,
and every answer is one that the schema states. Every check that schemathesis has is on.
"""

from __future__ import annotations

import gc
import warnings
from types import SimpleNamespace

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.core.parameters import ParameterLocation

from portal.cases.models import View
from portal.cases.resumable import begin_upload
from portal.consent.models import ConsentKind
from tests import factories, pictures
from tests.portal.api.conftest import bearer

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

DOCTORS = ("/api/v1/queue/", "/api/v1/threads/")
FEW = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _one_connection():
    """The end of a request must not close the connection that holds the test's transaction, as
    Django's own test client sees to.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def seeded(patient, doctor, no_throttle):
    """People with something behind every address, and who they are to the API."""
    report = factories.report(patient, by=doctor)
    waiting = factories.sent_visit(patient)
    letter = factories.letter(patient, pictures=[pictures.jpeg()])
    draft = factories.visit(patient)
    photo = factories.photo(draft, View.FRONT)
    factories.read(photo)
    upload = begin_upload(visit=draft, view=View.LEFT, byte_size=9, sha256="0" * 64)
    yield SimpleNamespace(
        patient=bearer(patient),
        doctor=bearer(doctor),
        known={
            "visit_id": str(draft.public_id),
            "photo_id": str(photo.public_id),
            "upload_id": str(upload.public_id),
            "report_id": str(report.public_id),
            "case_id": str(letter.case.public_id),
            "attachment_id": str(letter.attachments.get().public_id),
            "signature_id": str(patient.consent_signatures.first().public_id),
            "kind": ConsentKind.RESEARCH.value,
        },
        waiting=str(waiting.public_id),
    )
    with warnings.catch_warnings():
        # The test's client never closes what a broken upload left open.
        warnings.simplefilter("ignore")
        gc.collect()


schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application())


def is_well_formed(case, part):
    component = case.meta.components.get(part)
    return component is not None and component.mode.is_positive


def lead_to_what_is_there(case, seeded):
    """An id drawn at random leads nowhere."""
    known = seeded.known
    if case.operation.path.startswith(DOCTORS):
        known = {**known, "visit_id": seeded.waiting}
    for name in case.path_parameters:
        case.path_parameters[name] = known.get(name, case.path_parameters[name])


def headers_of(case, seeded):
    return seeded.doctor if case.operation.path.startswith(DOCTORS) else seeded.patient


@schema.parametrize()
@FEW
def test_every_answer_is_as_the_schema_says(case, seeded):
    if is_well_formed(case, ParameterLocation.PATH):
        lead_to_what_is_there(case, seeded)
    case.call_and_validate(headers=headers_of(case, seeded))
