"""Parts of a set by skin tone, light and face size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.training.evaluation.measures import Floats
    from inference.training.evaluation.skin import Skin

# Chardon et al. 1991, Del Bino et al. 2006: each from its lower bound, in degrees, exclusive
TONES = {
    "very light": 55.0,
    "light": 41.0,
    "intermediate": 28.0,
    "tan": 10.0,
    "brown": -30.0,
    "dark": -float("inf"),
}
THIRDS = ("lowest third", "middle third", "highest third")
AXES = ("skin_tone", "light", "face_size")


@dataclass(frozen=True, slots=True)
class Stratum:
    """``bounds``: in degrees (skin tone), HSV value (light) or pixels (face size); ``within`` (P,):
    1 for its pictures, else 0.
    """

    name: str
    bounds: tuple[float, float]
    within: Floats


def strata(skins: Sequence[Skin | None]) -> dict[str, list[Stratum]]:
    """Those that hold a picture, by ``AXES``. Skin tone in the six classes of the typology angle,
    light and face size in thirds of the set. Pictures without a measured skin are in none.
    """
    missing = (np.nan, np.nan, np.nan)
    ita, value, width = np.array([one or missing for one in skins], np.float64).reshape(-1, 3).T
    parts = {"skin_tone": _tones(ita), "light": _thirds(value), "face_size": _thirds(width)}
    return {axis: [one for one in found if one.within.any()] for axis, found in parts.items()}


def _tones(ita: Floats) -> list[Stratum]:
    uppers = [float("inf"), *TONES.values()]
    return [
        _between(ita, name, lower, upper)
        for (name, lower), upper in zip(TONES.items(), uppers, strict=False)
    ]


def _thirds(values: Floats) -> list[Stratum]:
    known = values[~np.isnan(values)]
    if not len(known):
        return []
    lowest, highest = known.min(), known.max()
    cuts = [np.nextafter(lowest, -np.inf), *np.quantile(known, [1 / 3, 2 / 3]), highest]
    return [
        _between(values, name, cuts[place], cuts[place + 1]) for place, name in enumerate(THIRDS)
    ]


def _between(values: Floats, name: str, lower: float, upper: float) -> Stratum:
    within = ((values > lower) & (values <= upper)).astype(np.float64)
    return Stratum(name, (float(lower), float(upper)), within)
