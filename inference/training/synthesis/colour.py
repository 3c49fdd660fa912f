"""Colour of skin: linear light, optical density along its pigments, CIELAB.

Pigment in or under the skin absorbs; so a lesion's colour is written as optical density added to
whatever skin it lies on, and keeps its meaning from fair to dark skin and from warm to cold light.
The directions follow the absorption of melanin and haemoglobin in broad red, green and blue bands
(Tsumura et al., J. Opt. Soc. Am. A 1999), scaled to a density of one in green.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

HAEMOGLOBIN: Floats = np.array([0.26, 1.0, 0.92], np.float32)
VENOUS: Floats = np.array([0.48, 1.0, 0.9], np.float32)  # deep or old blood: red is absorbed too
MELANIN: Floats = np.array([0.62, 1.0, 1.42], np.float32)
DERMAL_BLUE: Floats = np.array([1.0, 0.78, 0.5], np.float32)  # scatter over a deep cavity


def _decode_table() -> Floats:
    code = np.arange(256, dtype=np.float64) / 255
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


_LIGHT_OF_CODE = _decode_table()
_STEPS = 8191  # equal steps of the light's root: over thirty between two neighbouring codes


def _encode_table() -> Bytes:
    light = np.square(np.arange(_STEPS + 1, dtype=np.float64) / _STEPS)
    code = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return np.asarray(np.rint(code * 255), np.uint8)


_CODE_OF_ROOT = _encode_table()


def to_light(image: Bytes) -> Floats:
    """sRGB bytes to linear light in 0..1."""
    return np.asarray(_LIGHT_OF_CODE[image], np.float32)


def to_bytes(light: Floats) -> Bytes:
    """Linear light to sRGB bytes: the exact inverse of `to_light` on its own values."""
    root = np.sqrt(np.clip(light, 0.0, 1.0), dtype=np.float32)
    return np.asarray(_CODE_OF_ROOT[(root * _STEPS + 0.5).astype(np.int16)], np.uint8)


def lab_of_light(light: Floats) -> Floats:
    """CIELAB (D65) of one linear RGB colour."""
    return lab_of_image(to_bytes(light.reshape(1, 1, 3))).reshape(3)


def lab_of_image(image: Bytes) -> Floats:
    """CIELAB (D65) of an sRGB image: L in 0..100, a and b in their natural units."""
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return np.asarray(lab, np.float32)


def light_of_lab(lab: Floats) -> Floats:
    """One CIELAB colour as linear RGB."""
    code = cv2.cvtColor(lab.astype(np.float32).reshape(1, 1, 3), cv2.COLOR_LAB2RGB)
    return to_light(np.rint(np.clip(code, 0, 1) * 255).astype(np.uint8)).reshape(3)


def luminance(light: Floats) -> Floats:
    """Relative luminance of linear RGB, over the last axis."""
    return light @ np.array([0.2126, 0.7152, 0.0722], np.float32)
