"""Visits with real pictures and readings made by hand, for a doctor's page: no worker is needed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image

from inference.results import Lesion as FoundLesion
from inference.results import LesionType, Region
from portal.cases.models import View
from portal.cases.services import submit
from portal.review.services import claim
from tests import factories
from tests.browser.portraits import astronaut, on_a_wall
from tests.pictures import encoded

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.cases.models import Visit
    from portal.review.models import Review

WIDTH, HEIGHT = 1200, 1600
FACE = (330, 430, 540, 560)  # where skin is on the portrait: x, y, width, height


def portrait(width: int = WIDTH, height: int = HEIGHT) -> bytes:
    picture = Image.fromarray(on_a_wall(astronaut(), 1100, 1100)).resize((width, height))
    return encoded(picture, quality=90)


def lesions(count: int, width: int = WIDTH, height: int = HEIGHT) -> list[FoundLesion]:
    """Spread over the face in a spiral, all types among them, the surest first."""
    found = []
    for place in range(count):
        angle, reach = place * 2.4, math.sqrt((place + 0.5) / count) / 2
        across = FACE[0] + FACE[2] * (0.5 + reach * math.cos(angle))
        down = FACE[1] + FACE[3] * (0.5 + reach * math.sin(angle))
        kind = list(LesionType)[place % 6]
        side = 14 + 5 * (place % 6)
        box = (
            round(across * width / WIDTH, 1),
            round(down * height / HEIGHT, 1),
            round(side * width / WIDTH, 1),
            round(side * height / HEIGHT, 1),
        )
        found.append(FoundLesion(kind, 0.95 - 0.5 * place / count, box, Region.LEFT_CHEEK))
    return found


def visit(
    patient: User,
    found: list[FoundLesion],
    views: tuple[View, ...] = (View.FRONT,),
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Visit:
    opened = factories.visit(patient)
    picture = portrait(*size)
    for view in views:
        photo = factories.photo(opened, view)
        reading = factories.result(view, candidates=found, width=size[0], height=size[1])
        factories.read(photo, reading, display=picture)
    submit(visit=opened)
    return opened


def review(doctor: User, found: list[FoundLesion], **more) -> Review:
    assert doctor.clinic is not None
    patient = factories.consenting_patient(doctor.clinic)
    return claim(visit=visit(patient, found, **more), doctor=doctor)
