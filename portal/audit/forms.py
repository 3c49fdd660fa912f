from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit.models import READS, Action

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from portal.audit.models import Entry

LOOKS, CHANGES = "reads", "changes"


class LogForm(forms.Form):
    """What is looked for in the log; what is not understood is left out."""

    what = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=[
            ("", _("everything")),
            (LOOKS, _("all looks")),
            (CHANGES, _("all changes")),
            (_("One kind"), Action.choices),
        ],
    )
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    who = forms.UUIDField(label=_("Done by, number"), required=False)
    whose = forms.UUIDField(label=_("Patient, number"), required=False)
    about = forms.CharField(label=_("Thing, number"), required=False, max_length=36)

    def narrowed(self, entries: QuerySet[Entry]) -> QuerySet[Entry]:
        self.is_valid()
        asked = self.cleaned_data
        return entries.filter(**_of(asked.get("what", "")), **_between(asked), **_ids(asked))


def _of(what: str) -> dict[str, Any]:
    if what == LOOKS:
        return {"action__in": READS}
    if what == CHANGES:
        return {"action__in": [action for action in Action if action not in READS]}
    return {"action": what} if what else {}


def _between(asked: dict[str, Any]) -> dict[str, datetime]:
    since, until = asked.get("since"), asked.get("until")
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
