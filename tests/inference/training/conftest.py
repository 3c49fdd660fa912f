import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

TYPES = ["comedone", "papule", "pustule", "nodule", "cyst", "scar"]
COLOURS = [
    (60, 40, 35),
    (190, 70, 60),
    (240, 225, 150),
    (150, 30, 50),
    (90, 60, 110),
    (230, 190, 190),
]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Results are bit-equal only for a fixed number of threads."""
    torch.set_num_threads(1)


def _skin(rng: np.random.Generator, side: int) -> np.ndarray:
    plain = np.full((side, side, 3), (205, 160, 135), np.float32)
    return np.clip(plain + rng.normal(0, 4, plain.shape), 0, 255).astype(np.uint8)


def _draw(image: np.ndarray, x: int, y: int, radius: int, kind: int) -> None:
    cv2.circle(image, (x, y), radius, COLOURS[kind], -1, cv2.LINE_AA)


def drawn_face(seed: int, side: int = 128) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Skin with one disc in each of four quarters, its colour saying its type."""
    rng = np.random.default_rng(seed)
    image, rows = _skin(rng, side), []
    for quarter in range(4):
        x, y = (int(v) for v in rng.integers(side // 8, 3 * side // 8, size=2))
        x, y = x + side // 2 * (quarter % 2), y + side // 2 * (quarter // 2)
        radius, kind = int(rng.integers(7, 12)), int(rng.integers(len(TYPES)))
        _draw(image, x, y, radius, kind)
        angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        outline = np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1)
        box = [x - radius, y - radius, 2 * radius + 1, 2 * radius + 1]
        rows.append(
            {"category_id": kind + 1, "bbox": box, "segmentation": [outline.ravel().tolist()]}
        )
    return image, rows


@pytest.fixture
def make_set(tmp_path: Path) -> Callable[[int], Path]:
    """A folder with ``cases.json`` and ``cases/``: pictures on which every lesion is marked."""

    def make(number: int) -> Path:
        folder = tmp_path / "data"
        (folder / "cases").mkdir(parents=True)
        images, annotations = [], []
        for index in range(number):
            image, rows = drawn_face(index)
            cv2.imwrite(str(folder / f"cases/{index}.png"), image[..., ::-1])
            images.append({"id": index, "file_name": f"{index}.png", "width": 128, "height": 128})
            annotations += [
                {"id": len(annotations) + i, "image_id": index, **row} for i, row in enumerate(rows)
            ]
        categories = [{"id": i, "name": name} for i, name in enumerate(TYPES, 1)]
        document = {"images": images, "annotations": annotations, "categories": categories}
        (folder / "cases.json").write_text(json.dumps(document))
        return folder

    return make
