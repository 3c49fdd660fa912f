from __future__ import annotations

from django.utils.translation import gettext_lazy as _

HAYASHI = {
    None: _("no active acne"),
    "mild": _("mild"),
    "moderate": _("moderate"),
    "severe": _("severe"),
    "very_severe": _("very severe"),
}
