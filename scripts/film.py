"""Films for the camera that Chromium pretends to have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    from pathlib import Path

    from inference.photo import Pixels

FRAMES_A_SECOND = 5


def write_film(path: Path, image: Pixels) -> None:
    """A film of one picture, slow, for decoding takes its time too.

    ``image``: uint8 RGB (height, width, 3), both even.
    """
    height, width = image.shape[:2]
    frame = cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420).tobytes()
    header = f"YUV4MPEG2 W{width} H{height} F{FRAMES_A_SECOND}:1 Ip A1:1 C420\n".encode()
    path.write_bytes(header + 2 * (b"FRAME\n" + frame))
