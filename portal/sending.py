"""How a private file leaves, once a view has decided that its reader may have it.

Without a proxy that knows how, the site sends it. With one (``X_ACCEL_PREFIX``) the answer is empty
and names the file in a header that the proxy keeps to itself: a path in the folder of files, or the
path of an address in the bucket that opens for a minute. A browser knows the view's address alone,
and that asks each time who is there.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponse
from django.utils.http import content_disposition_header

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

SIGNED_SECONDS = 60


def send_private(
    file: FieldFile | IO[bytes], *, content_type: str, filename: str, as_attachment: bool = False
) -> HttpResponseBase:
    """``file``: as it is stored, or something made for this answer, which no proxy could find."""
    if isinstance(file, FieldFile) and settings.X_ACCEL_PREFIX:
        response: HttpResponseBase = HttpResponse(b"", content_type=content_type)
        response["X-Accel-Redirect"] = settings.X_ACCEL_PREFIX + _place(file)
        response["Content-Disposition"] = content_disposition_header(as_attachment, filename) or ""
    else:
        content = file.open("rb") if isinstance(file, FieldFile) else file
        response = FileResponse(
            content, as_attachment=as_attachment, filename=filename, content_type=content_type
        )
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _place(file: FieldFile) -> str:
    if not getattr(file.storage, "querystring_auth", False):
        return f"files/{quote(str(file.name))}"
    sign = cast("Any", file.storage).url  # of a bucket: it takes how long it holds
    signed = urlsplit(sign(str(file.name), expire=SIGNED_SECONDS))
    return f"bucket{signed.path}?{signed.query}"
