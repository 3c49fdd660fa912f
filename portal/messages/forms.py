from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.messages.models import LONGEST_TEXT
from portal.messages.services import MOST_PICTURES

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile[Any]]:  # noqa: ARG002
        chosen: list[UploadedFile[Any]] = files.getlist(name)
        return chosen


class PicturesField(forms.FileField):
    """Several files; whether each is a photo is decided by its content, in ``pictures``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            allow_empty_file=True,
            widget=SeveralFiles(attrs={"accept": "image/*"}),
            **kwargs,
        )

    def clean(
        self,
        data: list[UploadedFile[Any]],
        initial: Any = None,  # noqa: ARG002
    ) -> list[UploadedFile[Any]]:
        if len(data) > MOST_PICTURES:
            raise ValidationError(
                _("Send at most %(count)d pictures in one message.") % {"count": MOST_PICTURES}
            )
        return data


class MessageForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Your message"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    pictures = PicturesField(
        label=gettext_lazy("Pictures"),
        help_text=gettext_lazy("Up to four. Place, time and phone are taken out of them."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not cleaned["text"] and not cleaned["pictures"]:
            self.add_error("text", _("Write a few words or add a picture first."))
        return cleaned
