from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.cases.models import View
from portal.review.models import Diagnosis, Grade, Review

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portal.cases.models import Visit

LONGEST = 10_000


def text(label: Any, rows: int, **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, required=False, max_length=LONGEST, widget=widget, **options
    )


class DraftForm(forms.Form):
    """What the doctor writes, as far as they have come: nothing in it is required."""

    diagnosis = forms.ChoiceField(
        label=gettext_lazy("What is it"),
        choices=Diagnosis,
        required=False,
        help_text=gettext_lazy("Anything but acne has no grade, and stays out of the trend."),
    )
    diagnosis_words = forms.CharField(
        label=gettext_lazy("Which, in words for the patient"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    grade = forms.ChoiceField(
        label=gettext_lazy("Grade"),
        choices=Grade,
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("It starts as what the lesions give."),
    )
    override_reason = text(
        gettext_lazy("Why your grade differs from what the lesions give"), rows=2
    )
    assessment = text(
        gettext_lazy("Assessment"),
        rows=3,
        help_text=gettext_lazy("The patient reads this first."),
    )
    advice = text(gettext_lazy("Advice and treatment"), rows=3)
    referral = text(gettext_lazy("Refer: where to, and what for"), rows=2)
    next_visit_on = forms.DateField(
        label=gettext_lazy("Next visit"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def clean_diagnosis(self) -> str:
        return self.cleaned_data["diagnosis"] or Diagnosis.ACNE

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("diagnosis") != Diagnosis.OTHER:
            cleaned["diagnosis_words"] = ""
        return cleaned


class SignForm(DraftForm):
    """The same, complete: it is what will be signed."""

    ask_colleague = forms.BooleanField(
        label=gettext_lazy("Ask a colleague to read it too, without seeing your reading"),
        required=False,
    )

    def __init__(self, *args: Any, counted_grade: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counted_grade = counted_grade
        assessment = self.fields["assessment"]
        assessment.required = True
        assessment.error_messages["required"] = _(
            "Write your assessment: it is what the patient reads first."
        )

    @classmethod
    def of(cls, review: Review, counted_grade: str) -> SignForm:
        """What is stored so far; the grade starts as that of the lesions."""
        written = {name: getattr(review, name) for name in DraftForm.base_fields}
        written["grade"] = review.grade or counted_grade
        return cls(initial=written, counted_grade=counted_grade)

    def clean_next_visit_on(self) -> Any:
        day = self.cleaned_data["next_visit_on"]
        if day and day < timezone.localdate():
            raise ValidationError(_("The next visit lies in the past. Choose a later day."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("diagnosis") != Diagnosis.ACNE:
            if cleaned.get("diagnosis") == Diagnosis.OTHER and not cleaned.get("diagnosis_words"):
                self.add_error("diagnosis_words", _("Say in a few words what it is."))
            return {**cleaned, "grade": "", "override_reason": ""}
        grade = cleaned.get("grade")
        if not grade and "grade" not in self.errors:
            self.add_error("grade", _("Choose a grade."))
        differs = bool(grade and self.counted_grade and grade != self.counted_grade)
        if differs and not cleaned.get("override_reason"):
            self.add_error(
                "override_reason",
                _(
                    "Your grade differs from what the lesions give (%(grade)s). "
                    "Say in a few words why."
                )
                % {"grade": Grade(self.counted_grade).label},
            )
        return cleaned


class RetakeForm(forms.Form):
    """Which photos the patient should take again, and why."""

    views = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Which photo"),
        coerce=View,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one view.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("What was wrong with it"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The patient reads these words, with a drawing of the view."),
        error_messages={"required": gettext_lazy("Say in a few words what was wrong.")},
    )

    def __init__(
        self, *args: Any, visit: Visit, sent: Iterable[str] | None = None, **kwargs: Any
    ) -> None:
        """``sent``: the views of the visit's photos, if they are at hand."""
        kwargs.setdefault("prefix", "retake")
        super().__init__(*args, **kwargs)
        sent = visit.photos.values_list("view", flat=True) if sent is None else sent
        known = {*visit.case.clinic.views_asked, *sent}
        views = self.fields["views"]
        assert isinstance(views, forms.TypedMultipleChoiceField)  # noqa: S101
        views.choices = [(view, view.label) for view in View if view in known]
