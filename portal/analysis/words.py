"""What the models say, in the reader's language: one sentence for every code they may use.

A test compares these tables with the codes of ``inference``. Stored results keep the code and its
numbers, so a reading made today can be told in a language that is added later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.analysis.models import Region
from portal.cases.intake import MESSAGES as FILE_PROBLEMS
from portal.cases.models import View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.utils.functional import Promise

Line = str
Reason = dict[str, Any]

REFUSALS: dict[str, Promise] = {
    "too_dark": gettext_lazy("The picture is too dark. Turn towards a window or a lamp."),
    "overexposed": gettext_lazy(
        "The picture is too bright. Step out of direct light and switch the flash off."
    ),
    "no_face": gettext_lazy(
        "No face was found. Hold the phone at arm's length and look at the camera."
    ),
    "several_faces": gettext_lazy(
        "There is more than one face. Only you should be in the picture."
    ),
    "no_skin": gettext_lazy(
        "Hardly any skin is in the picture. Uncover the area and let it fill the picture."
    ),
    "few_pixels": gettext_lazy(
        "The picture has too few pixels. Send the photo in its original size."
    ),
    "too_far": gettext_lazy(
        "The face is too small. Come closer, so that it fills most of the picture."
    ),
    "too_close": gettext_lazy(
        "The face does not fit into the picture. Move the phone further away."
    ),
    "cut_off": gettext_lazy("Part of the face is cut off. Move it to the middle of the picture."),
    "covered": gettext_lazy(
        "Much of the face is covered. Take off a mask, move hair and hands out of the way."
    ),
    "not_front": gettext_lazy("The face is turned away. Look straight at the camera."),
    "not_left": gettext_lazy("The left cheek is not in view. Turn your head to the right."),
    "not_right": gettext_lazy("The right cheek is not in view. Turn your head to the left."),
    "head_tipped": gettext_lazy("The head is tipped too far. Hold the phone level with your eyes."),
    "harsh_shadow": gettext_lazy(
        "Part of the skin lies in deep shadow. Face the window or the lamp."
    ),
    "blurred": gettext_lazy(
        "The picture is blurred. Wipe the lens, hold the phone still and take it again."
    ),
    "no_colour": gettext_lazy("The picture is black and white. Send it in colour."),
    "wrong_colours": gettext_lazy("The colours are unnatural. Use daylight and no filter."),
}
CAUTIONS: dict[str, Promise] = {
    "rather_dark": gettext_lazy("The picture is rather dark; faint lesions may be missed."),
    "rather_bright": gettext_lazy(
        "Parts of the skin are overexposed; lesions there may be missed."
    ),
    "uneven_light": gettext_lazy("The light is uneven; lesions in the shadow may be missed."),
    "mixed_light": gettext_lazy(
        "Light of different colours falls on the face; redness may be misjudged."
    ),
    "another_face": gettext_lazy("Another face is in the picture; the largest one was read."),
    "little_skin": gettext_lazy("Little of the picture is skin."),
    "rather_small": gettext_lazy("The face is rather small; small lesions may be missed."),
    "rather_close": gettext_lazy("The face fills the picture; its edges may be missing."),
    "slightly_cut_off": gettext_lazy("Part of the face lies outside the picture."),
    "partly_covered": gettext_lazy("Part of the face is covered; lesions there are not counted."),
    "glasses": gettext_lazy("Glasses cover the skin round the eyes."),
    "slightly_turned": gettext_lazy("The head is turned differently from the view asked for."),
    "slightly_tipped": gettext_lazy("The head is tipped; regions may be assigned wrongly."),
    "leaning": gettext_lazy("The head leans to one side."),
    "slightly_blurred": gettext_lazy(
        "The picture is slightly blurred; small lesions may be missed."
    ),
    "colour_cast": gettext_lazy("The colours look off; redness may be misjudged."),
}
FINDINGS = {**REFUSALS, **CAUTIONS}


def finding(found: Mapping[str, Any]) -> Line:
    """One reason or caution of the quality check."""
    return str(FINDINGS[found["code"]])


def measured(found: Mapping[str, Any]) -> Line:
    """What was measured against which limit, for those who judge the picture themselves."""
    return _("measured %(value)g, limit %(limit)g") % {
        "value": found["value"],
        "limit": found["limit"],
    }


def unreadable(code: str) -> Line:
    """Why a file that was taken in cannot be opened after all."""
    return str(FILE_PROBLEMS[code])


def reason(found: Reason) -> Line:
    """One reason of a grade, or one gap that leaves it incomplete."""
    return REASONS[found["code"]](found)


def lesion_count(kind: str, count: int) -> str:
    """A number and its noun: "3 papules"."""
    nouns = {
        "comedone": ngettext("%(count)d comedone", "%(count)d comedones", count),
        "papule": ngettext("%(count)d papule", "%(count)d papules", count),
        "pustule": ngettext("%(count)d pustule", "%(count)d pustules", count),
        "nodule": ngettext("%(count)d nodule", "%(count)d nodules", count),
        "cyst": ngettext("%(count)d cyst", "%(count)d cysts", count),
        "scar": ngettext("%(count)d scar", "%(count)d scars", count),
    }
    return nouns[kind] % {"count": count}


def _worst_type(found: Reason) -> Line:
    lesions = _(", ").join(lesion_count(kind, count) for kind, count in found["counts"].items())
    if not found["regions"]:
        return _("The worst lesions decide: %(lesions)s.") % {"lesions": lesions}
    places = _(", ").join(
        f"{Region(region).label} {count}" for region, count in found["regions"].items()
    )
    return _("The worst lesions decide: %(lesions)s (%(places)s).") % {
        "lesions": lesions,
        "places": places,
    }


def _without_them(found: Reason) -> Line:
    if found["grade"] is None:
        return _("Without them there would be no active acne.")
    return _("Without them the grade would be %(grade)s.") % {"grade": found["grade"]}


def _no_active_acne(_found: Reason) -> Line:
    return _("No active acne found.")


def _scars_left_out(found: Reason) -> Line:
    return _("%(scars)s: scars never decide the grade.") % {
        "scars": lesion_count("scar", found["count"])
    }


def _facial_sum(found: Reason) -> Line:
    return _("%(score)d of %(out_of)d points on the face.") % found


def _half_face_count(found: Reason) -> Line:
    if found["half"] == "right":
        line = ngettext(
            "%(count)d inflammatory lesion on the right half of the face.",
            "%(count)d inflammatory lesions on the right half of the face.",
            found["count"],
        )
    else:
        line = ngettext(
            "%(count)d inflammatory lesion on the left half of the face.",
            "%(count)d inflammatory lesions on the left half of the face.",
            found["count"],
        )
    return line % found


def _not_read(found: Reason) -> Line:
    return _("This view could not be read: %(view)s.") % {"view": View(found["view"]).label}


def _view_missing(found: Reason) -> Line:
    return _("This view is missing: %(view)s.") % {"view": View(found["view"]).label}


REASONS: dict[str, Callable[[Reason], Line]] = {
    "worst_type": _worst_type,
    "without_them": _without_them,
    "no_active_acne": _no_active_acne,
    "scars_left_out": _scars_left_out,
    "facial_sum": _facial_sum,
    "half_face_count": _half_face_count,
    "not_read": _not_read,
    "view_missing": _view_missing,
}
