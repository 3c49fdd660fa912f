from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import Clinic, User
from portal.consent.defaults import Wording
from portal.consent.models import Language

if TYPE_CHECKING:
    from portal.consent.models import ConsentForm

LONGEST_INVITATION = timedelta(days=366)
USUAL_INVITATION = timedelta(days=14)


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


class InvitationForm(forms.Form):
    audience = forms.ChoiceField(
        label=gettext_lazy("Who may use it?"),
        choices=[
            ("one", gettext_lazy("One person, once")),
            ("all", gettext_lazy("Everybody who has the link, until it ends")),
        ],
        initial="one",
        widget=forms.RadioSelect,
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("A year from today at most."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    note = forms.CharField(
        label=gettext_lazy("Note for yourselves"),
        help_text=gettext_lazy("For example: poster in the waiting room. No patient's name."),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_ends_on(self) -> date:
        last: date = self.cleaned_data["ends_on"]
        today = timezone.localdate()
        if not today <= last <= today + LONGEST_INVITATION:
            raise ValidationError(_("Choose a day between today and a year from today."))
        return last

    def terms(self) -> dict[str, Any]:
        """What :func:`portal.accounts.services.invite` asks for."""
        midnight_after = self.cleaned_data["ends_on"] + timedelta(days=1)
        return {
            "single_use": self.cleaned_data["audience"] == "one",
            "expires_at": timezone.make_aware(datetime.combine(midnight_after, time.min)),
            "note": self.cleaned_data["note"],
        }


class ReadingRulesForm(forms.ModelForm):  # type: ignore[type-arg] # not at run time
    """How soon the clinic answers, who reads twice, how its doctors sign, and what success is."""

    class Meta:
        model = Clinic
        fields = (
            "promised_days",
            "second_reading_percent",
            "second_reading_below",
            "response_rule",
            "sign_with_password",
        )


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
