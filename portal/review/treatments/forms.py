from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from portal.review.models import Grade


class TemplateForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    grade = forms.ChoiceField(
        label=gettext_lazy("For grade"),
        required=False,
        choices=[("", gettext_lazy("every grade")), *Grade.choices],
    )
    words = forms.CharField(
        label=gettext_lazy("Words for the report"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    not_if_pregnant = forms.BooleanField(
        label=gettext_lazy("Unsuitable in pregnancy, when one is planned, and while breastfeeding"),
        required=False,
    )
    not_with = forms.CharField(
        label=gettext_lazy("Unsuitable with"),
        help_text=gettext_lazy(
            "Allergies and present treatments, with commas between them, as patients write them."
        ),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
