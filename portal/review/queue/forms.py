from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.cases.transitions import URGENCY
from portal.review.models import Grade
from portal.review.queue.selectors import ALL, LONGEST, MINE, NEWEST, UNASSIGNED, URGENT, Sought

UNREAD = "unread"


class FilterForm(forms.Form):
    """What of the queue is shown; it comes with the address, so that a look can be kept. The name
    alone does not: ``search`` stands for it there.
    """

    whose = forms.ChoiceField(
        label=gettext_lazy("Whose"),
        required=False,
        choices=[
            (ALL, pgettext_lazy("visits", "all")),
            (MINE, gettext_lazy("assigned to me")),
            (UNASSIGNED, gettext_lazy("assigned to nobody")),
        ],
    )
    grade = forms.MultipleChoiceField(
        label=gettext_lazy("The model's grade"),
        required=False,
        choices=[*Grade.choices, (UNREAD, gettext_lazy("no machine reading"))],
        widget=forms.CheckboxSelectMultiple,
    )
    late = forms.BooleanField(label=gettext_lazy("waiting longer than promised"), required=False)
    cautions = forms.BooleanField(label=gettext_lazy("with cautions"), required=False)
    q = forms.CharField(
        label=gettext_lazy("Patient's name"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    order = forms.ChoiceField(
        label=gettext_lazy("Order"),
        required=False,
        choices=[
            (URGENT, gettext_lazy("late, then worst first")),
            (LONGEST, gettext_lazy("longest waiting first")),
            (NEWEST, gettext_lazy("newest first")),
        ],
    )
    search = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    after = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def sought(self) -> Sought:
        """What was asked for; nothing in particular if it makes no sense."""
        asked: dict[str, Any] = self.cleaned_data if self.is_valid() else {}
        grades = ["" if grade == UNREAD else grade for grade in asked.get("grade", [])]
        assert set(grades) <= URGENCY.keys()  # noqa: S101 - the form knows no other
        return Sought(
            whose=asked.get("whose") or ALL,
            grades=tuple(grades),
            with_cautions=bool(asked.get("cautions")),
            late=bool(asked.get("late")),
            words=asked.get("q", ""),
            order=asked.get("order") or URGENT,
        )


class SaveForm(forms.Form):
    """A name for the look that is on the screen."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=40,
        error_messages={"required": gettext_lazy("Give the filter a name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    query = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)


class AssignForm(forms.Form):
    """``to``: a colleague's public id, or nothing for "nobody"."""

    visits = forms.TypedMultipleChoiceField(coerce=str)
    to = forms.UUIDField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["visits"]
        assert isinstance(field, forms.TypedMultipleChoiceField)  # noqa: S101
        stated = self.data.getlist("visits") if hasattr(self.data, "getlist") else []
        field.choices = [(one, one) for one in stated]
