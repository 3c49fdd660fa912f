"""What a report says in plain words. It stores codes; these are told in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.reports.content import LIMITS

GRADES = {
    "none": _("No active acne was found."),
    "I": _("Mild acne: only clogged pores (blackheads and whiteheads)."),
    "II": _("Moderate acne: there are papules, which are small, red, raised spots."),
    "III": _("Moderate to severe acne: there are pustules, which are spots with pus."),
    "IV": _("Severe acne: there are nodules or cysts, which are large, deep lumps."),
}
DIAGNOSES = {
    "conglobata": _("A rare, severe form of acne with connected lumps. It has no grade here."),
    "fulminans": _("A rare, sudden and severe form of acne. It has no grade here."),
    "folliculitis": _("Inflamed hair roots, which look like acne and are not. There is no grade."),
    "rosacea": _("A redness of the face with spots, which is not acne. There is no grade."),
    "other": _("This is not acne. There is no grade."),
    "cannot_tell": _("The photos do not tell what it is. There is no grade."),
}
TYPES = {
    "comedone": _("clogged pores: blackheads and whiteheads"),
    "papule": _("small, red, raised spots"),
    "pustule": _("spots with pus"),
    "nodule": _("large, firm, deep lumps"),
    "cyst": _("deep lumps filled with fluid"),
    "scar": _("what healed acne left behind"),
}
LIMITS_TEXTS = {
    LIMITS: _(
        "The model that counts is research software and a reading aid, not a diagnosis. "
        "The doctor's signature is what counts."
    ),
}
