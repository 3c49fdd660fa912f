"""The schema against the site: whatever the schema allows works, whatever it forbids is refused,
and every answer is one that the schema states. Every check that schemathesis has is on.
"""

from __future__ import annotations

import gc
import warnings

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from tests.portal.api.fuzzing import FEW, headers_of, lead_to_what_is_there, seed

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


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
    yield seed(patient, doctor)
    with warnings.catch_warnings():
        # The test's client never closes what a broken upload left open.
        warnings.simplefilter("ignore")
        gc.collect()


schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application())


@schema.parametrize()
@FEW
def test_every_answer_is_as_the_schema_says(case, seeded):
    lead_to_what_is_there(case, seeded)
    case.call_and_validate(headers=headers_of(case, seeded))
