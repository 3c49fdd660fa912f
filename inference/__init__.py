"""ClearGrade's models: find, count and grade the lesions on a photograph of a face.

One door, loaded on call, so that importing this package costs nothing and pulls in no torch:

    from inference import Request, analyse
    result = analyse(rgb, Request(view="front"))

The method is Zhang et al., Frontiers in Medicine 2024, 10.3389/fmed.2024.1344314.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.results import Request, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.photo import Pixels

__all__ = ["Request", "Result", "analyse", "analyse_batch"]


def analyse(image: Pixels, request: Request) -> Result:
    """Analyse one upright photo; see :func:`analyse_batch`."""
    return analyse_batch([(image, request)])[0]


def analyse_batch(pairs: Sequence[tuple[Pixels, Request]]) -> list[Result]:
    """Analyse upright photos, the network run once for all that pass the quality check.

    ``pairs``: (image, request); image is uint8 RGB of shape (height, width, 3), upright.
    Returns one :class:`Result` a pair, in order, coordinates in pixels of the given image.
    Raises ``inference.detector.weights.WeightsError`` if the weights are missing or damaged.
    """
    from inference.pipeline import default_pipeline

    return default_pipeline().run(pairs)
