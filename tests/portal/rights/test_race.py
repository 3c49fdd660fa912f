"""Between looking at a record and closing it nothing comes in: with real threads and locks."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from portal.accounts import views
from portal.audit.models import Why
from portal.cases.models import Visit, VisitStatus
from portal.consent.models import ErasureRequest, ErasureStatus
from portal.consent.services import close_account
from portal.desk import services as desk
from portal.rights import services
from portal.rights.exporting import ask_for_export
from portal.rights.inventory import digest
from portal.rights.models import Export, ExportStatus
from portal.trends.models import MatchCorrection
from tests import factories
from tests.portal.accounts.test_closing import PAGE, signed_in
from tests.portal.rights.test_erasure import followed, said_to_be_one

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)
SHORTLY = "SET lock_timeout = '300ms'"


@pytest.fixture(autouse=True)
def _a_database_that_threads_can_share() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's tests run in memory, in one connection")


@pytest.fixture
def patient():
    patient = factories.consenting_patient(factories.clinic())
    factories.letter(patient)
    factories.visit(patient)
    return patient


def come_in(adding: Callable[[], object], kept_out: list[str]) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(SHORTLY)
        adding()
    except OperationalError as error:
        kept_out.append(str(error))
    finally:
        connection.close()


def a_visit_of(patient):
    return patient.cases.get().visits.get()


def handed_over(patient) -> None:
    desk.hand_over(patient=patient, to=factories.clinic())


def merged(patient) -> None:
    desk.merge_patients(kept=factories.consenting_patient(patient.clinic), double=patient)


@pytest.mark.parametrize("moving", [handed_over, merged])
@pytest.mark.parametrize("adding", [factories.letter, factories.visit], ids=["letter", "visit"])
def test_what_comes_while_a_record_is_moved_waits_until_it_is(monkeypatch, moving, adding):
    patient = factories.consenting_patient(factories.clinic())
    Visit.objects.filter(pk=factories.visit(patient).pk).update(status=VisitStatus.WITHDRAWN)
    look, kept_out = desk._under_way, []

    def look_and_be_disturbed(of):
        seen = look(of).exists()
        assert not seen
        with ThreadPoolExecutor(1) as pool:
            pool.submit(come_in, lambda: adding(patient), kept_out).result()
        return look(of)

    monkeypatch.setattr(desk, "_under_way", look_and_be_disturbed)

    moving(patient)

    assert "lock timeout" in kept_out[0]


def by_the_desk(patient) -> Callable[[], object]:
    shown = digest(patient)
    return lambda: services.close_as_shown(patient=patient, shown=shown, why=Why.ASKED_BY_LETTER)


def by_the_patient(patient) -> Callable[[], object]:
    there = signed_in(patient)
    shown = there.get(PAGE).context["digest"]
    return lambda: there.post(PAGE, {"digest": shown})


@pytest.mark.parametrize("closing", [by_the_desk, by_the_patient])
@pytest.mark.parametrize(
    "adding",
    [
        factories.letter,
        lambda patient: factories.photo(a_visit_of(patient)),
        factories.visit,
    ],
    ids=["letter", "photo", "visit"],
)
def test_what_comes_while_an_erasure_is_confirmed_waits_until_it_is(
    patient, monkeypatch, adding, closing
):
    kept_out = []

    def look_and_be_disturbed(of):
        seen = digest(of)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(come_in, lambda: adding(patient), kept_out).result()
        return seen

    close = closing(patient)
    for place in (services, views):
        monkeypatch.setattr(place, "digest", look_and_be_disturbed)

    close()

    assert "lock timeout" in kept_out[0]
    assert ErasureRequest.objects.get().patient == patient


def erased(patient) -> None:
    request = close_account(patient=patient)
    services.carry_out(request=request)
    assert ErasureRequest.objects.get().status == ErasureStatus.DONE


@pytest.mark.parametrize("letting_go", [erased, merged])
def test_a_copy_that_becomes_ready_meanwhile_goes_too(letting_go):
    patient = factories.consenting_patient(factories.clinic())
    export = ask_for_export(patient=patient, language="en")
    is_ready = Event()

    def be_made() -> None:
        try:
            with transaction.atomic():
                name = default_storage.save("exports/one.zip", ContentFile(b"everything"))
                Export.objects.filter(pk=export.pk, status=ExportStatus.WAITING).update(
                    status=ExportStatus.READY, file=name, byte_size=10, expires_at=timezone.now()
                )
                is_ready.set()
                time.sleep(1)  # so long the others wait for the row
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(be_made)
        assert is_ready.wait(10)
        letting_go(patient)
        made.result()

    assert not Export.objects.exists()
    assert not default_storage.exists("exports/one.zip")


def test_what_a_doctor_says_of_two_lesions_waits_while_a_record_is_held():
    clinic = factories.clinic()
    doctor, patient = factories.doctor(clinic), factories.consenting_patient(clinic)
    factories.report(patient, by=doctor)
    followed(patient, doctor)
    kept_out: list[str] = []

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        services.held(patient.pk)
        pool.submit(come_in, lambda: said_to_be_one(patient, doctor), kept_out).result()

    assert "lock timeout" in kept_out[0]
    assert not MatchCorrection.objects.exists()
