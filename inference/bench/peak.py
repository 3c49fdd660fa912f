"""Peak memory of a process that analyses photos: ``python -m inference.bench.peak PHOTO...``.

Prints mebibytes. A process of its own, for the peak is that of a whole life.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from inference import Request, analyse_batch
from inference.photo import read_photo

STATUS = Path("/proc/self/status")


def peak_mib() -> float:
    """The most this program ever held, in MiB. Linux's getrusage would do no less than its parent
    held when it started it, so the kernel's own mark of the new address space is read there.
    """
    if STATUS.exists():
        lines = STATUS.read_text(encoding="ascii").splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmHWM:"))) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS counts bytes


def main() -> None:
    """Analyse the photos as one batch."""
    analyse_batch([(read_photo(Path(name)), Request()) for name in sys.argv[1:]])
    sys.stdout.write(f"{peak_mib():.0f}\n")


if __name__ == "__main__":
    main()
