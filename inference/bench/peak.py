"""Peak memory of a process that analyses photos: ``python -m inference.bench.peak PHOTO...``.

Prints mebibytes. A process of its own, for the peak is that of a whole life.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from inference import Request, analyse_batch
from inference.photo import read_photo

UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage counts bytes there, kibibytes here


def main() -> None:
    """Analyse the photos as one batch."""
    analyse_batch([(read_photo(Path(name)), Request()) for name in sys.argv[1:]])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT
    sys.stdout.write(f"{peak / 2**20:.0f}\n")


if __name__ == "__main__":
    main()
