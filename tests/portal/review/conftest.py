from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.review.models import Review
from tests import factories


@pytest.fixture
def doctor(patient):
    return factories.doctor(patient.clinic)


@pytest.fixture
def colleague(patient):
    return factories.doctor(patient.clinic)


@pytest.fixture
def sent(patient):
    return factories.sent_visit(patient)


def run_out(review: Review) -> None:
    Review.objects.filter(pk=review.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
