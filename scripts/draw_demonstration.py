"""Draw the demonstration clinic's photos, and what is on each, into a folder that does not exist
yet.
"""

from __future__ import annotations

import sys
from pathlib import Path

from inference.training.synthesis.demonstration import demonstration_photos


def main(destination: Path) -> None:
    destination.mkdir(parents=True)
    for photo in demonstration_photos():
        (destination / photo.name).write_bytes(photo.jpeg)
        (destination / photo.name).with_suffix(".json").write_text(photo.truth, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
