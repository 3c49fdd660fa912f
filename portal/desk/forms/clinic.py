from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import VIEWS, Clinic
from portal.analysis.standard import limits_table, validate_quality_limits
from portal.cases.models import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.forms import BoundField
    from django.utils.functional import _StrPromise

    from portal.analysis.standard import Limit

RETENTION = ("keep_reports_years", "keep_messages", "keep_unreported_days")
GROUPS: tuple[tuple[_StrPromise, tuple[str, ...]], ...] = (
    (_("Patients"), ("minimum_age", "open_registration", "views_asked", "promised_days")),
    (
        _("Reading and signing"),
        (
            "show_findings_before_signature",
            "second_reading_percent",
            "second_reading_below",
            "sign_with_password",
            "response_rule",
        ),
    ),
    (_("When it is urgent"), ("urgent_advice_en", "urgent_advice_zh")),
    (_("How long things are kept"), RETENTION),
)


class ClinicForm(forms.ModelForm):  # type: ignore[type-arg] # not at run time
    """How the clinic works, but for the limits of the picture check, which are many."""

    views_asked = forms.MultipleChoiceField(
        label=_("Views asked for"),
        help_text=_("The model does not read chest and back; the doctor looks at them."),
        choices=[(name, View(name).label) for name in VIEWS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("The front is always asked for.")},
    )

    class Meta:
        model = Clinic
        fields = tuple(name for _words, names in GROUPS for name in names)
        widgets = {
            "urgent_advice_en": forms.Textarea(attrs={"rows": 3, "lang": "en"}),
            "urgent_advice_zh": forms.Textarea(attrs={"rows": 3, "lang": "zh-hans"}),
        }

    def groups(self) -> Iterator[tuple[_StrPromise, list[BoundField]]]:
        for words, names in GROUPS:
            yield words, [self[name] for name in names]


class QualityForm(forms.Form):
    """One field a limit, in groups by what is measured; an empty one means the default."""

    def __init__(self, data: Any, *, overrides: dict[str, float]) -> None:
        super().__init__(data)
        self.rows = limits_table()
        for row in self.rows:
            self.fields[row.name] = forms.FloatField(
                label=row.said,
                help_text=_usual(row),
                min_value=row.lowest,
                max_value=row.highest,
                initial=overrides.get(row.name),
                required=False,
                widget=forms.NumberInput(attrs={"step": "any", "placeholder": f"{row.default:g}"}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        validate_quality_limits(self.limits())
        for softer, harder in _pairs(self.rows):
            self._check_order(softer, harder)
        return cleaned

    def table(self) -> Iterator[tuple[Limit, BoundField]]:
        for row in self.rows:
            yield row, self[row.name]

    def limits(self) -> dict[str, float]:
        """The clinic's own; what equals the default is none of its own."""
        default = {row.name: row.default for row in self.rows}
        given = {name: value for name, value in self.cleaned_data.items() if value is not None}
        return {name: value for name, value in given.items() if value != default[name]}

    def _check_order(self, softer: Limit, harder: Limit) -> None:
        caution, refuse = (self._in_force(row) for row in (softer, harder))
        is_reversed = caution < refuse if softer.side == "below" else caution > refuse
        if is_reversed:
            message = _("A photo would be refused at %(limit)g already, before a caution.")
            self.add_error(softer.name, ValidationError(message, params={"limit": refuse}))

    def _in_force(self, row: Limit) -> float:
        value = self.cleaned_data.get(row.name)
        return float(row.default if value is None else value)


def _usual(row: Limit) -> str:
    numbers = {"default": row.default, "lowest": row.lowest, "highest": row.highest}
    return _("Default %(default)g, from %(lowest)g to %(highest)g.") % numbers


def _pairs(rows: list[Limit]) -> Iterator[tuple[Limit, Limit]]:
    """A caution and the refusal on the same side of the same measure."""
    refusals = {(row.measure, row.side): row for row in rows if row.is_refusal}
    for row in rows:
        if not row.is_refusal and (row.measure, row.side) in refusals:
            yield row, refusals[row.measure, row.side]
