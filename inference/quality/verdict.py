"""From measures and limits to reasons and cautions. Standard library only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.quality.limits import CRITERIA, LEVEL_PITCH, SILENCED_BY
from inference.quality.messages import MESSAGES
from inference.results import Finding, Quality, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from inference.quality.limits import Criterion

Measures = dict[str, float]

ORDER = {code: place for place, code in enumerate(MESSAGES)}


def judge(measures: Measures, view: View, limits: Mapping[str, float]) -> Quality:
    """Every criterion of the view whose measure was taken, all reasons at once.

    ``measures``: by name; ``yaw``, ``pitch`` and ``roll`` in degrees with their signs.
    ``limits``: the whole table, as ``limits_for`` gives it.
    """
    found = sorted(_broken(measures, view, limits), key=lambda pair: ORDER[pair[1].code])
    codes = {finding.code for _, finding in found}
    reasons = [finding for one, finding in found if one.consequence == "refuse"]
    refused = {one.measure for one, _ in found if one.consequence == "refuse"}
    cautions = [
        finding
        for one, finding in found
        if one.consequence == "caution" and one.measure not in refused
    ]
    return Quality(
        accepted=not reasons,
        reasons=tuple(_said(reasons, codes)),
        cautions=tuple(_said(cautions, codes)),
        measures={name: round(value, 3) for name, value in measures.items()},
    )


def judged(measures: Mapping[str, float], view: View) -> Measures:
    """The measures and what the limits on angles speak of: turns towards the view and tips from
    level, pitch and roll without signs.
    """
    if "yaw" not in measures:
        return dict(measures)
    yaw = measures["yaw"]
    return {
        **measures,
        "side_turn": -yaw if view is View.RIGHT else yaw,
        "pitch": abs(measures["pitch"] - LEVEL_PITCH),
        "roll": abs(measures["roll"]),
    }


def _broken(
    measures: Measures, view: View, limits: Mapping[str, float]
) -> Iterator[tuple[Criterion, Finding]]:
    values = judged(measures, view)
    for one in CRITERIA:
        if view not in one.views or one.measure not in values:
            continue
        value, limit = values[one.measure], limits[one.name]
        if one.broken(value, limit):
            yield one, Finding(one.code, round(value, 3), limit, MESSAGES[one.code])


def _said(findings: Iterable[Finding], codes: set[str]) -> Iterator[Finding]:
    return (one for one in findings if not codes & SILENCED_BY.get(one.code, frozenset()))
