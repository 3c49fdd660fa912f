"""Layers onto the photo: light falls on the relief, pigment absorbs, the lens blurs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from inference.training.synthesis.colour import Bytes, Floats, luminance, to_bytes, to_light
from inference.training.synthesis.patch import smooth_noise

if TYPE_CHECKING:
    from inference.training.synthesis.lesions import Layers
    from inference.training.synthesis.skin import Light, Skin

_SHININESS = 16.0


def compose(
    pixels: Bytes,
    layers: Layers,
    fade: Floats,
    *,
    skin: Skin,
    light: Light,
    blur: float,
    rng: np.random.Generator,
) -> Bytes:
    """The patch ``pixels`` (n, n, 3) with the lesion on it; equal to it where ``fade`` is 0."""
    shade, reflex = _relief(layers, skin, light)
    reflex *= layers.gloss * (0.5 + light.gloss) * _pores(rng, reflex.shape, blur)
    effect = np.dstack([layers.density, np.log(shade), reflex, layers.cover, layers.stretch])
    effect = cv2.GaussianBlur(effect, (0, 0), blur) * fade[..., None]
    matter = cv2.GaussianBlur(layers.matter, (0, 0), blur)
    before = to_light(pixels)
    calm = cv2.GaussianBlur(before, (0, 0), max(1.0, 1.6 * blur))
    grain = before - calm
    cover = np.clip(effect[..., 5:6], 0, 1)
    worn = calm + grain * (1 - np.clip(effect[..., 6:7], 0, 0.9))
    tinted = worn * np.exp(effect[..., 3:4] - effect[..., :3])
    lit = matter * np.exp(effect[..., 3:4]) + grain * 0.7
    shine = effect[..., 4:5] * (0.35 + 0.65 * float(luminance(skin.light)))
    return to_bytes(np.where(fade[..., None] > 0, tinted + cover * (lit - tinted) + shine, before))


def _relief(layers: Layers, skin: Skin, light: Light) -> tuple[Floats, Floats]:
    """Shading against flat skin, and the extra specular reflex (Blinn and Phong).

    Skin scatters light below its surface, so the relief that shades is smoother than the real one.
    """
    height = cv2.GaussianBlur(layers.height, (0, 0), max(0.6, 0.016 * layers.height.shape[0]))
    rows, columns = np.gradient(height)
    base = np.array(skin.normal)
    normal = np.stack([base[0] - columns, base[1] - rows, np.full_like(rows, base[2])], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    towards = np.array(light.direction)
    halfway = towards + np.array([0.0, 0.0, 1.0])
    halfway /= float(np.linalg.norm(halfway))
    lambert = light.ambient + (1 - light.ambient) * np.clip(normal @ towards, 0, None)
    flat = light.ambient + (1 - light.ambient) * max(float(base @ towards), 0.05)
    shade = np.clip(lambert / flat, 0.4, 1.7)
    reflex = np.power(np.clip(normal @ halfway, 0, 1), _SHININESS)
    usual = max(float(base @ halfway), 0) ** _SHININESS
    return shade.astype(np.float32), np.clip(reflex - usual, 0, 1).astype(np.float32)


def _pores(rng: np.random.Generator, shape: tuple[int, ...], blur: float) -> Floats:
    """Shine on skin is broken into grains."""
    noise = smooth_noise(rng, shape, max(1.2, 1.5 * blur))
    return np.clip(0.75 + 0.45 * noise, 0.05, 1.6)
