from __future__ import annotations

from django import forms

from portal.cases.checklist import ASKED_VIEWS
from portal.cases.models import View


class PhotoForm(forms.Form):
    """The view is checked here; the file by its content, in ``intake``, with its own messages."""

    view = forms.TypedChoiceField(choices=[(view, view.label) for view in ASKED_VIEWS], coerce=View)
    photo = forms.FileField(required=False, allow_empty_file=True)
