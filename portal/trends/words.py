"""A change from one visit to another, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.analysis.models import LesionType
from portal.review.models import Grade
from portal.trends.models import MatchingStatus

if TYPE_CHECKING:
    from datetime import date

    from portal.accounts.models import ResponseRule
    from portal.analysis.selectors import Counts
    from portal.analysis.words import Line
    from portal.trends.linking import Links
    from portal.trends.selectors import SignedVisit

EVEN = 0.5
SUREST = 99  # per cent: nothing that is counted on photos is certain


def changes(before: Counts, now: Counts, day: date) -> list[Line]:
    """One sentence for each type whose number changed since ``day``."""
    differences = {kind: now[kind] - before[kind] for kind in LesionType.values}
    lines = [_change(kind, difference, day) for kind, difference in differences.items()]
    changed = [line for line in lines if line]
    return changed or [_("The same numbers as on %(date)s.") % {"date": date_format(day)}]


def grade_change(before: str, now: str, day: date) -> Line:
    names = {"before": Grade(before).label, "now": Grade(now).label, "date": date_format(day)}
    order = [Grade.NONE, Grade.I, Grade.II, Grade.III, Grade.IV]
    if before == now:
        return _("The grade is the same as on %(date)s: %(now)s.") % names
    if order.index(Grade(now)) < order.index(Grade(before)):
        return _("Better than on %(date)s: from %(before)s to %(now)s.") % names
    return _("Worse than on %(date)s: from %(before)s to %(now)s.") % names


def _change(kind: str, difference: int, day: date) -> Line:
    if not difference:
        return ""
    count = abs(difference)
    sentences = _fewer(count) if difference < 0 else _more(count)
    return sentences[kind] % {"count": count, "date": date_format(day)}


def _fewer(count: int) -> dict[str, str]:
    return {
        "comedone": ngettext(
            "%(count)d fewer comedone than on %(date)s",
            "%(count)d fewer comedones than on %(date)s",
            count,
        ),
        "papule": ngettext(
            "%(count)d fewer papule than on %(date)s",
            "%(count)d fewer papules than on %(date)s",
            count,
        ),
        "pustule": ngettext(
            "%(count)d fewer pustule than on %(date)s",
            "%(count)d fewer pustules than on %(date)s",
            count,
        ),
        "nodule": ngettext(
            "%(count)d fewer nodule than on %(date)s",
            "%(count)d fewer nodules than on %(date)s",
            count,
        ),
        "cyst": ngettext(
            "%(count)d fewer cyst than on %(date)s",
            "%(count)d fewer cysts than on %(date)s",
            count,
        ),
        "scar": ngettext(
            "%(count)d fewer scar than on %(date)s",
            "%(count)d fewer scars than on %(date)s",
            count,
        ),
    }


def _more(count: int) -> dict[str, str]:
    return {
        "comedone": ngettext(
            "%(count)d more comedone than on %(date)s",
            "%(count)d more comedones than on %(date)s",
            count,
        ),
        "papule": ngettext(
            "%(count)d more papule than on %(date)s",
            "%(count)d more papules than on %(date)s",
            count,
        ),
        "pustule": ngettext(
            "%(count)d more pustule than on %(date)s",
            "%(count)d more pustules than on %(date)s",
            count,
        ),
        "nodule": ngettext(
            "%(count)d more nodule than on %(date)s",
            "%(count)d more nodules than on %(date)s",
            count,
        ),
        "cyst": ngettext(
            "%(count)d more cyst than on %(date)s",
            "%(count)d more cysts than on %(date)s",
            count,
        ),
        "scar": ngettext(
            "%(count)d more scar than on %(date)s",
            "%(count)d more scars than on %(date)s",
            count,
        ),
    }


def verdict(links: Links, day: date) -> Line:
    """For a doctor: better, worse or neither, and how sure."""
    found = links.change
    numbers = _numbers(links, day) | {"percent": min(SUREST, round(100 * found.sureness))}
    if found.verdict == "better":
        return _("Better than on %(date)s: %(gone)d went, %(come)d came (%(percent)d %% sure).") % (
            numbers
        )
    if found.verdict == "worse":
        return _("Worse than on %(date)s: %(come)d came, %(gone)d went (%(percent)d %% sure).") % (
            numbers
        )
    if found.better > EVEN:
        line = _(
            "No clear change since %(date)s: %(gone)d went, %(come)d came "
            "(%(percent)d %% for better)."
        )
    else:
        line = _(
            "No clear change since %(date)s: %(gone)d went, %(come)d came "
            "(%(percent)d %% for worse)."
        )
    return line % numbers


def gentle_verdict(links: Links, day: date) -> Line:
    """The same for the patient."""
    numbers = _numbers(links, day)
    found = links.change.verdict
    if found == "better":
        return (
            _(
                "Your skin is getting better: since %(date)s more spots have gone (%(gone)d) than "
                "come (%(come)d)."
            )
            % numbers
        )
    if found == "worse":
        return (
            _(
                "Since %(date)s more spots have come (%(come)d) than gone (%(gone)d). That can "
                "happen on the way. Your doctor has seen it."
            )
            % numbers
        )
    return (
        _(
            "Since %(date)s %(gone)d spots have gone and %(come)d have come. That is too close to "
            "call it better or worse."
        )
        % numbers
    )


def unlinked(before: SignedVisit, after: SignedVisit, status: str) -> Line:
    """Why nobody can say which spot is which.

    ``status``: of the matching, empty if there is none.
    """
    if before.number >= after.number:
        return _("Choose an earlier and a later visit to see which spot is which.")
    if status in (MatchingStatus.QUEUED, MatchingStatus.RUNNING):
        return _(
            "The spots of these two visits are not linked to each other yet. Look again in a "
            "minute."
        )
    return _(
        "The spots of these two visits could not be linked to each other. The numbers and the "
        "photos hold all the same."
    )


def response(rule: ResponseRule, *, responded: bool | None) -> Line:
    """Whether the treatment has worked as the clinic defines it."""
    names = {"rule": rule.label}
    if responded is None:
        return (
            _("By the clinic's rule (%(rule)s): cannot be told, a visit was not counted.") % names
        )
    if responded:
        return _("By the clinic's rule (%(rule)s): the treatment has worked.") % names
    return _("By the clinic's rule (%(rule)s): not reached yet.") % names


def _numbers(links: Links, day: date) -> dict[str, object]:
    return {
        "date": date_format(day),
        "gone": links.numbers["resolved"],
        "come": links.numbers["new"],
    }
