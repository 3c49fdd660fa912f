"""The guard itself: it lets pass what is narrowed and nothing else."""

from __future__ import annotations

import uuid

import pytest

from portal.cases.models import Photo, Visit, VisitStatus
from portal.cases.selectors import photos_for, visits_for
from portal.reports.models import Report
from portal.reports.selectors import reports_for
from tests import factories
from tests.rules.scoping import UnscopedQueryError, scoped_queries

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "query",
    [
        lambda: Photo.objects.filter(public_id=uuid.uuid4()),
        lambda: Visit.objects.filter(status=VisitStatus.REPORTED),
        Report.objects.all,
        lambda: Report.objects.filter(visit__public_id=uuid.uuid4()).select_related("visit"),
    ],
)
def test_a_query_for_anybodys_data_fails(query):
    with scoped_queries(), pytest.raises(UnscopedQueryError):
        list(query())


def test_what_somebody_may_see_passes():
    clinic = factories.clinic()
    patient, doctor = factories.consenting_patient(clinic), factories.doctor(clinic)
    factories.report(patient, by=doctor)

    with scoped_queries():
        for person in (patient, doctor):
            for rows in (visits_for(person), photos_for(person), reports_for(person)):
                assert len(rows) == 1
