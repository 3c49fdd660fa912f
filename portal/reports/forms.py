from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy


class AddendumForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("What you add"),
        help_text=gettext_lazy("The patient reads it below the report, which stays as it is."),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write what you want to add.")},
    )
