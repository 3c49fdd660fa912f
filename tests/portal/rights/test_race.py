"""Between looking at a record and closing it nothing comes in: with real threads and locks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import OperationalError, connection

from portal.accounts import views
from portal.audit.models import Why
from portal.consent.models import ErasureRequest
from portal.rights import services
from portal.rights.inventory import digest
from tests import factories
from tests.portal.accounts.test_closing import PAGE, signed_in

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


def a_visit_of(patient):
    return patient.cases.get().visits.get()


def by_the_desk(patient) -> Callable[[], None]:
    shown = digest(patient)
    return lambda: services.close_as_shown(patient=patient, shown=shown, why=Why.ASKED_BY_LETTER)


def by_the_patient(patient) -> Callable[[], None]:
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

    def come_in() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(SHORTLY)
            adding(patient)
        except OperationalError as error:
            kept_out.append(str(error))
        finally:
            connection.close()

    def look_and_be_disturbed(of):
        seen = digest(of)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(come_in).result()
        return seen

    close = closing(patient)
    for place in (services, views):
        monkeypatch.setattr(place, "digest", look_and_be_disturbed)

    close()

    assert "lock timeout" in kept_out[0]
    assert ErasureRequest.objects.get().patient == patient
