from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Keeps no more of an upload than the limit, and nothing of its name, which is the patient's.

    What is beyond the limit is counted, so that the size tells the file is too large.
    """

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        super().new_file(field_name, "upload", *args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start <= settings.PHOTO_MAX_BYTES:
            super().receive_data_chunk(raw_data, start)
        return None
