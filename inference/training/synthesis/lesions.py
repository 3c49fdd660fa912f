"""The six lesion types as layers: pigment, relief, shine, and opaque matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inference.results import LesionType
from inference.training.synthesis.colour import (
    DERMAL_BLUE,
    HAEMOGLOBIN,
    MELANIN,
    VENOUS,
    Bools,
    Floats,
    light_of_lab,
)
from inference.training.synthesis.patch import Patch, make_patch, smooth_noise, smoothstep

if TYPE_CHECKING:
    from collections.abc import Callable

    from inference.training.synthesis.skin import Skin


@dataclass(slots=True)
class Layers:
    """What one lesion does to its patch of (n, n) pixels.

    ``density``: optical density added per channel (n, n, 3). ``height``: relief in pixels.
    ``gloss``: strength of the specular reflex. ``cover``: opacity of the ``matter``
    (n, n, 3, linear RGB) that lies on the skin.
    ``stretch``: share of the skin's texture that is stretched away.
    """

    density: Floats
    height: Floats
    gloss: Floats
    cover: Floats
    matter: Floats
    stretch: Floats
    mask: Bools

    def strengthen(self, factor: float) -> None:
        self.density *= factor
        self.height *= factor
        self.gloss *= factor
        self.cover = np.minimum(self.cover * factor, 1)
        bare = self.matter[0, 0].copy()  # nothing is laid in a patch's corner
        self.matter = np.clip(bare + (self.matter - bare) * factor, 0.002, 1)


@dataclass(frozen=True, slots=True)
class Brush:
    """What a painter draws with. ``activity``: 1 in full bloom, towards 0 healed."""

    rng: np.random.Generator
    patch: Patch
    skin: Skin
    activity: float
    variant: str

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def strength(self, low: float, high: float) -> float:
        """Log-uniform: most lesions are faint, a few are vivid."""
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def mottling(self, cell: float, depth: float) -> Floats:
        """Unevenness round one, in features of ``cell`` lesion radii."""
        noise = smooth_noise(self.rng, self.patch.rho.shape, cell * self.patch.radius)
        return np.clip(1 + depth * noise, 0.2, 1.8)

    def layers(self) -> Layers:
        n = self.patch.size
        flat = [np.zeros((n, n), np.float32) for _ in range(4)]
        height, gloss, cover, stretch = flat
        colour = np.broadcast_to(self.skin.light, (n, n, 3)).astype(np.float32)
        density = np.zeros((n, n, 3), np.float32)
        return Layers(density, height, gloss, cover, colour, stretch, self.patch.inside)

    def soil(self, layers: Layers, pigment: Floats, amount: Floats) -> None:
        layers.density += amount[..., None] * pigment

    def lay(self, layers: Layers, alpha: Floats, lab: tuple[float, float, float]) -> None:
        """Puts opaque matter of a colour over what lies there."""
        matter = light_of_lab(np.clip(np.array(lab, np.float32), (2, -60, -60), (97, 60, 70)))
        layers.matter += alpha[..., None] * (matter - layers.matter)
        layers.cover = np.maximum(layers.cover, alpha)


def dome(rho: Floats, power: float = 1.5) -> Floats:
    """A smooth hill of height one that ends on the outline."""
    return np.power(np.clip(1 - rho * rho, 0, 1), np.float32(power))


def spot(patch: Patch, x: float, y: float, radius: float) -> Floats:
    """Distance from a point, both in lesion radii, in units of ``radius``."""
    size = patch.radius * radius
    return np.hypot(patch.x - x * patch.radius, patch.y - y * patch.radius) / np.float32(size)


def _inflame(brush: Brush, layers: Layers, strength: float, soft: float, halo: float) -> None:
    """Redness: densest inside, a soft edge, a faint halo; brown as well on dark skin."""
    rho, dark = brush.patch.rho, brush.skin.darkness
    core = 1 - smoothstep(1 - soft, 1 + 0.45 * soft, rho)
    centre = 1 + brush.between(-0.15, 0.35) * dome(rho, 1.0)
    uneven = brush.mottling(0.55, 0.18) * brush.mottling(0.16, 0.1)
    glow = halo * np.exp(-np.square(np.clip(rho, 0, None) / np.float32(brush.between(1.1, 1.5))))
    redness = (core * centre * uneven + glow) * strength * brush.activity
    venous = np.float32(brush.between(0, 0.5) * (1 - brush.activity * 0.5))
    blood = HAEMOGLOBIN + venous * (VENOUS - HAEMOGLOBIN)
    brush.soil(layers, blood, redness)
    brush.soil(layers, MELANIN, core * strength * dark * brush.between(0.25, 0.7))


def _raise(brush: Brush, layers: Layers, relief: float, gloss: float, power: float = 1.5) -> None:
    hill = dome(brush.patch.rho, power) * brush.mottling(0.7, 0.12)
    layers.height += hill * relief * brush.patch.radius * brush.activity
    layers.gloss += smoothstep(0, 0.7, hill) * gloss * brush.activity
    layers.stretch = np.maximum(layers.stretch, 0.35 * smoothstep(0.1, 0.9, hill))


def paint_papule(brush: Brush) -> Layers:
    """A small red dome; an excoriated one carries a crust."""
    layers = brush.layers()
    strength = brush.strength(0.15, 0.7)
    _inflame(brush, layers, strength, brush.between(0.6, 1.0), brush.between(0.15, 0.5))
    _raise(brush, layers, brush.between(0.2, 0.55), brush.between(0.2, 1.0))
    if brush.variant == "excoriated":
        _crust(brush, layers, brush.between(0.2, 0.4))
    return layers


def _crust(brush: Brush, layers: Layers, size: float) -> None:
    where = spot(brush.patch, brush.between(-0.2, 0.2), brush.between(-0.2, 0.2), size)
    amount = (1 - smoothstep(0.5, 1.2, where)) * brush.mottling(0.25, 0.4)
    brush.soil(layers, VENOUS, amount * brush.between(0.5, 1.1))
    brush.soil(layers, MELANIN, amount * brush.between(0.1, 0.5))


def paint_pustule(brush: Brush) -> Layers:
    """A papule with a head of pus inside a redder rim."""
    layers = brush.layers()
    strength = brush.strength(0.2, 0.75)
    _inflame(brush, layers, strength, brush.between(0.5, 0.95), brush.between(0.2, 0.55))
    _raise(brush, layers, brush.between(0.2, 0.45), brush.between(0.1, 0.4))
    size = brush.between(0.34, 0.62) * (0.5 + 0.5 * brush.activity)
    x, y = (brush.between(-0.16, 0.16) for _ in range(2))
    head = outline_of_head(brush, x, y, size)
    rim = np.exp(-np.square((head - 1.2) / np.float32(0.4)))
    brush.soil(layers, HAEMOGLOBIN, rim * brush.between(0.1, 0.4) * brush.activity)
    _fill_with_pus(brush, layers, head)
    layers.height += dome(head) * brush.between(0.25, 0.5) * size * brush.patch.radius
    layers.gloss += (1 - smoothstep(0.3, 1, head)) * brush.between(0.2, 1.0)
    return layers


def outline_of_head(brush: Brush, x: float, y: float, size: float) -> Floats:
    """Distance (h, w) from a head's ragged middle, 1 on its rim; x, y and size in radii."""
    stretch = brush.between(0.8, 1.25)
    u = brush.patch.x / brush.patch.radius - np.float32(x)
    v = brush.patch.y / brush.patch.radius - np.float32(y)
    ragged = brush.mottling(0.5, 0.08)
    return np.asarray(np.hypot(u * stretch, v / stretch) / np.float32(size) * ragged, np.float32)


def _fill_with_pus(brush: Brush, layers: Layers, head: Floats) -> None:
    lightness, red, yellow = brush.skin.lab
    gain = brush.between(8, 24) + 8 * brush.skin.darkness
    colour = (
        min(93.0, lightness + gain),
        red * brush.between(0.15, 0.55),
        yellow * brush.between(0.75, 1.25) + brush.between(0, 9),
    )
    alpha = 1 - smoothstep(0.55, 1.12, head)
    brush.lay(layers, alpha * brush.between(0.7, 0.95) * brush.mottling(0.5, 0.06), colour)


def paint_comedone(brush: Brush) -> Layers:
    """Open: a dark plug in a raised rim. Closed: a small pale dome."""
    layers = brush.layers()
    if brush.variant == "open":
        _open_comedone(brush, layers)
    else:
        _closed_comedone(brush, layers)
    return layers


def _open_comedone(brush: Brush, layers: Layers) -> None:
    rho, size = brush.patch.rho, brush.between(0.42, 0.72)
    rim = np.exp(-np.square((rho - np.float32(0.5 + size / 2)) / np.float32(0.28)))
    layers.height += rim * brush.between(0.08, 0.25) * brush.patch.radius
    layers.gloss += rim * brush.between(0, 0.3)
    glow = np.exp(-np.square(rho / np.float32(1.1)))
    brush.soil(layers, HAEMOGLOBIN, glow * brush.between(0, 0.22))
    lightness, red, yellow = brush.skin.lab
    shade = brush.between(0.3, 0.72) - 0.06 * brush.skin.darkness
    colour = (lightness * shade, red * brush.between(0.3, 0.8), yellow * brush.between(0.4, 0.9))
    plug = (1 - smoothstep(size * 0.7, size * 1.15, rho)) * brush.mottling(0.4, 0.1)
    brush.lay(layers, np.clip(plug, 0, 1) * brush.between(0.75, 1) * brush.activity, colour)


def _closed_comedone(brush: Brush, layers: Layers) -> None:
    hill = dome(brush.patch.rho, 1.2)
    layers.height += hill * brush.between(0.4, 0.75) * brush.patch.radius * brush.activity
    layers.gloss += hill * brush.between(0.3, 1.0)
    layers.stretch += 0.4 * hill
    brush.soil(layers, MELANIN, -hill * brush.between(0.08, 0.24) * brush.activity)
    ring = np.exp(-np.square((brush.patch.rho - 1) / np.float32(0.3)))
    brush.soil(layers, HAEMOGLOBIN, ring * brush.between(0, 0.15))


def paint_nodule(brush: Brush) -> Layers:
    """A broad, deep and firm swelling with venous blood beneath."""
    layers = brush.layers()
    strength = brush.strength(0.2, 0.6)
    _inflame(brush, layers, strength, brush.between(0.65, 1.0), brush.between(0.2, 0.5))
    depth = smoothstep(0, 1, 1.05 - brush.patch.rho) * brush.mottling(0.6, 0.25)
    brush.soil(layers, VENOUS, depth * brush.strength(0.06, 0.28) * brush.activity)
    _raise(brush, layers, brush.between(0.16, 0.42), brush.between(0.2, 1.0), power=1.3)
    if brush.rng.random() < 0.15:
        _crust(brush, layers, brush.between(0.12, 0.25))
    return layers


def paint_cyst(brush: Brush) -> Layers:
    """A fluctuant sac: lobed, tense and smooth, its content shining through."""
    layers = brush.layers()
    rho = brush.patch.rho
    lobes = _lobes(brush)
    if brush.variant == "inflamed":
        _inflame(brush, layers, brush.strength(0.2, 0.5), brush.between(0.5, 0.9), 0.25)
        brush.soil(layers, VENOUS, dome(rho, 0.8) * brush.between(0.08, 0.25) * brush.activity)
    else:
        _inflame(brush, layers, brush.between(0.1, 0.25), brush.between(0.5, 0.9), 0.15)
        brush.soil(layers, DERMAL_BLUE, dome(rho, 0.8) * brush.between(0.1, 0.3) * brush.activity)
    layers.height += lobes * brush.between(0.22, 0.42) * brush.patch.radius * brush.activity
    layers.gloss += smoothstep(0.15, 0.8, lobes) * brush.between(0.35, 0.9)
    layers.stretch += 0.75 * smoothstep(0.05, 0.6, lobes)
    _shine_through(brush, layers, lobes)
    return layers


def _lobes(brush: Brush) -> Floats:
    hills = dome(brush.patch.rho, brush.between(1.0, 1.5))
    for _ in range(int(brush.rng.integers(0, 3))):
        x, y = brush.rng.uniform(-0.4, 0.4, 2)
        bump = dome(spot(brush.patch, float(x), float(y), brush.between(0.5, 0.8)), 2.0)
        hills = hills + bump * dome(brush.patch.rho, 0.7) * brush.between(0.12, 0.35)
    return np.asarray(hills, np.float32)


def _shine_through(brush: Brush, layers: Layers, lobes: Floats) -> None:
    lightness, red, yellow = brush.skin.lab
    content = smoothstep(0.55, 1.05, lobes * brush.mottling(0.5, 0.25))
    colour = (
        min(90.0, lightness + brush.between(-2, 10)),
        red * brush.between(0.5, 1.0),
        yellow * brush.between(0.9, 1.2) + brush.between(2, 10),
    )
    brush.lay(layers, content * brush.between(0.05, 0.3) * brush.activity, colour)


def paint_scar(brush: Brush) -> Layers:
    """Pits (ice pick, boxcar, rolling) in discoloured skin."""
    layers = brush.layers()
    pits = {"icepick": _icepick, "boxcar": _boxcar, "rolling": _rolling}[brush.variant](
        brush, layers
    )
    depth = brush.between(0.16, 0.34) * (0.6 + 0.4 * brush.activity)
    layers.height -= pits * depth * brush.patch.radius
    _discolour(brush, layers, smoothstep(0, 0.45, 1.1 - brush.patch.rho), pits)
    layers.stretch += 0.5 * brush.patch.inside
    return layers


def _icepick(brush: Brush, layers: Layers) -> Floats:
    pits = np.zeros_like(brush.patch.rho)
    for _ in range(int(brush.rng.integers(2, 7))):
        angle, reach = brush.between(0, 2 * np.pi), brush.between(0, 0.68)
        x, y = reach * np.cos(angle), reach * np.sin(angle)
        hole = spot(brush.patch, x, y, brush.between(0.13, 0.26))
        pits = np.maximum(pits, brush.between(0.6, 1) * dome(hole, 0.8))
    brush.soil(layers, MELANIN, pits * brush.between(0.15, 0.45))  # narrow: no light to the bottom
    return pits


def _boxcar(brush: Brush, _layers: Layers) -> Floats:
    floor = 1 - smoothstep(0.68, 1.0, brush.patch.rho * brush.mottling(0.5, 0.05))
    return floor * brush.mottling(0.5, 0.12)


def _rolling(brush: Brush, _layers: Layers) -> Floats:
    return dome(brush.patch.rho, 1.0) * brush.mottling(0.7, 0.35)


_PITS = {"icepick": _icepick, "boxcar": _boxcar, "rolling": _rolling}


def _discolour(brush: Brush, layers: Layers, where: Floats, pits: Floats) -> None:
    """Scars stay pale, brown or pink, brown more often on dark skin; pits catch the light."""
    dark = brush.skin.darkness
    chances = np.array([0.3, 0.25 + 0.4 * dark, 0.45 - 0.3 * dark])
    kind = brush.rng.choice(3, p=chances / chances.sum())
    where = where * brush.mottling(0.5, 0.25)
    if kind == 0:
        brush.soil(layers, MELANIN, -where * brush.between(0.1, 0.28))
        return
    brush.soil(layers, MELANIN, pits * brush.between(0.06, 0.2))
    if kind == 1:
        brush.soil(layers, MELANIN, where * brush.between(0.15, 0.45))
    else:
        brush.soil(layers, HAEMOGLOBIN, where * brush.between(0.12, 0.4))


PAINTERS: dict[LesionType, Callable[[Brush], Layers]] = {
    LesionType.COMEDONE: paint_comedone,
    LesionType.PAPULE: paint_papule,
    LesionType.PUSTULE: paint_pustule,
    LesionType.NODULE: paint_nodule,
    LesionType.CYST: paint_cyst,
    LesionType.SCAR: paint_scar,
}

# How irregular the outline is (wobble) and the largest elongation.
_OUTLINE: dict[LesionType, tuple[float, float]] = {
    LesionType.COMEDONE: (0.10, 1.2),
    LesionType.PAPULE: (0.20, 1.35),
    LesionType.PUSTULE: (0.18, 1.3),
    LesionType.NODULE: (0.18, 1.5),
    LesionType.CYST: (0.26, 1.5),
    LesionType.SCAR: (0.42, 1.9),
}


def shape(
    rng: np.random.Generator, kind: LesionType, radius: float, shift: tuple[float, float]
) -> Patch:
    """The patch a lesion of this type is painted in; ``radius`` and ``shift`` in pixels."""
    wobble, longest = _OUTLINE[kind]
    return make_patch(rng, radius, shift, wobble=wobble, elongation=rng.uniform(1, longest))
