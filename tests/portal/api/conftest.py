from __future__ import annotations

import pytest
from django.core.cache import cache
from rest_framework.throttling import SimpleRateThrottle

from tests import factories
from tests.portal.api.apps import App


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


@pytest.fixture
def app(client, patient):
    return App(client, patient)


@pytest.fixture
def desk(client, doctor):
    return App(client, doctor)
