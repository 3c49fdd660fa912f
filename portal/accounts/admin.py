"""The operator's site: clinics and accounts, nothing about anybody's skin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import admin as account_admin
from allauth.account.decorators import secure_admin_login
from allauth.mfa import admin as mfa_admin
from django import forms
from django.contrib import admin
from django.contrib.auth import admin as _groups  # noqa: F401 - registers what is taken off below
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from portal.accounts.colleagues import free_address, let_in
from portal.accounts.models import Clinic, Role, User
from portal.accounts.services import create_clinic
from portal.audit.models import Action
from portal.audit.services import record

if TYPE_CHECKING:
    from django.db.models import Model
    from django.forms import ModelForm
    from django.http import HttpRequest

NEW_ADMINISTRATOR = ("administrator_name", "administrator_email")

admin.site.site_header = _("ClearGrade operator")
admin.site.site_title = _("ClearGrade operator")
# Whoever could write these could become anybody; nobody needs to, and secrets are not for reading.
admin.site.unregister([mfa_admin.Authenticator, account_admin.EmailAddress])
admin.site.unregister(Group)  # roles say what somebody may do here, groups nothing
# One sign-in for everybody, with its rate limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


class NothingIsDeleted(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


class ReadOnly(NothingIsDeleted):
    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


class ClinicAndAdministratorForm(forms.ModelForm):  # type: ignore[type-arg] # not at run time
    """The clinic, and somebody to let in at its desk: all else is done there, by them."""

    administrator_name = forms.CharField(
        label=_("Administrator's full name"), max_length=200, required=False
    )
    administrator_email = forms.EmailField(
        label=_("Administrator's e-mail address"),
        required=False,
        help_text=_("A link to choose a password is sent there."),
    )

    def clean_administrator_email(self) -> str:
        email = self.cleaned_data["administrator_email"]
        return free_address(email) if email else ""

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        given = [bool(self.data.get(name)) for name in NEW_ADMINISTRATOR]
        if self.instance.pk is None or any(given):
            for name, is_given in zip(NEW_ADMINISTRATOR, given, strict=True):
                if not is_given:
                    self.add_error(
                        name, _("Who runs the clinic's desk? Name and address are asked.")
                    )
        return typed


@admin.register(Clinic)
class ClinicAdmin(NothingIsDeleted):
    form = ClinicAndAdministratorForm
    list_display = ("name", "minimum_age", "open_registration", "is_demonstration")
    fields = (
        "name",
        "slug",
        "minimum_age",
        "open_registration",
        "is_demonstration",
        "quality_limits",
        *NEW_ADMINISTRATOR,
    )
    prepopulated_fields = {"slug": ("name",)}

    def save_model(
        self, request: HttpRequest, obj: Clinic, form: ModelForm[Clinic], change: bool
    ) -> None:
        """A new clinic comes with its consent forms; an emptied field means the default limits."""
        obj.quality_limits = obj.quality_limits or {}
        name, email = (form.cleaned_data.pop(field) for field in NEW_ADMINISTRATOR)
        if change:
            super().save_model(request, obj, form, change)
            record(Action.CLINIC_CHANGED, obj, clinic_id=obj.pk)
        else:
            obj.pk = create_clinic(**form.cleaned_data).pk
        if email:
            role = Role.ADMINISTRATOR
            let_in(request, clinic=obj, role=role, full_name=name, email=email)


@admin.register(User)
class UserAdmin(ReadOnly):
    """Accounts are made, closed and opened at the clinic's desk."""

    list_display = ("email", "role", "clinic", "is_active", "last_login")
    list_filter = ("role", "clinic", "is_active")
    list_select_related = ("clinic",)
    search_fields = ("email",)
    fields = ("public_id", "email", "role", "clinic", "is_active", "date_joined", "last_login")
