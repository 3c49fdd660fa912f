"""Whatever two doctors, the clock and the patient do in any order, the visit stays consistent."""

from __future__ import annotations

from contextlib import suppress

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from portal.cases.models import VisitStatus
from portal.cases.transitions import WrongStateError
from portal.reports.models import Report
from portal.review import services
from portal.review.models import Review, ReviewStatus
from tests import factories
from tests.portal.review.conftest import run_out

pytestmark = pytest.mark.django_db
REFUSED = (
    services.TakenError,
    services.ClaimLostError,
    services.OverrideUnexplainedError,
    WrongStateError,
)
STEPS = ("claim", "renew", "draft", "release", "run out", "sweep", "sign", "sign unexplained")


def take(step: str, visit, doctor) -> None:
    review = visit.reviews.filter(doctor=doctor).first()
    if step == "claim":
        services.claim(visit=visit, doctor=doctor)
    elif step == "draft":
        services.save_draft(visit=visit, doctor=doctor, written={"advice": "Gel."})
    elif step == "sweep":
        services.release_stale()
    elif review is None:
        return
    elif step == "renew":
        services.renew(review=review)
    elif step == "release":
        services.release(review=review)
    elif step == "run out" and review.status == ReviewStatus.OPEN:
        run_out(review)
    elif step == "sign":
        services.sign(review=review, grade="III", assessment="Pustules.")
    elif step == "sign unexplained":
        services.sign(review=review, grade="I", assessment="Mild.")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.booleans()), max_size=12))
def test_in_any_order_of_steps_a_visit_has_one_reader_and_one_report(
    patient, doctor, colleague, steps
):
    visit = factories.sent_visit(patient)
    for step, first in steps:
        with suppress(*REFUSED):
            take(step, visit, doctor if first else colleague)
        visit.refresh_from_db()
        held = Review.objects.open().filter(visit=visit).count()
        signed = Review.objects.filter(visit=visit, status=ReviewStatus.SIGNED).count()
        reports = Report.objects.filter(visit=visit).count()
        expected = {
            VisitStatus.AWAITING_REVIEW: (0, 0, 0),
            VisitStatus.IN_REVIEW: (1, 0, 0),
            VisitStatus.REPORTED: (0, 1, 1),
        }
        assert (held, signed, reports) == expected[VisitStatus(visit.status)]
