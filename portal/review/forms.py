from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.cases.models import View
from portal.review.models import Grade, Review

if TYPE_CHECKING:
    from portal.cases.models import Visit

LONGEST = 10_000


def text(label: Any, rows: int, **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, required=False, max_length=LONGEST, widget=widget, **options
    )


class DraftForm(forms.Form):
    """What the doctor writes, as far as they have come: nothing in it is required."""

    grade = forms.ChoiceField(
        label=gettext_lazy("Grade"),
        choices=Grade,
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("It starts as the model's."),
    )
    override_reason = text(gettext_lazy("Why your grade differs from the model's"), rows=2)
    assessment = text(
        gettext_lazy("Assessment"),
        rows=3,
        help_text=gettext_lazy("The patient reads this first."),
    )
    advice = text(gettext_lazy("Advice and treatment"), rows=3)
    next_visit_on = forms.DateField(
        label=gettext_lazy("Next visit"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class SignForm(DraftForm):
    """The same, complete: it is what will be signed."""

    def __init__(self, *args: Any, machine_grade: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.machine_grade = machine_grade
        for name, message in {
            "grade": _("Choose a grade."),
            "assessment": _("Write your assessment: it is what the patient reads first."),
        }.items():
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = message

    @classmethod
    def of(cls, review: Review, machine_grade: str) -> SignForm:
        """What is stored so far; the grade starts as the model's."""
        written = {name: getattr(review, name) for name in cls.base_fields}
        written["grade"] = review.grade or machine_grade
        return cls(initial=written, machine_grade=machine_grade)

    def clean_next_visit_on(self) -> Any:
        day = self.cleaned_data["next_visit_on"]
        if day and day < timezone.localdate():
            raise ValidationError(_("The next visit lies in the past. Choose a later day."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        grade = cleaned.get("grade")
        differs = bool(grade and self.machine_grade and grade != self.machine_grade)
        if differs and not cleaned.get("override_reason"):
            self.add_error(
                "override_reason",
                _("Your grade differs from the model's (%(grade)s). Say in a few words why.")
                % {"grade": Grade(self.machine_grade).label},
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

    def __init__(self, *args: Any, visit: Visit, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "retake")
        super().__init__(*args, **kwargs)
        known = {*visit.case.clinic.views_asked, *visit.photos.values_list("view", flat=True)}
        views = self.fields["views"]
        assert isinstance(views, forms.TypedMultipleChoiceField)  # noqa: S101
        views.choices = [(view, view.label) for view in View if view in known]
