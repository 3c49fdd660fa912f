from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from portal.review.corrections import services
from portal.review.services import claim

if TYPE_CHECKING:
    from portal.review.corrections.models import Correction, Kind
    from portal.review.models import Review


@pytest.fixture
def review(sent, doctor) -> Review:
    """A visit with three papules and a pustule, in this doctor's hands."""
    return claim(visit=sent, doctor=doctor)


def step(review: Review, kind: Kind, **change) -> Correction:
    return services.record(review=review, key=uuid.uuid4(), kind=kind, **change)
