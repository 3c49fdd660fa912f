from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy

from portal.consent.defaults import Wording
from portal.consent.models import Language

if TYPE_CHECKING:
    from portal.consent.models import ConsentForm


class PublishForm(forms.Form):
    is_correction = forms.BooleanField(
        label=gettext_lazy("This only corrects the words; nobody needs to sign again"),
        help_text=gettext_lazy(
            "For a misspelling or a new telephone number. Not if anything changes that patients "
            "agreed to."
        ),
        required=False,
    )


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
