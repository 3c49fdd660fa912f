"""However the phone was held, and whatever wrote the file, the picture ends up upright once."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageOps

from portal.analysis import engine
from tests import factories
from tests.pictures import encoded, heic

pytestmark = pytest.mark.django_db
ORIENTATION = 0x0112
TURNED_BACK = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
CORNERS = {"red": (0, 0), "lime": (1, 0), "blue": (0, 1), "white": (1, 1)}


def upright_picture() -> Image.Image:
    """320 by 240, each quarter in its own colour."""
    picture = Image.new("RGB", (320, 240))
    for colour, (column, row) in CORNERS.items():
        picture.paste(colour, (160 * column, 120 * row, 160 * column + 160, 120 * row + 120))
    return picture


def as_held(orientation: int) -> tuple[Image.Image, Image.Exif]:
    """The pixels as a phone held so stores them, with the tag that says how to turn them."""
    turn, exif = TURNED_BACK[orientation], Image.Exif()
    exif[ORIENTATION] = orientation
    stored = upright_picture().transpose(turn) if turn is not None else upright_picture()
    assert ImageOps.exif_transpose(_tagged(stored, exif)).tobytes() == upright_picture().tobytes()
    return stored, exif


def _tagged(image: Image.Image, exif: Image.Exif) -> Image.Image:
    return Image.open(io.BytesIO(encoded(image, "PNG", exif=exif)))


def shown(visit, data: bytes) -> Image.Image:
    photo = factories.photo(visit, data=data)
    return Image.open(io.BytesIO(engine.decode(photo).display()))


def assert_upright(picture: Image.Image) -> None:
    assert picture.size == (320, 240)
    corners = {
        colour: picture.getpixel((80 + 160 * column, 60 + 120 * row))
        for colour, (column, row) in CORNERS.items()
    }
    reference = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255)}
    for colour, expected in {**reference, "white": (255, 255, 255)}.items():
        assert corners[colour] == pytest.approx(expected, abs=24), colour
    assert not picture.getexif()


@pytest.mark.parametrize("orientation", TURNED_BACK)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_orientation_tag_is_followed_once(visit, orientation, kind):
    stored, exif = as_held(orientation)
    options = {} if kind == "PNG" else {"quality": 95}

    assert_upright(shown(visit, encoded(stored, kind, exif=exif, **options)))


@pytest.mark.parametrize("orientation", TURNED_BACK)
def test_a_heic_that_carries_both_its_own_rotation_and_the_tag_is_turned_once(visit, orientation):
    stored, exif = as_held(orientation)

    assert_upright(shown(visit, heic(stored, exif=exif.tobytes())))
