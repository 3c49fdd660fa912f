"""Faces with rendered and pasted lesions, made once, so that training needs no face mesh.

    python -m inference.training.prepare --data DIR --out DIR --number 400 --seed 1

writes OUT/rendered.json (COCO) and OUT/rendered/*.jpg. Faces are portraits without lesions,
some of them made small and enlarged again with skin texture, and faces of light acne whose own
marks keep the label "lesion". One in five gets no lesion at all. With ``--held-out`` only
pictures that training never sees are used.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from tqdm import tqdm

from inference.results import LesionType
from inference.training.augmentation import without_isolated_dots
from inference.training.coco import (
    ANY_LESION,
    Picture,
    read_coco,
    read_further_reader,
    read_rgb,
)
from inference.training.splits import held_out_part_of_clear, training_part_of_clear
from inference.training.synthesis import Mix, load_cuttings, paste, render, with_melanin
from inference.training.synthesis.masks import face_skin
from inference.training.synthesis.texture import add_skin_texture, enlarge_with_skin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.training.synthesis import Cutting, RenderedFace

    Image = NDArray[np.uint8]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float32]

WORKING_AREA = 768**2  # somewhat finer than the released network looks
DRAWINGS_PER_FACE = 3  # finding and enlarging a face takes longer than drawing on it
LIGHT_ACNE = 1  # highest Hayashi grade of a face that serves as background
MARGIN = 0.15
CATEGORIES = {name: number for number, name in enumerate([*LesionType, ANY_LESION], start=1)}
Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Canvas:
    """A face to draw on. ``own``: marks it already bears; ``unsure``: what may be one."""

    image: Image
    skin: Bools
    width_px: float
    own: list[Box]
    unsure: list[Box]


def portrait_canvas(picture: Picture, rng: np.random.Generator) -> Canvas | None:
    """The face of a portrait, as it is or as a phone would have shown it; None without a face."""
    image = read_rgb(picture.path)
    if rng.random() < 0.4:
        small = _shrunk_face(image, rng.uniform(95, 260))
        found = face_skin(small)
        if found is None:
            return None
        skin, width = found
        image = enlarge_with_skin(small, rng.uniform(600, 760), rng, skin=skin, width_px=width)
    elif rng.random() < 0.3:
        image = _with_pores(image, rng)
    return _face_only(image)


def _shrunk_face(image: Image, target_width: float) -> Image:
    found = face_skin(image)
    factor = min(1.0, target_width / found[1]) if found else 0.3
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _with_pores(image: Image, rng: np.random.Generator) -> Image:
    found = face_skin(image)
    if found is None:
        return image
    soft = cv2.GaussianBlur(found[0].astype(np.float32), (0, 0), 4.0)
    return add_skin_texture(image, rng, np.asarray(soft, np.float32), found[1])


def _face_only(image: Image) -> Canvas | None:
    """The face with the margin of the detector's crops, brought to the working size."""
    found = face_skin(image)
    if found is None or not found[0].any():
        return None
    rows, columns = np.nonzero(found[0])
    left, right, top, bottom = columns.min(), columns.max(), rows.min(), rows.max()
    across, down = round(MARGIN * (right - left)), round(MARGIN * (bottom - top))
    part = np.s_[max(0, top - down) : bottom + down, max(0, left - across) : right + across]
    factor = (WORKING_AREA / image[part][..., 0].size) ** 0.5
    return Canvas(
        _resized(image[part], factor),
        _resized(found[0][part].astype(np.uint8), factor) > 0,
        found[1] * factor,
        [],
        [],
    )


def _resized(image: Any, factor: float) -> Any:
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=how)


def acne_canvas(picture: Picture, second: dict[str, Floats]) -> Canvas | None:
    """A face of light acne; nothing is drawn on or beside its own marks."""
    image = without_isolated_dots(read_rgb(picture.path))
    found = face_skin(image)
    if found is None:
        return None
    skin = found[0].copy()
    unsure = [_tuple(box) for box in second.get(picture.path.name, np.zeros((0, 4), np.float32))]
    own = [mark.box for mark in picture.marks]
    for x, y, width, height in [*own, *unsure]:
        skin[max(0, int(y) - 6) : int(y + height) + 6, max(0, int(x) - 6) : int(x + width) + 6] = 0
    alone = [box for box in unsure if not _inside_any(box, own)]
    return Canvas(image, skin, found[1], own, alone) if skin.sum() > 20_000 else None


def _tuple(box: Floats) -> Box:
    x, y, width, height = (float(value) for value in box)
    return x, y, width, height


def _inside_any(box: Box, others: list[Box]) -> bool:
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    return any(o[0] <= x <= o[0] + o[2] and o[1] <= y <= o[1] + o[3] for o in others)


def draw(canvas: Canvas, cuttings: list[Cutting], rng: np.random.Generator) -> RenderedFace:
    """Nothing, rendered lesions, or real ones cut out of close-ups."""
    image = canvas.image
    if rng.random() < 0.5 and not canvas.own:
        soft = cv2.GaussianBlur(canvas.skin.astype(np.float32), (0, 0), 6.0)
        image = with_melanin(image, np.asarray(soft, np.float32), float(rng.uniform(-0.15, 0.9)))
    chance = rng.random()
    if chance < 0.2:
        return render(image, rng, [], skin=canvas.skin, width_px=canvas.width_px)
    if chance < 0.4:
        number = int(rng.integers(4, 25))
        return paste(image, rng, cuttings, number, skin=canvas.skin, width_px=canvas.width_px)
    mix = Mix(number=(3, 45), confluence=float(rng.choice([0.0, 0.2])), spread=4.0)
    return render(image, rng, mix, skin=canvas.skin, width_px=canvas.width_px)


def annotations_of(face: RenderedFace, canvas: Canvas) -> list[dict[str, Any]]:
    """COCO rows without ids: what was drawn, the face's own marks, and what may be one."""
    drawn = [
        {
            "category_id": CATEGORIES[lesion.type],
            "bbox": [float(value) for value in lesion.box],
            "segmentation": [[round(float(v), 1) for point in lesion.polygon for v in point]],
        }
        for lesion in face.lesions
    ]
    lesion = CATEGORIES[ANY_LESION]
    own = [{"category_id": lesion, "bbox": list(box)} for box in canvas.own]
    unsure = [{"category_id": lesion, "bbox": list(box), "region": True} for box in canvas.unsure]
    return [*drawn, *own, *unsure]


@dataclass(frozen=True, slots=True)
class Material:
    """What faces are made of. ``faces``: of light acne; none for the held-out set."""

    portraits: list[Picture]
    faces: list[Picture]
    second: dict[str, Floats]
    cuttings: list[Cutting]

    def canvas(self, rng: np.random.Generator) -> Canvas | None:
        """A face to draw on; None where the mesh finds none."""
        if not self.faces or rng.random() < 0.6:
            return portrait_canvas(self.portraits[rng.integers(len(self.portraits))], rng)
        return acne_canvas(self.faces[rng.integers(len(self.faces))], self.second)


def training_material(data: Path) -> Material:
    """From the training pictures of ``data``."""
    faces = read_coco(data / "faces/train.json", data / "faces/train")
    return Material(
        training_part_of_clear(read_coco(data / "clear/train.json", data / "clear/train")),
        [face for face in faces if (face.severity or 0) <= LIGHT_ACNE],
        read_further_reader(data / "faces/train_v2.json"),
        load_cuttings(data / "closeups/train.json", data / "closeups/train"),
    )


def held_out_material(data: Path) -> Material:
    """Portraits and close-ups that training never sees."""
    portraits = read_coco(data / "clear/train.json", data / "clear/train")
    cuttings = load_cuttings(data / "closeups/val.json", data / "closeups/val")
    return Material(held_out_part_of_clear(portraits), [], {}, cuttings)


def prepare(material: Material, out: Path, number: int, seed: int) -> Path:
    """Write ``number`` faces. Returns the COCO file."""
    (out / "rendered").mkdir(parents=True, exist_ok=True)
    images, rows = [], []
    canvas = None
    for index in tqdm(range(number), mininterval=10):
        rng = np.random.default_rng([seed, index])
        if index % DRAWINGS_PER_FACE == 0:
            canvas = material.canvas(rng)
        if canvas is None:
            continue
        face = draw(canvas, material.cuttings, rng)
        name = f"{seed}-{index:05d}.jpg"
        _write(out / "rendered" / name, face.image)
        height, width = face.image.shape[:2]
        images.append({"id": index, "file_name": name, "width": width, "height": height})
        rows += [{"image_id": index, **row} for row in annotations_of(face, canvas)]
    return _save(out / "rendered.json", images, rows)


def _write(path: Path, image: Image) -> None:
    quality = [cv2.IMWRITE_JPEG_QUALITY, 95]
    cv2.imwrite(str(path), cv2.cvtColor(image, cv2.COLOR_RGB2BGR), quality)


def _save(path: Path, images: list[dict[str, Any]], rows: list[dict[str, Any]]) -> Path:
    document = {
        "images": images,
        "annotations": [{"id": number, **row} for number, row in enumerate(rows, start=1)],
        "categories": [{"id": number, "name": name} for name, number in CATEGORIES.items()],
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Faces with rendered and pasted lesions.")
    parser.add_argument("--data", type=Path, required=True, help="holds faces, closeups, clear")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--number", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--held-out", action="store_true", help="from the held-out pictures")
    arguments = parser.parse_args()
    material = (held_out_material if arguments.held_out else training_material)(arguments.data)
    print(prepare(material, arguments.out, arguments.number, arguments.seed))


if __name__ == "__main__":
    main()
