"""A site with many visits waiting, for ``scripts.measure_queue``: it fills the database, then
answers each address it is told with what a look at it costs.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import uuid4

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Role, User
from portal.accounts.selectors import clinic_of
from portal.cases.models import Case, Photo, View, Visit, VisitStatus
from portal.reports.models import Report
from portal.review.models import Grade, Review, ReviewStatus
from tests import factories

if TYPE_CHECKING:
    from collections.abc import Sequence

AT_ONCE = 500
MINUTES = 10_000  # the longest that somebody waits: some wait longer than promised
CAUTIOUS = 0.1
VIEWS = (View.FRONT, View.LEFT, View.RIGHT)


def serve(waiting: int) -> None:
    call_command("migrate", verbosity=0)
    doctor = factories.doctor(factories.clinic())
    visits = fill(doctor, waiting)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client()
    client.force_login(doctor)
    factories.show_second_step(client, doctor)
    deep = visits[len(visits) * 9 // 10].public_id
    print("filled", flush=True)
    for line in sys.stdin:
        print(*look(client, line.strip().format(deep=deep)), flush=True)


def look(client: Client, address: str) -> tuple[float, float, int]:
    """Milliseconds by the clock, of them the processor's in this process, and visits shown."""
    clock, processor = time.perf_counter(), time.process_time()
    response = client.get(address)
    took = 1000 * (time.perf_counter() - clock), 1000 * (time.process_time() - processor)
    assert response.status_code == HTTPStatus.OK, response.status_code  # noqa: S101
    return *took, response.content.count(b"data-visit=")


def fill(doctor: User, waiting: int) -> list[Visit]:
    """So many visits, whose people were read once before; one goes the whole way and is copied."""
    pattern = factories.consenting_patient(clinic_of(doctor))
    signed = factories.report(pattern, by=doctor)
    read = factories.sent_visit(pattern)
    read.refresh_from_db()
    visits: list[Visit] = []
    while len(visits) + 1 < waiting:
        cases = _cases(doctor, min(AT_ONCE, waiting - 1 - len(visits)))
        _read_before(cases, signed)
        visits += _sent(cases, read, random.Random(len(visits)))
    return visits


def _cases(doctor: User, number: int) -> list[Case]:
    clinic = clinic_of(doctor)
    people = User.objects.bulk_create(
        User(
            clinic=clinic,
            role=Role.PATIENT,
            email=f"{uuid4()}@clinic.example",
            full_name=f"Patient {place}",
            date_of_birth=factories.ADULT,
        )
        for place in range(number)
    )
    return Case.objects.bulk_create(Case(clinic=clinic, patient=one) for one in people)


def _read_before(cases: Sequence[Case], signed: Report) -> None:
    sent, reported = (timezone.now() - timedelta(days=days) for days in (60, 59))
    visits = Visit.objects.bulk_create(
        Visit(
            case=case,
            clinic_id=case.clinic_id,
            number=1,
            status=VisitStatus.REPORTED,
            submitted_at=sent,
            reported_at=reported,
        )
        for case in cases
    )
    reviews = Review.objects.bulk_create(
        Review(
            visit=visit,
            doctor_id=signed.review.doctor_id,
            status=ReviewStatus.SIGNED,
            grade=Grade.II,
            counted_grade=Grade.II,
            claimed_at=reported,
            given_at=reported,
            signed_at=reported,
        )
        for visit in visits
    )
    kept = {"content": signed.content, "sha256": signed.sha256, "signed_at": reported}
    Report.objects.bulk_create(Report(visit=one.visit, review=one, **kept) for one in reviews)


def _sent(cases: Sequence[Case], read: Visit, chance: random.Random) -> list[Visit]:
    now = timezone.now()
    visits = Visit.objects.bulk_create(
        Visit(
            case=case,
            clinic_id=case.clinic_id,
            number=2,
            status=VisitStatus.AWAITING_REVIEW,
            submitted_at=now - timedelta(minutes=chance.randrange(MINUTES)),
            machine_reading=read.machine_reading,
            urgency=chance.randrange(6),
            cautions=["uneven_light"] if chance.random() < CAUTIOUS else [],
        )
        for case in cases
    )
    Photo.objects.bulk_create(_photo(visit, view) for visit in visits for view in VIEWS)
    return visits


def _photo(visit: Visit, view: View) -> Photo:
    """No file is opened for a list; its page names them."""
    return Photo(
        visit=visit,
        view=view,
        original="originals/x.jpg",
        display="display/x.jpg",
        width=3000,
        height=4000,
        media_type="image/jpeg",
        byte_size=1,
        sha256="0" * 64,
    )
