"""What every answer tells the browser besides its content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.headers import Headers as FileHeaders

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    Answer = Callable[[HttpRequest], HttpResponseBase]

API = "api:"
CAMERA_PAGES = {"cases:capture"}
CLOSED_TO_ALL = (
    "accelerometer",
    "autoplay",
    "bluetooth",
    "browsing-topics",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
CLOSED = ", ".join(f"{feature}=()" for feature in CLOSED_TO_ALL)
SCRIPT = re.compile(r"\.m?js$")
JUDGE = re.compile(r"/js/capture/worker(\.\w+)?\.js$")  # with the digest of its content or without
JUDGES_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


class Headers:
    """The camera only where one photographs, no page in another site's hands, nothing kept."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        page = request.resolver_match.view_name if request.resolver_match else ""
        camera = "(self)" if page in CAMERA_PAGES else "()"
        response.headers.setdefault("Permissions-Policy", f"camera={camera}, {CLOSED}")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if settings.SESSION_COOKIE_NAME in request.COOKIES or page.startswith(API):
            # What one person saw stays in no cache, and not behind the button back either. An app
            # has no cookie, and the answer to its sign-in holds its key.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def bind_script(headers: FileHeaders, _path: str, url: str) -> None:
    """A thread apart obeys the policy its own file came with, not that of the page that started it:
    the judge of the camera's pictures may load what it needs from here, no other script anything.
    """
    if SCRIPT.search(url):
        policy = JUDGES_POLICY if JUDGE.search(url) else "default-src 'none'"
        headers["Content-Security-Policy"] = policy
