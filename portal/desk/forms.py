from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import User
from portal.consent.defaults import Wording
from portal.consent.models import Language

if TYPE_CHECKING:
    from portal.consent.models import ConsentForm


class DoctorForm(forms.Form):
    full_name = forms.CharField(
        label=gettext_lazy("Full name"),
        help_text=gettext_lazy("As patients will read it under their report."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("A link to choose a password is sent there."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            raise ValidationError(_("There is already an account with this address."))
        return email


class WordingForm(forms.Form):
    """The words of a form in one language."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    summary = forms.CharField(
        label=gettext_lazy("In plain words"),
        help_text=gettext_lazy("What everybody should know, in words a child understands."),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    body = forms.CharField(
        label=gettext_lazy("Full text"),
        help_text=gettext_lazy(
            "An empty line starts a paragraph. A line that begins with ## is a heading, "
            "lines that begin with - are a list."
        ),
        widget=forms.Textarea(attrs={"rows": 20}),
    )
    changes = forms.CharField(
        label=gettext_lazy("What changed"),
        help_text=gettext_lazy(
            "Told to whoever signed the version before. Not part of what is signed."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any, *, language: Language, initial: dict[str, str]) -> None:
        super().__init__(data, prefix=language.value, initial=initial)
        self.language = language
        for field in self.fields.values():
            field.widget.attrs["lang"] = language.value

    def wording(self) -> Wording:
        return Wording(**{name: _unix(text) for name, text in self.cleaned_data.items()})


def _unix(text: str) -> str:
    """Browsers send two characters for a new line; the hash must not depend on it."""
    return text.replace("\r\n", "\n")


def wording_forms(base: ConsentForm, data: Any = None) -> list[WordingForm]:
    """One per language, filled with the words to start from."""
    return [
        WordingForm(data, language=language, initial=_words_of(base, language))
        for language in Language
    ]


def _words_of(form: ConsentForm, language: Language) -> dict[str, str]:
    text = form.text_in(language)
    words = {"title": text.title, "summary": text.summary, "body": text.body}
    return words if form.published_at else {**words, "changes": text.changes}
