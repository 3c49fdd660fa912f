"""Where skin is, how dark it is, how sharp the photo is."""

import cv2
import numpy as np
import pytest

from inference.face import find_faces
from inference.training.synthesis import face_width, skin_mask, with_melanin
from inference.training.synthesis.masks import face_skin, load_mask, prepare_masks
from inference.training.synthesis.skin import NOT_SKIN, SkinMap, blur_sigma, mesh_width


def test_the_mask_keeps_cheeks_and_leaves_eyes_brows_lips_and_nostrils_out(portrait):
    image, skin, _ = portrait
    mesh = np.array(find_faces(image)[0].landmarks)
    for name, outline in NOT_SKIN.items():
        x, y = mesh[list(outline), :2].mean(axis=0)
        assert not skin[round(y), round(x)], name
    for cheek in (50, 280):
        x, y = mesh[cheek, :2]
        assert skin[round(y), round(x)]


def test_without_landmarks_colour_finds_the_cheeks_too(portrait):
    image, skin, _ = portrait
    by_colour = skin_mask(image)
    assert (by_colour & skin).sum() > 0.7 * skin.sum()
    assert not by_colour[:20, :20].any()


def test_the_width_from_the_mask_agrees_with_the_mesh(portrait):
    image, skin, width = portrait
    assert face_width(skin) == pytest.approx(width, rel=0.15)
    assert mesh_width(find_faces(image)[0].landmarks) == pytest.approx(width, rel=0.02)


@pytest.mark.parametrize("sigma", [1.0, 2.0])
def test_blur_of_a_photo_is_measured(portrait, sigma):
    image, skin, _ = portrait
    own = blur_sigma(image, skin)
    blurred = cv2.GaussianBlur(image, (0, 0), sigma)
    assert blur_sigma(blurred, skin) == pytest.approx(np.hypot(own, sigma), rel=0.25)


def test_lone_dots_do_not_pass_for_sharpness(portrait):
    image, skin, _ = portrait
    blurred = cv2.GaussianBlur(image, (0, 0), 1.5)
    dotted = blurred.copy()
    dotted[np.random.default_rng(0).random(skin.shape) < 0.001] = 0
    assert blur_sigma(dotted, skin) == pytest.approx(blur_sigma(blurred, skin), rel=0.2)


def test_darker_skin_is_measured_darker_and_shadow_is_not_taken_for_it(portrait):
    image, skin, _ = portrait
    weight = skin.astype(np.float32)
    tones = [SkinMap(with_melanin(image, weight, m), skin).darkness for m in (-0.2, 0.0, 0.5, 1.0)]
    assert tones == sorted(tones)
    assert tones[-1] - tones[0] > 0.3
    shadowed = image.copy()
    shadowed[:, : image.shape[1] // 2] //= 2
    assert SkinMap(shadowed, skin).darkness == pytest.approx(tones[1], abs=0.2)


def test_masks_are_prepared_for_a_folder_and_read_back(tmp_path, portrait):
    image, _, width = portrait
    photos, out = tmp_path / "photos", tmp_path / "masks"
    photos.mkdir()
    cv2.imwrite(str(photos / "face.png"), image[..., ::-1])
    cv2.imwrite(str(photos / "wall.png"), np.full((200, 200, 3), 90, np.uint8))
    widths = prepare_masks(photos, out)
    assert list(widths) == ["face.png"]
    assert widths["face.png"] == pytest.approx(width, rel=0.02)
    assert np.array_equal(load_mask(out, "face.png"), face_skin(image)[0])
    with pytest.raises(ValueError, match="no skin mask"):
        load_mask(out, "wall.png")
