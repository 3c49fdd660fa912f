from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account import forms as allauth
from allauth.core import context
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from portal.accounts.invitations import IN_SESSION, invitation_in_session
from portal.accounts.selectors import clinics_open_for_registration
from portal.accounts.services import (
    InvitationSpentError,
    TooYoungError,
    check_age,
    register_patient,
    use_invitation,
)
from portal.accounts.sign_ins import note
from portal.api.tokens import revoke_all
from portal.audit.models import Action

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

    from portal.accounts.models import Clinic, User

OLDEST_BIRTHDAY = date(1900, 1, 1)


class Plain:
    """A label says what a field is for, in our words and not in allauth's; a placeholder that
    repeats it vanishes when typed over. What a password needs is told in one sentence; the rules
    stay Django's.
    """

    fields: dict[str, forms.Field]
    labels: ClassVar[dict[str, _StrPromise]] = {
        "login": gettext_lazy("E-mail address"),
        "email": gettext_lazy("E-mail address"),
        "password": gettext_lazy("Password"),
        "oldpassword": gettext_lazy("Your password now"),
        "password1": gettext_lazy("New password"),
        "password2": gettext_lazy("The new password once more"),
        "remember": gettext_lazy("Stay signed in on this device"),
        "code": gettext_lazy("Code"),
        "name": gettext_lazy("Name of the passkey"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
        if "password1" in self.fields:
            self.fields["password1"].help_text = _(
                "At least %(count)d characters. Three or four words at random do well."
            ) % {"count": settings.SHORTEST_PASSWORD}


class SignInForm(Plain, allauth.LoginForm):  # type: ignore[misc]
    pass


class StillYouForm(Plain, allauth.ReauthenticateForm):  # type: ignore[misc]
    pass


class EmailForm(Plain, allauth.AddEmailForm):  # type: ignore[misc]
    labels: ClassVar[dict[str, _StrPromise]] = {"email": gettext_lazy("New e-mail address")}

    def save(self, request: HttpRequest) -> Any:
        added = super().save(request)
        note(Action.EMAIL_CHANGED, self.user, by=self.user)
        return added


class ForgottenPasswordForm(Plain, allauth.ResetPasswordForm):  # type: ignore[misc]
    pass


class Recorded:
    """A new password, whichever way it came to be: whoever got in with the old one is out."""

    user: User

    def save(self) -> None:
        super().save()  # type: ignore[misc] # of the form that it is mixed into
        revoke_all(user=self.user)
        note(Action.PASSWORD_CHANGED, self.user, by=self.user)


class NewPasswordForm(Recorded, Plain, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class PasswordForm(Recorded, Plain, allauth.ChangePasswordForm):  # type: ignore[misc]
    pass


class FirstPasswordForm(Recorded, Plain, allauth.SetPasswordForm):  # type: ignore[misc]
    pass


class Digits(Plain):
    """A phone shows its number keys; recovery codes are digits too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class SecondStepForm(Digits, mfa.AuthenticateForm):  # type: ignore[misc]
    pass


class SecondStepAgainForm(Digits, mfa.ReauthenticateForm):  # type: ignore[misc]
    pass


class AppForm(Digits, totp.ActivateTOTPForm):  # type: ignore[misc]
    pass


class PasskeyForm(Plain, webauthn.AddWebAuthnForm):  # type: ignore[misc]
    pass


class PasskeyNameForm(Plain, webauthn.EditWebAuthnForm):  # type: ignore[misc]
    pass


class RegistrationForm(Plain, allauth.SignupForm):  # type: ignore[misc]
    """A patient registers at the clinic that invited them, or at one that is open to all."""

    labels: ClassVar[dict[str, _StrPromise]] = {
        **Plain.labels,
        "password1": gettext_lazy("Password"),
    }

    clinic: forms.ModelChoiceField[Clinic] = forms.ModelChoiceField(
        label=gettext_lazy("Clinic"),
        queryset=clinics_open_for_registration(),
        empty_label=gettext_lazy("Choose a clinic"),
    )
    full_name = forms.CharField(
        label=gettext_lazy("Full name"),
        help_text=gettext_lazy("You will sign the consent forms with this name."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    date_of_birth = forms.DateField(
        label=gettext_lazy("Date of birth"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday"}),
    )
    field_order = ("clinic", "full_name", "date_of_birth", "email", "password1")
    is_too_young = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation_in_session(context.request)
        self._only_clinic = self.invitation.clinic if self.invitation else _the_only_open_clinic()
        if self._only_clinic:
            del self.fields["clinic"]

    def clean_date_of_birth(self) -> date:
        born: date = self.cleaned_data["date_of_birth"]
        if not OLDEST_BIRTHDAY <= born <= timezone.localdate():
            raise ValidationError(_("Check the year: this cannot be a date of birth."))
        return born

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        clinic, born = cleaned.get("clinic", self._only_clinic), cleaned.get("date_of_birth")
        if clinic and born:
            try:
                check_age(clinic=clinic, date_of_birth=born)
            except TooYoungError as error:
                self.is_too_young = True
                self.add_error("date_of_birth", too_young(error.minimum_age))
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        try:
            if self.account_already_exists and self.invitation:
                # What an invitation is worth afterwards must not tell that the address is known.
                use_invitation(invitation=self.invitation)
            saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        except InvitationSpentError:
            return None, redirect("join", token=request.session[IN_SESSION])
        request.session.pop(IN_SESSION, None)
        return saved

    def save(self, request: HttpRequest) -> User:  # noqa: ARG002
        return register_patient(
            invitation=self.invitation,
            clinic=self.cleaned_data.get("clinic", self._only_clinic),
            email=self.cleaned_data["email"],
            password=self.cleaned_data["password1"],
            full_name=self.cleaned_data["full_name"],
            date_of_birth=self.cleaned_data["date_of_birth"],
            language=get_language() or settings.LANGUAGE_CODE,
        )


def _the_only_open_clinic() -> Clinic | None:
    clinics = list(clinics_open_for_registration()[:2])
    return clinics[0] if len(clinics) == 1 else None


def too_young(minimum_age: int) -> ValidationError:
    """Why, and whom to turn to instead."""
    age = {"age": minimum_age}
    return ValidationError(
        [
            _("This site is for people aged %(age)s or older.") % age,
            _(
                "The way it reads pictures was tested with adults only, so for younger skin its "
                "answers could mislead."
            ),
            _(
                "Acne at your age is common and can be treated well. Please see a family doctor, "
                "a paediatrician or a dermatologist in person, with a parent or guardian if you "
                "can."
            ),
        ]
    )
