from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.review.models import Diagnosis, Grade

if TYPE_CHECKING:
    from portal.review.models import Review
    from portal.review.second.selectors import Reading


class ConsensusForm(forms.Form):
    """What the two agreed on."""

    diagnosis = forms.ChoiceField(label=gettext_lazy("What is it"), choices=Diagnosis)
    diagnosis_words = forms.CharField(
        label=gettext_lazy("Which, in words for the patient"), required=False, max_length=200
    )
    grade = forms.ChoiceField(
        label=gettext_lazy("Grade"), required=False, choices=Grade, widget=forms.RadioSelect
    )
    standing = forms.ChoiceField(
        label=gettext_lazy("Whose lesions and words are printed"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whose reading is printed.")},
    )
    note = forms.CharField(
        label=gettext_lazy("How you came to agree"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say in a few words how you came to agree.")},
    )

    def __init__(self, *args: Any, given: list[Reading], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reviews = {str(one.review.public_id): one.review for one in given}
        standing = self.fields["standing"]
        assert isinstance(standing, forms.ChoiceField)  # noqa: S101
        standing.choices = [(key, str(one.doctor)) for key, one in self.reviews.items()]

    def clean_standing(self) -> Review:
        return self.reviews[self.cleaned_data["standing"]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("diagnosis") != Diagnosis.OTHER:
            cleaned["diagnosis_words"] = ""
        elif not cleaned.get("diagnosis_words"):
            self.add_error("diagnosis_words", _("Say in a few words what it is."))
        if cleaned.get("diagnosis") != Diagnosis.ACNE:
            cleaned["grade"] = ""
        elif not cleaned.get("grade") and "grade" not in self.errors:
            self.add_error("grade", _("Choose a grade."))
        return cleaned
