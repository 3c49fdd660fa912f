"""A signature drawn by hand: strokes of straight lines as an SVG path, 600 units by 200."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

WIDTH, HEIGHT = 600, 200
LONGEST = 20_000  # characters: far more than a hand draws
PATH = re.compile(r"(?:M\d{1,3} \d{1,3}(?:L\d{1,3} \d{1,3})+)+")
LEAST_WIDTH = 30  # a dot or a tick is no signature


def validate_drawing(path: str) -> None:
    if len(path) > LONGEST or not PATH.fullmatch(path):
        raise ValidationError(_("The drawing did not arrive. Please draw it again, or type."))
    points = [(int(x), int(y)) for x, y in re.findall(r"(\d+) (\d+)", path)]
    if any(x > WIDTH or y > HEIGHT for x, y in points):
        raise ValidationError(_("The drawing did not arrive. Please draw it again, or type."))
    across = [x for x, _y in points]
    if max(across) - min(across) < LEAST_WIDTH:
        raise ValidationError(_("That is too small for a signature. Please draw it larger."))
