from __future__ import annotations

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _fresh_rate_limits():
    """Each test counts its own tries; the sign-in's limits are per address and minute."""
    cache.clear()
