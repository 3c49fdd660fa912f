"""Two doctors, one visit: with real threads and real transactions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from portal.cases.models import VisitStatus
from portal.cases.transitions import WrongStateError
from portal.review import services
from portal.review.models import Review
from tests import factories
from tests.portal.review.conftest import run_out

pytestmark = pytest.mark.django_db(transaction=True)
DOCTORS = 4


def at_once(*calls):
    """Run all calls from the same moment on; give back what each returned or raised."""
    gate = Barrier(len(calls))

    def run(call):
        try:
            gate.wait()
            return call()
        except (services.TakenError, services.ClaimLostError, WrongStateError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture(autouse=True)
def _a_database_that_threads_can_share() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's tests run in memory, in one connection")


@pytest.fixture
def doctors(patient):
    return [factories.doctor(patient.clinic) for _ in range(DOCTORS)]


def test_of_doctors_who_claim_at_once_one_gets_the_visit_and_the_others_its_name(sent, doctors):
    outcomes = at_once(*(lambda who=who: services.claim(visit=sent, doctor=who) for who in doctors))

    [review] = [one for one in outcomes if isinstance(one, Review)]
    refused = [one for one in outcomes if isinstance(one, services.TakenError)]
    assert len(refused) == DOCTORS - 1
    assert {one.review for one in refused} == {review}
    assert Review.objects.open().get() == review


def test_a_double_click_claims_once(sent, doctors):
    reviews = at_once(
        *(lambda: services.claim(visit=sent, doctor=doctors[0]) for _ in range(DOCTORS))
    )

    assert len(set(reviews)) == 1
    assert Review.objects.count() == 1


def test_the_sweep_and_a_signature_cannot_both_have_the_visit(sent, doctors):
    review = services.claim(visit=sent, doctor=doctors[0])
    run_out(review)

    signed, _swept = at_once(
        lambda: services.sign(review=review, grade="III", assessment="Signed."),
        services.release_stale,
    )

    sent.refresh_from_db()
    if isinstance(signed, services.ClaimLostError):
        assert sent.status == VisitStatus.AWAITING_REVIEW
        assert not hasattr(sent, "report")
    else:
        assert sent.status == VisitStatus.REPORTED
        assert sent.report == signed
