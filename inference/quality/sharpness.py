"""How sharp the face is: six features at a fixed face scale and a logistic regression.

Zhang et al. 2024, section 2.1.1, feeds six feature values of the face crop to a logistic
regression without naming them. Those chosen here, each over the face's pixels only, so that a
sharp background does not vouch for a blurred face:

- ``laplacian``: log variance of the Laplacian (Pech-Pacheco et al., ICPR 2000)
- ``tenengrad``: log mean squared Sobel gradient (Krotkov, IJCV 1987)
- ``brenner``: log mean squared difference at two pixels (Brenner et al., 1976), in the direction
  of four in which it is least: motion blurs one direction only
- ``high_frequency``: log share of spectral power above a quarter of the sampling rate
  (after Shaked and Tastl, ICIP 2005)
- ``grain``: log mean absolute response to the difference of two Laplacians, which edges hardly
  wake (Immerkær, Computer Vision and Image Understanding 1996)
- ``local_contrast``: log ratio of the deviation in 5 px to that in 21 px windows, a band-limited
  contrast (Peli, JOSA A 1990)

The regression sees the six and their products: noise raises what blur lowers, so that sharp lies
between the two, which no plane through six values can say. Fitted by ``inference.quality.fit``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations_with_replacement
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from inference.quality.framed import Framed

Floats = npt.NDArray[np.float64]
Grey = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

FEATURES = ("laplacian", "tenengrad", "brenner", "high_frequency", "grain", "local_contrast")
PRODUCTS = tuple(combinations_with_replacement(range(len(FEATURES)), 2))
TERMS = (*FEATURES, *(f"{FEATURES[i]} * {FEATURES[j]}" for i, j in PRODUCTS))
_IMMERKAER = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
COEFFICIENTS = Path(__file__).with_name("sharpness.json")


@dataclass(frozen=True, slots=True)
class Regression:
    """``centre`` and ``spread``: mean and deviation of each feature over the fitted pictures;
    ``weights``: one for each of ``TERMS``, on the standardised features.
    """

    centre: Floats
    spread: Floats
    weights: Floats
    intercept: float

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Regression:
        """Read what :meth:`to_json` wrote; a ``KeyError`` names a missing term."""
        features = [document["features"][name] for name in FEATURES]
        return cls(
            centre=np.array([one["mean"] for one in features]),
            spread=np.array([one["deviation"] for one in features]),
            weights=np.array([document["weights"][term] for term in TERMS]),
            intercept=document["intercept"],
        )

    def to_json(self) -> dict[str, Any]:
        """By name, rounded to what matters, so that a reader can follow a change."""
        spreads = zip(FEATURES, self.centre, self.spread, strict=True)
        return {
            "features": {n: {"mean": _short(m), "deviation": _short(d)} for n, m, d in spreads},
            "intercept": _short(self.intercept),
            "weights": {t: _short(w) for t, w in zip(TERMS, self.weights, strict=True)},
        }

    def probability(self, values: Floats) -> Floats:
        """Probability of sharp for features of shape (..., 6); shape (...)."""
        logit = expanded((values - self.centre) / self.spread) @ self.weights + self.intercept
        probability: Floats = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
        return probability


def measure_sharpness(framed: Framed) -> float:
    """Probability, 0 to 1, that the face (or the whole picture of chest or back) is sharp."""
    return float(stored().probability(features(framed)))


def expanded(standardised: Floats) -> Floats:
    """Features (..., 6) and their products of two: (..., 27), in the order of ``TERMS``."""
    products = [standardised[..., i] * standardised[..., j] for i, j in PRODUCTS]
    return np.concatenate([standardised, np.stack(products, axis=-1)], axis=-1)


def features(framed: Framed) -> Floats:
    """The six values in the order of ``FEATURES``.

    Brightness is divided out first: the same face must not look sharper in more light.
    """
    mask = framed.face
    grey = cv2.cvtColor(framed.rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    image = grey * np.float32(128.0 / max(float(grey[mask].mean()), 1.0))
    values = (
        _laplacian(image, mask),
        _tenengrad(image, mask),
        _brenner(image, mask),
        _high_frequency(image),
        _grain(image, mask),
        _local_contrast(image, mask),
    )
    logarithms: Floats = np.log(np.maximum(values, 1e-6))
    return logarithms


@cache
def stored() -> Regression:
    """The regression that the check uses."""
    return Regression.from_json(json.loads(COEFFICIENTS.read_text(encoding="utf-8")))


def _bytes(mask: Mask) -> npt.NDArray[np.uint8]:
    return mask.view(np.uint8)


def _short(value: float) -> float:
    return float(f"{value:.5g}")


def _laplacian(image: Grey, mask: Mask) -> float:
    return float(cv2.Laplacian(image, cv2.CV_32F)[mask].var())


def _tenengrad(image: Grey, mask: Mask) -> float:
    across, down = cv2.Sobel(image, cv2.CV_32F, 1, 0), cv2.Sobel(image, cv2.CV_32F, 0, 1)
    return float(np.square(cv2.magnitude(across, down)[mask] / 8).mean())


def _brenner(image: Grey, mask: Mask) -> float:
    return min(_stepped(image, mask, *step) for step in ((0, 2), (2, 0), (1, 1), (1, -1)))


def _stepped(image: Grey, mask: Mask, down: int, across: int) -> float:
    """Mean squared difference between pixels one step apart, per unit of the step's square."""
    moved = np.roll(image, (down, across), axis=(0, 1))
    square = cv2.norm(image, moved, cv2.NORM_L2SQR, _bytes(mask)) / np.count_nonzero(mask)
    return float(square) / (down * down + across * across)


def _high_frequency(image: Grey) -> float:
    window, high, shaped = _bands(*image.shape)
    spectrum = cv2.dft((image - image.mean()) * window, flags=cv2.DFT_COMPLEX_OUTPUT)
    power = np.square(cv2.magnitude(*cv2.split(spectrum[:, : shaped.shape[1]])))
    strong, all_told = (power[band].sum(dtype=np.float64) for band in (high, shaped))
    return float(strong / max(all_told, 1e-9))


@lru_cache(maxsize=16)
def _bands(height: int, width: int) -> tuple[Grey, Mask, Mask]:
    """The window, the frequencies above a quarter of the sampling rate, and all but shading."""
    window = np.outer(np.hanning(height), np.hanning(width)).astype(np.float32)
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    return window, radius > 0.25, radius > 0.02


def _grain(image: Grey, mask: Mask) -> float:
    response = cv2.filter2D(image, -1, _IMMERKAER)
    return float(cv2.norm(response, cv2.NORM_L1, _bytes(mask)) / np.count_nonzero(mask))


def _local_contrast(image: Grey, mask: Mask) -> float:
    return float(_deviation(image, 5)[mask].mean() / max(_deviation(image, 21)[mask].mean(), 1e-3))


def _deviation(image: Grey, side: int) -> Grey:
    mean, square = cv2.blur(image, (side, side)), cv2.blur(image * image, (side, side))
    deviation: Grey = np.sqrt(np.maximum(square - mean * mean, 0))
    return deviation
