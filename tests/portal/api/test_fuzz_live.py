"""The schema against a running server: as in ``test_fuzz``, over real sockets, with a real upload
whose progress is asked for. Every check that schemathesis has is on.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
import requests
import schemathesis
from hypothesis import given
from schemathesis.core.result import Ok

from tests import factories, pictures
from tests.portal.api.apps import bearer
from tests.portal.api.fuzzing import FEW, headers_of, lead_to_what_is_there, seed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import SimpleNamespace

    from pytest_django.live_server_helper import LiveServer
    from schemathesis.schemas import APIOperation, BaseSchema

SECONDS = 60

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def line() -> Iterator[requests.Session]:
    """One connection, which ends with the test: kept open it keeps one to the database."""
    with requests.Session() as session:
        yield session


def test_every_answer_of_a_running_server_is_as_its_schema_says(
    live_server: LiveServer, line: requests.Session, no_throttle: None
) -> None:
    schema = schema_of(live_server)
    clinic = factories.clinic()
    doctor = factories.doctor(clinic)
    only_read = seed(factories.consenting_patient(clinic), doctor)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        is_reading = operation.method.upper() == "GET"
        seeded = only_read if is_reading else seed(factories.consenting_patient(clinic), doctor)
        ask_what_comes_to_mind(operation, seeded, line)


def schema_of(server: LiveServer) -> BaseSchema:
    return schemathesis.openapi.from_url(f"{server.url}/api/schema/?format=json", timeout=SECONDS)


def ask_what_comes_to_mind(
    operation: APIOperation, seeded: SimpleNamespace, line: requests.Session
) -> None:
    @FEW
    @given(case=operation.as_strategy())
    def every_answer_is_as_stated(case: schemathesis.Case) -> None:
        lead_to_what_is_there(case, seeded)
        case.call_and_validate(headers=headers_of(case, seeded), session=line, timeout=SECONDS)

    every_answer_is_as_stated()


def test_an_upload_and_its_progress_are_as_the_schema_says(
    live_server: LiveServer, line: requests.Session, no_throttle: None
) -> None:
    schema = schema_of(live_server)
    patient = factories.consenting_patient(factories.clinic())
    visit, data, third = factories.visit(patient), pictures.jpeg(), 4000
    app = bearer(patient)

    def call(method: str, path: str, headers: dict[str, str] | None = None, **what: Any) -> Any:
        case = schema[f"/api/v1/{path}"][method].Case(headers={**app, **(headers or {})}, **what)
        return case.call_and_validate(session=line, timeout=SECONDS)

    announced = {
        "view": "left",
        "byte_size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    here = {"visit_id": str(visit.public_id)}
    made = call("POST", "visits/{visit_id}/uploads/", path_parameters=here, body=announced)
    there = {"upload_id": made.json()["id"]}
    upload = "uploads/{upload_id}/"

    def send(offset: int, part: bytes) -> Any:
        headers = {"Upload-Offset": str(offset)}
        return call("PATCH", upload, headers, path_parameters=there, body=part)

    assert send(0, data[:third]).json()["received"] == third
    assert call("GET", upload, path_parameters=there).json()["received"] == third
    photo = send(third, data[third:]).json()["photo"]
    read = call("GET", "photos/{photo_id}/", path_parameters={"photo_id": photo})
    assert read.json()["status"] == "queued"
