"""What every answer tells the browser besides its content."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    Answer = Callable[[HttpRequest], HttpResponseBase]

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
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            # What one person saw stays in no cache, and not behind the button back either.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class FilesByProxy:
    """Private files leave by the proxy in front, if the setting says that it knows how.

    The view has decided who may see the file; the proxy is told its name by a header that it keeps
    to itself, and sends it, so that no process of the site is busy with a slow line.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        name = _stored_name(response) if settings.X_ACCEL_PREFIX else ""
        return _by_proxy(response, name) if name else response


def _stored_name(response: HttpResponseBase) -> str:
    """Of a file as it lies in the storage; what was made for this answer has none there."""
    if not isinstance(response, FileResponse):
        return ""
    stream = response.file_to_stream
    return str(stream.name) if stream is not None and hasattr(stream, "storage") else ""


def _by_proxy(response: HttpResponseBase, name: str) -> HttpResponse:
    response.close()
    answer = HttpResponse(b"", status=response.status_code)
    for header, value in response.headers.items():
        answer.headers[header] = value
    del answer.headers["Content-Length"]
    answer.cookies = response.cookies
    answer.headers["X-Accel-Redirect"] = settings.X_ACCEL_PREFIX + quote(name)
    return answer
