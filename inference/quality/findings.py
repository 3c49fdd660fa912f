"""Do findings mislead where a photo is refused? python -m inference.quality.findings [--data DIR]

Annotated faces and portraits without a lesion are made worse by degrees, one fault at a time. Every
picture is judged, and read whether it passes or not, and what is found is held against what is
marked. Prints for each fault and degree what is refused, what is found and what is invented, and
then, over all faults, how much of what the same faces untouched let find is found where the photo
passed, passed with a caution, and was refused.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from inference.face import find_faces
from inference.pipeline import default_pipeline, examine
from inference.quality.curves import FRONTAL
from inference.quality.degradations import FAULTS
from inference.results import Request, View
from inference.training.coco import boxes_of, read_coco, read_rgb
from inference.training.matching import Found, match
from inference.training.splits import held_out_part_of_clear, second_half

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from inference.photo import Pixels
    from inference.pipeline import Pipeline
    from inference.quality.degradations import Fault
    from inference.results import Face, Quality
    from inference.training.coco import Picture
    from inference.training.matching import Floats

# The faults that leave every lesion where it was, or only make it smaller with the whole picture.
IN_PLACE = (
    "darker",
    "brighter",
    "shaded",
    "lit by two",
    "bluer",
    "greener",
    "greyer",
    "defocused",
    "farther",
    "masked",
    "fringed",
)
HIT_IOU = 0.3
PEOPLE = 24


@dataclass(frozen=True, slots=True)
class Person:
    """A good picture, the face in it, and what is marked on it, (N, 4) in pixels."""

    image: Pixels
    face: Face
    marks: Floats

    @property
    def view(self) -> View:
        """Which the picture would have been asked for as."""
        yaw = self.face.pose.yaw
        if abs(yaw) < FRONTAL:
            return View.FRONT
        return View.LEFT if yaw > 0 else View.RIGHT


@dataclass(frozen=True, slots=True)
class Reading:
    """Of one picture: the verdict on it, lesions marked, shown at the working thresholds, and
    shown rightly.
    """

    verdict: str
    marked: int
    shown: int
    right: int


@dataclass(frozen=True, slots=True)
class Sum:
    """Over readings; ``f1`` is 0 where nothing is marked and nothing is shown."""

    number: int
    marked: int
    shown: int
    right: int

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> Sum:
        return cls(
            len(readings),
            *(sum(getattr(one, name) for one in readings) for name in ("marked", "shown", "right")),
        )

    @property
    def recall(self) -> float:
        return self.right / max(1, self.marked)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.shown)

    @property
    def shown_a_face(self) -> float:
        return self.shown / max(1, self.number)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, self.marked + self.shown)


def people(pictures: Iterable[Picture], number: int) -> list[Person]:
    """The first whose face is found."""
    chosen: list[Person] = []
    for picture in pictures:
        image = read_rgb(picture.path)
        faces = find_faces(image)
        if faces:
            chosen.append(Person(image, faces[0], boxes_of(list(picture.marks))))
        if len(chosen) == number:
            break
    return chosen


def reading(pipeline: Pipeline, fault: Fault, person: Person, degree: float) -> Reading:
    """The picture made worse, judged, and read whatever the verdict."""
    image = fault.change(person.image, person.face, degree)
    marks = person.marks * np.float32(image.shape[1] / person.image.shape[1])
    photo = examine(image, Request(view=person.view))
    passed = replace(photo, quality=replace(photo.quality, accepted=True))
    found = pipeline.read([passed])[0].lesions
    boxes = np.array([one.box for one in found], np.float32).reshape(-1, 4)
    scores = np.array([one.score for one in found], np.float32)
    right = int(match(Found(boxes, scores, marks), HIT_IOU).sum())
    return Reading(_verdict(photo.quality), len(marks), len(found), right)


def _verdict(quality: Quality) -> str:
    if not quality.accepted:
        return "refused"
    return "cautioned" if quality.cautions else "passed"


Readings = dict[tuple[str, float], list[Reading]]


def read_all(pipeline: Pipeline, persons: Sequence[Person]) -> Readings:
    """By fault and degree, the persons in their order."""
    faults = [one for one in FAULTS if one.name in IN_PLACE]
    steps = [(fault, degree) for fault in faults for degree in fault.degrees]
    return {
        (fault.name, degree): [reading(pipeline, fault, person, degree) for person in persons]
        for fault, degree in tqdm(steps, mininterval=5, leave=False)
    }


def by_verdict(readings: Readings) -> dict[str, tuple[Sum, Sum]]:
    """By verdict on the picture made worse: what it lets find, and what the same persons'
    untouched pictures (degree 0 of the same fault) let find.
    """
    pairs: dict[str, list[tuple[Reading, Reading]]] = defaultdict(list)
    for (fault, degree), worse in readings.items():
        if degree:
            for one, before in zip(worse, readings[fault, 0], strict=True):
                pairs[one.verdict].append((one, before))
    return {
        verdict: (Sum.of([one for one, _ in found]), Sum.of([before for _, before in found]))
        for verdict, found in pairs.items()
    }


def lines(acne: Readings, clear: Readings) -> Iterator[str]:
    """What was measured, for a terminal."""
    yield "fault, degree: share refused; recall, precision, F1; lesions shown on a clear face"
    for (fault, degree), found in acne.items():
        refused = np.mean([one.verdict == "refused" for one in found])
        yield (
            f"{fault:12} {degree:5g}: {refused:.2f}; {_accuracy(Sum.of(found))}; "
            f"{Sum.of(clear[fault, degree]).shown_a_face:.2f}"
        )
    yield "over all, the same faces untouched in brackets"
    for verdict, (worse, before) in sorted(by_verdict(acne).items()):
        kept = worse.f1 / before.f1 if before.f1 else float("nan")
        yield (
            f"{verdict:10} {worse.number:5} with acne: {_accuracy(worse)} "
            f"({_accuracy(before)}), {kept:.2f} of the F1"
        )
    for verdict, (worse, before) in sorted(by_verdict(clear).items()):
        yield (
            f"{verdict:10} {worse.number:5} clear: {worse.shown_a_face:.2f} shown "
            f"({before.shown_a_face:.2f})"
        )


def _accuracy(found: Sum) -> str:
    return f"{found.recall:.3f}, {found.precision:.3f}, {found.f1:.3f}"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What is found on pictures made worse by degrees.")
    home = os.environ.get("CLEARGRADE_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(home))
    parser.add_argument(
        "--people", type=int, default=PEOPLE, help="with acne, and half as many without"
    )
    args = parser.parse_args()
    faces = second_half(read_coco(args.data / "faces/val.json", args.data / "faces/val"))
    portraits = read_coco(args.data / "clear/train.json", args.data / "clear/train")
    pipeline = default_pipeline()
    acne, clear = (
        read_all(pipeline, people(pictures, number))
        for pictures, number in (
            (faces, args.people),
            (held_out_part_of_clear(portraits), args.people // 2),
        )
    )
    for line in lines(acne, clear):
        print(line)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
