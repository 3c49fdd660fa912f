"""The guard itself: it lets pass what is narrowed and nothing else."""

from __future__ import annotations

import uuid

import pytest
from django.db.models import Exists, OuterRef

from portal.accounts.models import User
from portal.cases.models import Photo, Visit, VisitStatus
from portal.cases.selectors import photos_for, visits_for
from portal.consent.models import ConsentSignature
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
        lambda: Visit.objects.exclude(clinic_id=1),
        lambda: Visit.objects.annotate(photo=Photo.objects.filter(visit_id=OuterRef("pk"))[:1]),
        lambda: Visit.objects.filter(Exists(Photo.objects.filter(visit_id=OuterRef("pk")))),
        lambda: Visit.objects.filter(pk__in=Photo.objects.filter(view="front").values("visit")),
        ConsentSignature.objects.standing,
        lambda: User.objects.filter(role="patient"),
    ],
)
def test_a_query_for_anybodys_data_fails(query):
    with scoped_queries(), pytest.raises(UnscopedQueryError):
        list(query())


@pytest.mark.parametrize("rows", [Visit.objects.filter(status=VisitStatus.REPORTED), Visit.objects])
def test_nor_may_anybodys_data_be_changed_or_taken_out(rows):
    with scoped_queries():
        with pytest.raises(UnscopedQueryError):
            rows.all().update(status=VisitStatus.DRAFT)
        with pytest.raises(UnscopedQueryError):
            rows.all()._raw_delete("default")


def test_what_is_among_somebodys_own_rows_passes():
    clinic = factories.clinic()
    patient = factories.consenting_patient(clinic)
    own = Visit.objects.filter(case__patient=patient)
    with scoped_queries():
        assert not Photo.objects.filter(visit__in=own).exists()
        assert own.count() == 0
        assert own.distinct()[:3].count() == 0


def test_what_somebody_may_see_passes():
    clinic = factories.clinic()
    patient, doctor = factories.consenting_patient(clinic), factories.doctor(clinic)
    factories.report(patient, by=doctor)

    with scoped_queries():
        for person in (patient, doctor):
            for rows in (visits_for(person), photos_for(person), reports_for(person)):
                assert len(rows) == 1
