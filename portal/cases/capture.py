"""The page that guides a patient's camera, one view of the face after the other.

All judging happens on the device, by the clinic's own limits; nothing is sent before the patient
chooses to.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from csp.constants import WASM_UNSAFE_EVAL
from csp.decorators import csp_update
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.templatetags.static import static
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.accounts.access import patient_only
from portal.analysis.standard import picture_standard, sharpness_regression
from portal.cases.checklist import checklist
from portal.cases.selectors import visits_for
from portal.consent.selectors import may_process_photos

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse
    from django.utils.functional import Promise

    from portal.accounts.access import SignedInRequest
    from portal.cases.checklist import Asked
    from portal.cases.models import Visit

# What to do now, in a few words in large type: for what would have the photo refused, for what
# makes it poorer, and while all is well.
INSTRUCTIONS: dict[str, Promise] = {
    "too_dark": _("Too dark. Turn towards a window or a lamp."),
    "overexposed": _("Too bright. Step out of direct light."),
    "harsh_shadow": _("Face the window or the lamp."),
    "no_face": _("Look at the camera."),
    "several_faces": _("Only you should be in the picture."),
    "too_far": _("Come closer."),
    "too_close": _("Move the phone further away."),
    "cut_off": _("Move your face into the outline."),
    "off_centre": _("Move your face into the outline."),
    "covered": _("Move hair and hands off your face."),
    "not_front": _("Look straight at the camera."),
    "not_left": _("Turn your head to the right."),
    "not_right": _("Turn your head to the left."),
    "head_tipped": _("Hold the phone level with your eyes."),
    "leaning": _("Hold your head upright."),
    "blurred": _("Blurred. Wipe the lens and hold still."),
    "no_colour": _("Switch the black-and-white filter off."),
    "wrong_colours": _("Use daylight and no filter."),
    "glasses": _("Take your glasses off."),
    "mixed_light": _("Two kinds of light. Switch the lamp off or face the window."),
    "moving": _("Hold still."),
    "good": _("Good. Stay like this."),
}

WORDS: dict[str, Promise] = {
    "looking": _("Looking at the photo…"),
    "good": _("The photo is good."),
    "fair": _("The doctor can use this photo. It could be better still:"),
    "poor": _("The doctor would not see enough on this photo:"),
    "unjudged": _("This is your photo. It is checked once it is sent."),
    "use": _("Use this photo"),
    "use_anyway": _("Use it all the same"),
    "waiting": _("waiting to be sent"),
    "sending": _("being sent"),
    "offline": _("No connection. The photo is kept here and goes as soon as there is one."),
    "sent": _("sent to the clinic"),
    "refused": _("This photo could not be taken in. Please take it again."),
    "broken": _("Something went wrong on our side and the photo was not sent. Please try again."),
    "denied": _(
        "The camera is blocked. Allow it for this page in the browser's settings, or choose a"
        " picture instead."
    ),
    "no_camera": _("No camera was found on this device. Choose a picture instead."),
    "busy": _("Another app is using the camera. Close it and try again, or choose a picture."),
    "unsupported": _("This browser does not give the page a camera. Choose a picture instead."),
    "no_guide": _("The guide cannot run on this device. Choose a picture instead."),
    "chosen": _("Choose a picture, or take one with your phone's own camera."),
}


@patient_only
@require_safe
@cache_control(private=True, no_store=True)
@csp_update({"script-src": [WASM_UNSAFE_EVAL]})  # type: ignore[arg-type] # of any arguments
def capture(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """``?view=left`` begins with that view, also where there is a photo of it."""
    visits = visits_for(request.user).select_related("case__patient", "case__clinic")
    visit = get_object_or_404(visits, public_id=visit_id)
    if not visit.is_open or not may_process_photos(request.user):
        return redirect("cases:visit", visit.public_id)
    views = _to_take(visit, request.GET.get("view", ""))
    if not views:
        return redirect("cases:visit", visit.public_id)
    context = {"visit": visit, "views": views, "setup": _setup(visit, views)}
    return render(request, "cases/capture.html", context)


def _to_take(visit: Visit, first: str) -> list[Asked]:
    """The views of the face that lack a photo which can be read, the one asked for first."""
    cards = [card for card in checklist(visit).cards if card.asked.has_guide]
    begin = [card.asked for card in cards if card.asked.view == first]
    missing = [card.asked for card in cards if not card.reading or card.must_be_retaken]
    return begin + [asked for asked in missing if asked not in begin]


def _setup(visit: Visit, views: list[Asked]) -> dict[str, Any]:
    return {
        "upload": resolve_url("cases:begin_upload", visit.public_id),
        "keeping": {"visit": str(visit.public_id), "key": _keeping_key(visit)},
        "views": [{"view": a.view, "title": str(a.title), "hint": str(a.hint)} for a in views],
        "standard": picture_standard(visit.case.clinic.quality_limits),
        "sharpness": sharpness_regression(),
        "instructions": {code: str(words) for code, words in INSTRUCTIONS.items()},
        "words": {code: str(words) for code, words in WORDS.items()},
        "files": _files(),
    }


def _keeping_key(visit: Visit) -> str:
    """Encrypts the photos that wait on the device: only who may open this page can read them."""
    digest = salted_hmac("portal.cases.capture.keeping", str(visit.public_id), algorithm="sha256")
    return b64encode(digest.digest()).decode()


def _files() -> dict[str, Any]:
    """Where MediaPipe lies: fetched by the script once the camera is wanted, not with the page."""

    def build(name: str) -> dict[str, str]:
        folder = "vendor/mediapipe"
        return {"loader": static(f"{folder}/{name}.js"), "binary": static(f"{folder}/{name}.wasm")}

    return {
        "module": static("vendor/mediapipe/vision.mjs"),
        "models": static("vendor/mediapipe/face.task"),
        "simd": build("simd"),
        "plain": build("plain"),
    }
