"""Findings drawn onto the photo."""

import cv2
import numpy as np

from inference.overlay import COLOURS, draw, png
from inference.results import Lesion, LesionType

GREY = np.full((400, 600, 3), 90, np.uint8)
BOX = Lesion(LesionType.PAPULE, 0.9, (300.0, 200.0, 40.0, 30.0))
SHAPE = Lesion(
    LesionType.SCAR, 0.9, (400.0, 300.0, 40.0, 40.0), polygon=((400, 300), (440, 300), (420, 340))
)


def test_boxes_and_polygons_wear_the_colour_of_their_type():
    picture = draw(GREY, [BOX, SHAPE])
    assert np.abs(picture[200, 320] - np.array(COLOURS[LesionType.PAPULE])).max() < 30
    assert np.abs(picture[300, 420] - np.array(COLOURS[LesionType.SCAR])).max() < 30
    assert tuple(picture[339, 402]) == (90, 90, 90)


def test_the_photo_itself_stays_as_it_was():
    before = GREY.copy()
    draw(GREY, [BOX])
    assert np.array_equal(GREY, before)


def test_nothing_found_draws_nothing():
    assert np.array_equal(draw(GREY, [])[20:], GREY[20:])


def test_every_type_has_its_own_colour():
    assert len(set(COLOURS.values())) == len(LesionType)


def test_the_png_holds_the_same_pixels():
    data = np.frombuffer(png(draw(GREY, [BOX])), np.uint8)
    decoded = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert np.array_equal(decoded, draw(GREY, [BOX]))
