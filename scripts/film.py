"""Films for the camera that Chromium pretends to have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    from pathlib import Path

    from inference.photo import Pixels

FRAMES_A_SECOND = 5


def write_film(path: Path, *images: Pixels) -> None:
    """The pictures one after the other, over and over; slow, for decoding takes its time too.

    ``images``: uint8 RGB (height, width, 3), both even, all of one size.
    """
    height, width = images[0].shape[:2]
    header = f"YUV4MPEG2 W{width} H{height} F{FRAMES_A_SECOND}:1 Ip A1:1 C420\n".encode()
    frames = [cv2.cvtColor(one, cv2.COLOR_RGB2YUV_I420).tobytes() for one in images]
    path.write_bytes(header + b"".join(2 * [b"FRAME\n" + frame for frame in frames]))
