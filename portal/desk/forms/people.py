from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.colleagues import free_address
from portal.accounts.forms import OLDEST_BIRTHDAY
from portal.accounts.models import COLLEAGUES, Clinic, User
from portal.audit.models import Why

if TYPE_CHECKING:
    from django.db.models import QuerySet

LONGEST_INVITATION = timedelta(days=366)
USUAL_INVITATION = timedelta(days=14)


COLLEAGUE_ROLES = [(role.value, role.label) for role in COLLEAGUES]


class ColleagueForm(forms.Form):
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=COLLEAGUE_ROLES, widget=forms.RadioSelect
    )
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
        return free_address(self.cleaned_data["email"])


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=COLLEAGUE_ROLES, widget=forms.RadioSelect
    )


class PatientForm(forms.Form):
    """What was mistyped at registration."""

    full_name = forms.CharField(label=gettext_lazy("Full name"), max_length=200)
    date_of_birth = forms.DateField(
        label=gettext_lazy("Date of birth"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy(
            "A new address counts once the patient has opened the link that is sent there."
        ),
    )

    def __init__(self, data: Any, *, patient: User) -> None:
        super().__init__(
            data,
            initial={
                "full_name": patient.full_name,
                "date_of_birth": patient.date_of_birth,
                "email": patient.email,
            },
        )
        self.patient = patient

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        return email if email == self.patient.email else free_address(email)

    def clean_date_of_birth(self) -> date:
        born: date = self.cleaned_data["date_of_birth"]
        if not OLDEST_BIRTHDAY <= born <= timezone.localdate():
            raise ValidationError(_("Check the year: this cannot be a date of birth."))
        return born


class MergeForm(forms.Form):
    is_sure = forms.BooleanField(
        label=gettext_lazy("I have checked that both accounts are of the same person"),
    )


class HandOverForm(forms.Form):
    clinic: forms.ModelChoiceField[Clinic] = forms.ModelChoiceField(
        label=gettext_lazy("To which clinic?"), queryset=Clinic.objects.none()
    )
    is_asked_for = forms.BooleanField(
        label=gettext_lazy("The patient has asked for this in writing"),
        help_text=gettext_lazy("Keep what they wrote with their papers."),
    )

    def __init__(self, data: Any, *, clinics: QuerySet[Clinic]) -> None:
        super().__init__(data)
        self.fields["clinic"].queryset = clinics  # type: ignore[attr-defined]


class ErasureForm(forms.Form):
    """A patient asked for it outside the portal. The date of birth is what tells whose request it
    is where two people have one name.
    """

    way = forms.ChoiceField(
        label=gettext_lazy("How did the patient ask?"),
        choices=[
            (Why.ASKED_IN_PERSON.value, gettext_lazy("In person, at the clinic")),
            (Why.ASKED_BY_LETTER.value, gettext_lazy("By letter")),
        ],
        widget=forms.RadioSelect,
    )
    date_of_birth = forms.DateField(
        label=gettext_lazy("Date of birth that the patient gave"),
        help_text=gettext_lazy("From their identity card or their letter, not from this site."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off"}),
    )
    is_certain = forms.BooleanField(
        label=gettext_lazy("I have checked who asked, and the patient was offered a copy"),
        help_text=gettext_lazy(
            "Keep what they wrote, or a note of when they came, with their papers."
        ),
    )

    def __init__(self, data: Any, *, patient: User) -> None:
        super().__init__(data)
        self.patient = patient

    def clean_date_of_birth(self) -> date:
        given: date = self.cleaned_data["date_of_birth"]
        if given != self.patient.date_of_birth:
            raise ValidationError(
                _("The account has another date of birth. Check whose request it is.")
            )
        return given


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
