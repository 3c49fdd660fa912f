from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.consent.drawing import validate_drawing

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.consent.models import ConsentText


class SignatureForm(forms.Form):
    """A name, drawn or typed, under the very text that was shown: its hash comes back with it."""

    drawing = forms.CharField(
        required=False, widget=forms.HiddenInput, validators=[validate_drawing]
    )
    signed_name = forms.CharField(
        label=gettext_lazy("Type your full name to sign"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    text_sha256 = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, text: ConsentText, patient: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.text = text
        self.patient = patient
        self.fields["signed_name"].help_text = _("As you registered it: %(name)s") % {
            "name": patient.full_name
        }

    def clean_signed_name(self) -> str:
        """Whoever drew their signature need not type too; the drawing is kept with their name."""
        name: str = self.cleaned_data["signed_name"]
        if not name and self.data.get("drawing"):
            return self.patient.full_name
        if _plain(name) != _plain(self.patient.full_name):
            raise ValidationError(
                _("Type your name as you registered it: %(name)s"),
                params={"name": self.patient.full_name},
            )
        return name

    def clean_text_sha256(self) -> str:
        """Refuse a signature under other words than those in force in this language."""
        if self.cleaned_data["text_sha256"] != self.text.sha256:
            raise ValidationError(
                _(
                    "The text changed while you were reading it, or you switched the language. "
                    "Nothing was signed. Please read the text below and sign it if you agree."
                ),
                code="text_changed",
            )
        return self.text.sha256


def _plain(name: str) -> str:
    """Keyboards differ in width, case and spaces; the name is the same."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
