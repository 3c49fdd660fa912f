from __future__ import annotations

from django import forms


class CorrectionForm(forms.Form):
    """Which lesion of the earlier visit, which of the later, and whether they are one."""

    before = forms.UUIDField()
    after = forms.UUIDField()
    are_one = forms.TypedChoiceField(
        choices=[("yes", ""), ("no", "")], coerce=lambda value: value == "yes"
    )
