from __future__ import annotations

import pytest
from django.core.cache import cache
from rest_framework.throttling import SimpleRateThrottle

from portal.api import tokens
from tests import factories


@pytest.fixture(autouse=True)
def _fresh_rate_limits():
    cache.clear()


@pytest.fixture
def no_throttle(monkeypatch):
    """A fuzzer asks more in a second than a person in a day."""
    rates = dict.fromkeys(SimpleRateThrottle.THROTTLE_RATES, "1000000/min")
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", rates)


@pytest.fixture
def clinic():
    return factories.clinic()


@pytest.fixture
def patient(clinic):
    return factories.consenting_patient(clinic)


@pytest.fixture
def doctor(clinic):
    return factories.doctor(clinic)


def bearer(person) -> dict[str, str]:
    _device, key = tokens.issue(user=person, name="A phone")
    return {"Authorization": f"Bearer {key}"}
