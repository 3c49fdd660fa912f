"""Every pair of colours that meets on a page, held to WCAG 2.2 AA in both schemes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
WORDS, SHAPES = 4.5, 3.0  # success criteria 1.4.3 and 1.4.11

GROUNDS = ("paper", "surface", "sunken")
MEANINGS = ("ok", "warn", "bad", "info")
PAIRS = [
    *[(ink, ground, WORDS) for ink in ("ink", "ink-soft", "accent") for ground in GROUNDS],
    *[(meaning, f"{meaning}-tint", WORDS) for meaning in MEANINGS],
    *[(meaning, "surface", WORDS) for meaning in MEANINGS],
    *[("ink", f"{meaning}-tint", WORDS) for meaning in MEANINGS],
    *[("accent", f"{meaning}-tint", WORDS) for meaning in MEANINGS],
    *[("ink-soft", f"{meaning}-tint", WORDS) for meaning in MEANINGS],
    ("accent-strong", "accent-tint", WORDS),
    ("accent", "accent-tint", WORDS),
    ("ink", "accent-tint", WORDS),
    ("on-accent", "accent", WORDS),
    ("on-accent", "accent-strong", WORDS),
    ("on-bad", "bad", WORDS),
    *[("line-strong", ground, SHAPES) for ground in GROUNDS],
    *[("focus", ground, SHAPES) for ground in GROUNDS],
    *[
        (f"lesion-{kind}", "lesion-casing", WORDS)
        for kind in ("comedone", "papule", "pustule", "nodule", "cyst", "scar")
    ],
]


def colours(*sheets: str) -> dict[str, str]:
    text = "".join((CSS / sheet).read_text() for sheet in sheets)
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", text))


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_21_to_1():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
@pytest.mark.parametrize("sheets", [("tokens.css",), ("tokens.css", "dark.css")], ids="+".join)
def test_colours_that_meet_can_be_told_apart(sheets, front, ground, least):
    palette = colours(*sheets)
    assert contrast(palette[front], palette[ground]) >= least


def test_the_dark_scheme_names_no_colour_that_the_light_one_lacks():
    assert colours("dark.css").keys() <= colours("tokens.css").keys()


def test_pages_take_their_colours_from_the_tokens():
    own = [
        f"{sheet.relative_to(CSS)}: {colour}"
        for sheet in sorted(CSS.rglob("*.css"))
        if sheet.name not in {"tokens.css", "dark.css", "print.css"}
        for colour in re.findall(r":[^;{]*?(#[0-9a-fA-F]{3,8})\b", sheet.read_text())
    ]
    assert own == []
