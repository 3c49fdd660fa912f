"""The whole of ``analyse``: which stage takes which share, and how much memory."""

from __future__ import annotations

import statistics
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from inference import Request, analyse
from inference.bench.accuracy import form_of
from inference.detector.weights import DEFAULT_WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from inference.photo import Pixels

    Json = dict[str, Any]

REPEATS = 7
MEMORY_LIMIT_MIB = 2000
QUALITY_SHARE_LIMIT = 0.15


def stages(photo: Pixels, repeats: int = REPEATS) -> Json:
    """Median milliseconds of each stage and its share of the total. ``photo``: upright uint8 RGB
    (H, W, 3) of a face that the quality check accepts; raises ValueError for another, for its
    stages would be missing.
    """
    results = [analyse(photo, Request()) for _ in range(repeats + 1)][1:]
    if not results[0].quality.accepted:
        raise ValueError("the photo is refused by the quality check; give a better one")
    spent = {
        name: statistics.median(result.timings_ms[name] for result in results)
        for name in results[0].timings_ms
    }
    total = spent.pop("total")
    return {
        "photo": f"{photo.shape[1]}x{photo.shape[0]}",
        "form": form_of(DEFAULT_WEIGHTS),
        "total_ms": total,
        "stages": {
            name: {"ms": round(ms, 1), "share": round(ms / total, 4)} for name, ms in spent.items()
        },
        "quality_share_limit": QUALITY_SHARE_LIMIT,
    }


def peak_memory(photos: Sequence[Path]) -> Json:
    """Peak memory in MiB of a fresh process that analyses the photo files as one batch."""
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "inference.bench.peak", *map(str, photos)],
        check=True,
        capture_output=True,
        text=True,
    )
    return {
        "photos": len(photos),
        "peak_mib": int(done.stdout),
        "limit_mib": MEMORY_LIMIT_MIB,
    }
