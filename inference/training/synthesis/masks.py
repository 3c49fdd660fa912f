"""Skin masks of a folder of photos, made once, so that training needs no face mesh.

    python -m inference.training.synthesis.masks PHOTOS OUT

writes OUT/NAME.png (255 on skin) for each photo NAME.* and OUT/widths.json, the width of the face
in pixels by file name: the scale for `render`. A photo without a face is left out.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from inference.training.synthesis.skin import mesh_width, skin_mask

if TYPE_CHECKING:
    from inference.training.synthesis.colour import Bools, Bytes

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def read_rgb(path: Path) -> Bytes:
    """(H, W, 3) uint8 RGB. Raises ValueError when the file is no picture."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path} is not a picture that can be read")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def face_skin(image: Bytes) -> tuple[Bools, float] | None:
    """The skin mask of the largest face and its width in pixels; None without a face."""
    from inference.face import find_faces  # noqa: PLC0415 - the only part that needs the mesh

    faces = find_faces(image)
    if not faces:
        return None
    landmarks = faces[0].landmarks
    return skin_mask(image, landmarks), mesh_width(landmarks)


def prepare_masks(photos: Path, out: Path) -> dict[str, float]:
    """Writes masks and widths.json; returns the widths by file name."""
    out.mkdir(parents=True, exist_ok=True)
    widths: dict[str, float] = {}
    for path in sorted(p for p in photos.iterdir() if p.suffix.lower() in SUFFIXES):
        found = face_skin(read_rgb(path))
        if found is not None and found[0].any():
            cv2.imwrite(str(out / f"{path.stem}.png"), found[0].astype(np.uint8) * 255)
            widths[path.name] = round(found[1], 1)
    (out / "widths.json").write_text(json.dumps(widths, indent=0))
    return widths


def load_mask(out: Path, file_name: str) -> Bools:
    """The mask that `prepare_masks` wrote for a photo. Raises ValueError when there is none."""
    path = out / f"{Path(file_name).stem}.png"
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if mask is None:
        raise ValueError(f"no skin mask {path}: run python -m {__spec__.name} first")
    return np.asarray(mask > 127, bool)


def main() -> None:
    parser = argparse.ArgumentParser(description="Skin masks of a folder of photos.")
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    widths = prepare_masks(arguments.photos, arguments.out)
    print(f"{len(widths)} faces in {arguments.photos}")


if __name__ == "__main__":
    main()
