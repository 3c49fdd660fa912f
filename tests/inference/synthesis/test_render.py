"""Rendered lesions: what is drawn is what the labels say, and nothing else changes."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.results import LesionType
from inference.training.synthesis import (
    RENDERER_VERSION,
    LesionPlan,
    Mix,
    NoRoomError,
    face_width,
    render,
    settle,
    with_melanin,
)
from inference.training.synthesis.colour import lab_of_image, to_bytes, to_light
from inference.training.synthesis.patch import EXTENT
from inference.training.synthesis.plan import DIAMETER_MM, FACE_WIDTH_MM, VARIANTS

ONE_OF_EACH = [LesionPlan(kind) for kind in LesionType]
EVERY_VARIANT = [(kind, variant) for kind in LesionType for variant in VARIANTS[kind]]


# What renderer 1 draws on even skin: variant, box, mean change of CIELAB inside the outline.
FROZEN = {
    LesionType.CYST: ("bluish", (190, 319, 19, 17), (-3.6, 0.8, -1.3)),
    LesionType.NODULE: ("plain", (277, 190, 15, 11), (-4.7, 4.0, 0.5)),
    LesionType.SCAR: ("icepick", (194, 255, 9, 8), (-3.3, 0.7, 1.7)),
    LesionType.PUSTULE: ("plain", (143, 255, 8, 7), (-3.9, 2.9, 0.3)),
    LesionType.PAPULE: ("excoriated", (25, 294, 7, 5), (-10.5, 8.9, 1.3)),
    LesionType.COMEDONE: ("open", (50, 109, 3, 3), (-2.4, 2.1, 0.1)),
}


def rng(seed=0):
    return np.random.default_rng(seed)


def contrast(before, after, mask):
    """Largest CIELAB distance inside the mask, smoothed over two pixels."""
    change = lab_of_image(after) - lab_of_image(before)
    return float(np.linalg.norm(cv2.GaussianBlur(change, (0, 0), 1.0), axis=2)[mask].max())


def test_the_same_seed_gives_the_same_picture_and_labels(portrait):
    image, skin, width = portrait
    first, second = (render(image, rng(5), Mix(), skin=skin, width_px=width) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert [one.box for one in first.lesions] == [one.box for one in second.lesions]


def test_the_renderer_that_figures_are_measured_on_is_frozen(plain):
    """Draw otherwise, and it is renderer 2: figures of the model card must be measured anew."""
    assert RENDERER_VERSION == 1
    image, skin, width = plain
    face = render(image, rng(90001), ONE_OF_EACH, skin=skin, width_px=width)
    change = lab_of_image(face.image) - lab_of_image(image)
    for lesion in face.lesions:
        variant, box, colour = FROZEN[lesion.type]
        assert (lesion.variant, lesion.box) == (variant, box)
        inside = change[lesion.full_mask(skin.shape)]
        np.testing.assert_allclose(inside.mean(axis=0), colour, atol=0.3)


def test_another_seed_gives_another_picture(portrait):
    image, skin, width = portrait
    first, second = (render(image, rng(s), Mix(), skin=skin, width_px=width) for s in (1, 2))
    assert not np.array_equal(first.image, second.image)


def test_the_given_image_is_left_alone(portrait):
    image, skin, width = portrait
    copy = image.copy()
    render(image, rng(), ONE_OF_EACH, skin=skin, width_px=width)
    assert np.array_equal(image, copy)


def test_every_asked_type_is_drawn_in_its_number(portrait):
    image, skin, width = portrait
    asked = {kind: number for number, kind in enumerate(LesionType, start=1)}
    plan = [LesionPlan(kind) for kind, number in asked.items() for _ in range(number)]
    drawn = [one.type for one in render(image, rng(1), plan, skin=skin, width_px=width).lesions]
    assert {kind: drawn.count(kind) for kind in LesionType} == asked


def test_nothing_changes_beyond_the_lesions_and_their_halos(portrait):
    image, skin, width = portrait
    face = render(image, rng(2), Mix((20, 20)), skin=skin, width_px=width)
    near = np.zeros(skin.shape, bool)
    rows, columns = np.indices(skin.shape)
    for lesion in face.lesions:
        x, y = lesion.centre
        near |= np.hypot(columns - x, rows - y) <= lesion.radius * EXTENT
    changed = (face.image != image).any(axis=2)
    assert changed.any()
    assert not (changed & ~near).any()


@pytest.mark.parametrize(("kind", "variant"), EVERY_VARIANT)
@pytest.mark.parametrize("melanin", [0.0, 0.9])
def test_a_lesion_shows_inside_its_label_on_fair_and_on_dark_skin(plain, kind, variant, melanin):
    image, skin, width = plain
    image = with_melanin(image, skin.astype(np.float32), melanin)
    seen = []
    for seed in range(6):
        plan = [LesionPlan(kind, variant=variant, centre=(160.3, 180.6), activity=1.0)]
        face = render(image, rng(seed), plan, skin=skin, width_px=width)
        mask = face.lesions[0].full_mask(skin.shape)
        seen.append(contrast(image, face.image, mask))
        assert contrast(image, face.image, mask) > 0.8 * contrast(image, face.image, ~mask)
    assert min(seen) > 2.0, "a lesion that no reader could see"
    assert max(seen) < 75.0, "a blot"


@pytest.mark.parametrize("kind", list(LesionType))
def test_lesions_lie_on_skin_only(portrait, kind):
    image, skin, width = portrait
    face = render(image, rng(4), [LesionPlan(kind)] * 5, skin=skin, width_px=width)
    for lesion in face.lesions:
        mask = lesion.full_mask(skin.shape)
        assert (mask & skin).sum() > 0.93 * mask.sum()
        assert skin[round(lesion.centre[1]), round(lesion.centre[0])]


def test_lesions_keep_apart_unless_confluence_is_asked(portrait):
    image, skin, width = portrait

    def overlap(mix):
        cover = np.zeros(skin.shape, int)
        for lesion in render(image, rng(3), mix, skin=skin, width_px=width).lesions:
            cover += lesion.full_mask(skin.shape)
        return int((cover > 1).sum())

    assert overlap(Mix((30, 30))) == 0
    assert overlap(Mix((30, 30), confluence=0.9)) > 0


def test_boxes_and_polygons_are_tight_round_the_masks(portrait):
    image, skin, width = portrait
    for lesion in render(image, rng(6), ONE_OF_EACH, skin=skin, width_px=width).lesions:
        x, y, box_width, box_height = lesion.box
        assert lesion.mask.shape == (box_height, box_width)
        assert lesion.mask.any(axis=0).all() or lesion.mask[:, [0, -1]].any(axis=0).all()
        assert lesion.mask[[0, -1]].any(axis=1).all()
        drawn = np.zeros((box_height * 8, box_width * 8), np.uint8)
        outline = (np.array(lesion.polygon) - (x, y)) * 8
        cv2.fillPoly(drawn, [np.rint(outline).astype(np.int32)], 1)
        filled = cv2.resize(drawn, (box_width, box_height), interpolation=cv2.INTER_AREA) > 0
        assert (filled & lesion.mask).sum() > 0.85 * (filled | lesion.mask).sum()


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from(list(LesionType)),
    centre=st.tuples(st.floats(40, 280), st.floats(40, 320)),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_size_and_place_are_what_was_asked(plain, kind, centre, share, seed):
    image, skin, width = plain
    low, _, high = DIAMETER_MM[kind]
    diameter = low + share * (high - low)
    plan = [LesionPlan(kind, centre=centre, diameter_mm=diameter, activity=1.0)]
    lesion = render(image, rng(seed), plan, skin=skin, width_px=width).lesions[0]
    expected = max(2.8, diameter * width / FACE_WIDTH_MM)
    across = 2 * np.sqrt(lesion.mask.sum() / np.pi)
    assert 0.6 * expected - 1.5 < across < 1.6 * expected + 1.5
    box_x, box_y, box_width, box_height = lesion.box
    assert box_x - 1 <= centre[0] <= box_x + box_width + 1
    assert box_y - 1 <= centre[1] <= box_y + box_height + 1


@settings(max_examples=20, deadline=None)
@given(x=st.floats(-3, 322), y=st.floats(-3, 362), kind=st.sampled_from(list(LesionType)))
def test_a_lesion_at_the_border_keeps_its_label_inside_the_photo(plain, x, y, kind):
    image, skin, width = plain
    x, y = min(max(x, 0), 319), min(max(y, 0), 359)
    face = render(image, rng(1), [LesionPlan(kind, centre=(x, y))], skin=skin, width_px=width)
    box_x, box_y, box_width, box_height = face.lesions[0].box
    assert box_x >= 0
    assert box_y >= 0
    assert box_x + box_width <= 320
    assert box_y + box_height <= 360
    assert box_width > 0
    assert box_height > 0


def test_healing_makes_the_same_lesion_smaller_and_fainter(plain):
    image, skin, width = plain
    bloom = LesionPlan(LesionType.PAPULE, (150, 150), 5.0, "plain", 1.0, seed=11)
    healing = LesionPlan(LesionType.PAPULE, (150, 150), 5.0, "plain", 0.4, seed=11)
    now, later = (
        render(image, rng(), [plan], skin=skin, width_px=width) for plan in (bloom, healing)
    )
    masks = [face.lesions[0].full_mask(skin.shape) for face in (now, later)]
    assert masks[1].sum() < masks[0].sum()
    assert contrast(image, later.image, masks[1]) < contrast(image, now.image, masks[0])


def test_a_settled_plan_draws_the_same_lesions_again(portrait):
    image, skin, width = portrait
    plan = settle(rng(8), Mix((12, 12)), skin, width)
    first, second = (render(image, rng(s), plan, skin=skin, width_px=width) for s in (1, 2))
    assert [one.box for one in first.lesions] == [one.box for one in second.lesions]


def test_a_plan_that_finds_no_room_says_so(plain):
    image, skin, width = plain
    with pytest.raises(NoRoomError, match="fewer or smaller"):
        render(image, rng(), [LesionPlan(LesionType.CYST)] * 300, skin=skin, width_px=width)
    few = render(image, rng(), Mix((300, 300)), skin=skin, width_px=width)
    assert 0 < len(few.lesions) <= 300


def test_an_empty_or_foreign_mask_is_refused(plain):
    image, skin, _ = plain
    with pytest.raises(ValueError, match="does not fit"):
        render(image, rng(), ONE_OF_EACH, skin=skin[:-1])
    with pytest.raises(ValueError, match="empty"):
        render(image, rng(), ONE_OF_EACH, skin=np.zeros_like(skin))
    with pytest.raises(ValueError, match="empty"):
        face_width(np.zeros_like(skin))


def test_a_plan_refuses_what_does_not_exist():
    with pytest.raises(ValueError, match="no variant"):
        LesionPlan(LesionType.CYST, variant="open")
    with pytest.raises(ValueError, match="activity"):
        LesionPlan(LesionType.CYST, activity=0)


def test_light_and_bytes_are_inverse():
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = np.dstack([codes, codes.T, codes[::-1]])
    assert np.array_equal(to_bytes(to_light(image)), image)
