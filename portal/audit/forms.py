from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit.models import READS, SIGN_INS, Action

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from portal.audit.models import Entry

NO_NUMBER = _(
    "This is no person's number. Press the name in a line of the log, and it is filled in."
)
LOOKS, CHANGES, COMINGS = "reads", "changes", "sign-ins"


class LogForm(forms.Form):
    """What is looked for in the log; what is not understood is left out."""

    what = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=[
            ("", _("everything")),
            (LOOKS, _("all looks")),
            (CHANGES, _("all changes")),
            (COMINGS, _("all sign-ins")),
            (_("One kind"), Action.choices),
        ],
    )
    since = forms.DateField(
        label=_("From the day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    who = forms.UUIDField(
        label=_("Done by, number"), required=False, error_messages={"invalid": NO_NUMBER}
    )
    whose = forms.UUIDField(
        label=_("Patient, number"), required=False, error_messages={"invalid": NO_NUMBER}
    )
    about = forms.CharField(label=_("Thing, number"), required=False, max_length=36)

    @property
    def by_number(self) -> list[forms.BoundField]:
        """What is seldom typed: the links in the log fill it in."""
        return [self[name] for name in ("who", "whose", "about")]

    @property
    def is_by_number(self) -> bool:
        return any(field.data for field in self.by_number)

    def narrowed(self, entries: QuerySet[Entry]) -> QuerySet[Entry]:
        self.is_valid()
        asked = self.cleaned_data
        return entries.filter(**_of(asked.get("what", "")), **_between(asked), **_ids(asked))


def _of(what: str) -> dict[str, Any]:
    if what == LOOKS:
        return {"action__in": READS}
    if what == CHANGES:
        return {"action__in": [one for one in Action if one not in (*READS, *SIGN_INS)]}
    if what == COMINGS:
        return {"action__in": SIGN_INS}
    return {"action": what} if what else {}


def _between(asked: dict[str, Any]) -> dict[str, datetime]:
    since, until = asked.get("since"), asked.get("until")
    if since and until and until < since:
        since, until = until, since
    found = {}
    if since:
        found["at__gte"] = _midnight(since)
    if until:
        found["at__lt"] = _midnight(until + timedelta(days=1))
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _ids(asked: dict[str, Any]) -> dict[str, Any]:
    columns = {"who": "actor", "whose": "patient", "about": "subject"}
    return {column: asked[name] for name, column in columns.items() if asked.get(name)}
