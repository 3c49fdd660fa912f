from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.cases.checklist import asked_views
from portal.cases.models import Pregnancy, Since, Strength, View
from portal.cases.selectors import QUESTIONS, question

if TYPE_CHECKING:
    from portal.cases.models import Visit

LONGEST = 2000
SHA256 = r"^[0-9a-f]{64}$"


def _view_field(visit: Visit) -> forms.TypedChoiceField:
    choices = [(view, view.label) for view in asked_views(visit)]
    return forms.TypedChoiceField(choices=choices, coerce=View)


class PhotoForm(forms.Form):
    """The view is checked here; the file by its content, in ``intake``, with its own messages."""

    photo = forms.FileField(required=False, allow_empty_file=True)

    def __init__(self, *args: Any, visit: Visit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["view"] = _view_field(visit)


class UploadForm(forms.Form):
    """What a sender announces before the first piece; its size is judged in ``intake``."""

    byte_size = forms.IntegerField(min_value=0)
    sha256 = forms.RegexField(SHA256)

    def __init__(self, *args: Any, visit: Visit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["view"] = _view_field(visit)


def _one_of(choices: Any, **options: Any) -> dict[str, Any]:
    return {"choices": choices.choices, "widget": forms.RadioSelect, **options}


class QuestionnaireForm(forms.Form):
    """As far as the patient has come: nothing is required, and what is not valid is left out."""

    since = forms.ChoiceField(required=False, **_one_of(Since))
    itching = forms.ChoiceField(required=False, **_one_of(Strength))
    pain = forms.ChoiceField(required=False, **_one_of(Strength))
    treatments_now = forms.CharField(
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Creams, tablets, face washes. Write “none” if there is nothing."),
    )
    treatments_before = forms.CharField(
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("And whether it helped."),
    )
    allergies = forms.CharField(
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Medicines, creams, plasters. Write “none” if you know of none."),
    )
    pregnancy = forms.ChoiceField(
        required=False,
        help_text=_("Some acne treatments harm an unborn child, so the doctor has to know."),
        **_one_of(Pregnancy),
    )
    bothers_most = forms.CharField(
        required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in QUESTIONS:
            self.fields[name].label = question(name).verbose_name
