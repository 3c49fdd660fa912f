"""The quality check on a real face: each criterion flips where its limit says, all at once."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from inference.face import find_faces
from inference.photo import read_photo
from inference.quality import check
from inference.quality.degradations import darker
from inference.quality.framed import frame_body, frame_face
from inference.quality.light import measure_colour, measure_light
from inference.quality.limits import DEFAULT_LIMITS
from inference.quality.measures import measure_faces
from inference.quality.messages import CAUTIONS, MESSAGES, REASONS
from inference.quality.sharpness import FEATURES, Regression, features, measure_sharpness
from inference.quality.tones import coloured, toned
from inference.quality.verdict import judge
from inference.results import Request, View


def reasons(image, view=View.FRONT, **limits):
    quality, _ = check(image, Request(view=view, quality_limits=limits))
    assert quality.accepted == (not quality.reasons)
    return [one.code for one in quality.reasons]


def cautions(image):
    return [one.code for one in check(image, Request())[0].cautions]


def exposed(image, gain):
    return np.clip(image * float(gain), 0, 255).astype(np.uint8)


def test_an_enlarged_real_face_with_skin_texture_is_accepted(phone_photo):
    quality, face = check(phone_photo, Request())
    assert quality.accepted
    assert quality.cautions == ()
    assert face is not None


def test_dark_and_bright_pictures_say_what_to_do(head):
    assert "too_dark" in reasons(exposed(head, 0.12))
    assert "overexposed" in reasons(exposed(head, 2.2))


def test_a_little_too_dark_is_only_a_caution(head):
    assert reasons(exposed(head, 0.42)) == []
    assert "rather_dark" in cautions(exposed(head, 0.42))


@pytest.mark.parametrize("measure", ["light", "overexposed"])
def test_light_rises_with_the_exposure(head, face, measure):
    values = [
        measure_faces(exposed(head, gain), [face])[measure]
        for gain in (0.1, 0.25, 0.5, 1.0, 1.6, 2.5)
    ]
    assert values == sorted(values)
    assert values[0] < values[-1]


def shaded(head, stops):
    fall = 2.0 ** -np.linspace(0, stops, head.shape[1])[None, :, None]
    return (head * fall).astype(np.uint8)


def test_unevenness_rises_with_a_shadow_and_ends_in_a_caution(head, face):
    values = [
        measure_light(frame_face(shaded(head, stops), face))["unevenness"] for stops in (0, 1, 2, 4)
    ]
    assert values == sorted(values)
    assert "uneven_light" in cautions(shaded(head, 4))


@pytest.mark.parametrize(
    "blur",
    [
        lambda image, s: cv2.GaussianBlur(image, (0, 0), s),
        lambda image, s: cv2.blur(image, (round(5 * s), 1)),
        lambda image, s: cv2.resize(
            cv2.resize(image, None, fx=0.5 / s, fy=0.5 / s, interpolation=cv2.INTER_AREA),
            image.shape[1::-1],
            interpolation=cv2.INTER_CUBIC,
        ),
    ],
    ids=["defocus", "motion", "enlarged"],
)
def test_sharpness_falls_with_every_blur_until_the_photo_is_refused(head, face, blur):
    values = [measure_sharpness(frame_face(blur(head, s), face)) for s in (2.0, 4.0, 6.0)]
    assert measure_sharpness(frame_face(head, face)) > values[0]
    assert values[-1] <= values[0]
    assert "blurred" in reasons(blur(head, 6.0))


def test_sharpness_means_the_same_at_any_resolution(phone_photo):
    scores = []
    for scale in (0.5, 0.75, 1.0):
        image = cv2.resize(phone_photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        scores.append(measure_sharpness(frame_face(image, find_faces(image)[0])))
    assert max(scores) - min(scores) < 0.3


def test_sharpness_does_not_depend_on_the_exposure(head, face):
    dim = features(frame_face(exposed(head, 0.6), face))
    assert np.abs(dim - features(frame_face(head, face))).max() < 0.15


def test_a_blurred_face_before_a_sharp_background_is_refused(head, face):
    inside = np.zeros(head.shape[:2], np.float32)
    x, y, w, h = (round(value) for value in face.box)
    cv2.ellipse(inside, (x + w // 2, y + h // 2), (w, h), 0, 0, 360, (1.0,), -1)
    soft = cv2.GaussianBlur(head, (0, 0), 6)
    mixed = np.where(inside[..., None] > 0, soft, head)
    assert "blurred" in reasons(mixed)


def test_no_face_and_several_faces(head):
    empty = np.full_like(head, 128)
    assert reasons(empty) == ["no_face"]
    assert "several_faces" in reasons(np.hstack([head, head]))


def test_in_the_dark_light_is_named_before_the_missing_face(head):
    assert reasons(np.full_like(head, 6)) == ["too_dark", "no_face"]


def test_far_faces_are_refused_at_the_limit_of_the_table(head, face):
    pixels = max(face.box[2:])
    for size, codes in ((1.15, []), (0.85, ["too_far"])):
        scale = size * DEFAULT_LIMITS["refuse_face_pixels_below"] / pixels
        small = cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        assert [one for one in reasons(small) if one == "too_far"] == codes


def test_a_face_cut_at_the_edge_and_one_that_overflows(head, face):
    x, y, w, h = (round(value) for value in face.box)
    assert "cut_off" in reasons(np.ascontiguousarray(head[:, x + w // 3 :]))
    assert "too_close" in reasons(np.ascontiguousarray(head[y + h // 4 : y + h, x : x + w]))


def test_the_view_asked_for_must_be_the_view_shown(head):
    assert reasons(head, View.LEFT) == ["not_left"]
    assert reasons(head, View.RIGHT) == ["not_right"]


def measured(**changed):
    good = {
        "light": 0.7, "overexposed": 0.0, "unevenness": 0.5, "hue": 55.0, "chroma": 22.0,
        "ita": 30.0, "sharpness": 0.9, "second_face": 0.0, "face_pixels": 800.0,
        "frame_share": 0.6, "cut_off": 0.0, "covered": 0.0, "glasses": 0.0, "mixed_light": 0.2,
        "faces": 1.0, "far_cheek": 0.9, "yaw": 0.0, "pitch": 0.0, "roll": 0.0,
    }  # fmt: skip
    return {**good, **changed}


@pytest.mark.parametrize(
    ("view", "yaw", "code"),
    [
        ("front", 40, None), ("left", 40, None), ("left", -40, "not_left"), ("left", 0, "not_left"),
        ("right", -40, None), ("right", 40, "not_right"), ("right", 0, "not_right"),
    ],
)  # fmt: skip
def test_yaw_decides_the_side_and_the_far_cheek_the_front(view, yaw, code):
    quality = judge(measured(yaw=yaw), View(view), DEFAULT_LIMITS)
    assert [one.code for one in quality.reasons] == ([code] if code else [])
    turned = judge(measured(yaw=yaw, far_cheek=-0.1), View(view), DEFAULT_LIMITS)
    assert ("not_front" in {one.code for one in turned.reasons}) == (view == "front")


@pytest.mark.parametrize("view", ["front", "left", "right"])
def test_a_turn_that_has_the_photo_refused_is_not_moreover_a_caution(view):
    quality = judge(measured(yaw=0, far_cheek=-0.1), View(view), DEFAULT_LIMITS)
    assert quality.reasons
    assert quality.cautions == ()


@pytest.mark.parametrize("yaw", [35, -35, 45, -45])
@pytest.mark.parametrize("name", ["astronaut", "hopper"])
def test_a_head_truly_turned_by_thirty_five_degrees_or_more_is_no_front_view(posed, name, yaw):
    assert reasons(posed(name, yaw)) == ["not_front"]


@pytest.mark.parametrize("yaw", [0, 12, -12])
@pytest.mark.parametrize("name", ["astronaut", "hopper"])
def test_a_head_turned_a_little_is_a_front_view_without_a_word(posed, name, yaw):
    quality, _ = check(posed(name, yaw), Request())
    assert quality.accepted
    assert "slightly_turned" not in {one.code for one in quality.cautions}


def test_colours_no_skin_has_are_refused(head):
    grey = np.repeat(head.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    assert "no_colour" in reasons(grey)
    assert "wrong_colours" in reasons(np.ascontiguousarray(head[..., ::-1]))


VERY_LIGHT, DARK = 55, -60  # individual typology angle, Chardon et al., 1991
BOTH = pytest.mark.parametrize("name", ["collins", "hopper"])


@BOTH
@pytest.mark.parametrize("melanin", [-0.2, 0.0, 0.8, 1.6, 2.4, 3.2, 4.0, 4.5])
def test_every_skin_colour_is_accepted_without_a_word_on_colour(portraits, name, melanin):
    quality, _ = check(coloured(*portraits[name], melanin), Request())
    assert quality.accepted
    assert not {one.code for one in quality.cautions} & {"colour_cast", "rather_dark"}


@BOTH
@pytest.mark.parametrize("melanin", [0.0, 1.6, 3.2, 4.0])
def test_in_the_dark_every_skin_colour_is_refused(portraits, name, melanin):
    image, face = portraits[name]
    assert "too_dark" in reasons(darker(coloured(image, face, melanin), face, 4))


def test_the_skin_colours_tried_reach_from_very_light_to_dark(portraits):
    image, face = portraits["collins"]
    made = [frame_face(coloured(image, face, melanin), face) for melanin in (-0.2, 0.8, 2.4, 4.5)]
    angles = [measure_colour(one.reduced)["ita"] for one in made]
    assert angles == sorted(angles, reverse=True)
    assert angles[0] > VERY_LIGHT
    assert angles[-1] < DARK


def test_all_reasons_are_given_at_once_most_useful_first(head):
    bad = exposed(cv2.GaussianBlur(head, (0, 0), 9), 0.12)
    found = reasons(bad, View.LEFT)
    assert {"too_dark", "not_left", "blurred"} <= set(found)
    assert found == sorted(found, key=list(REASONS).index)


RANGES = {
    "light": (0, 1), "overexposed": (0, 1), "unevenness": (0, 8), "hue": (-180, 180),
    "mixed_light": (0, 8), "faces": (1, 4), "covered": (0, 1), "glasses": (0, 5),
    "chroma": (0, 100), "ita": (-90, 90), "sharpness": (0, 1), "second_face": (0, 1),
    "face_pixels": (0, 5000), "frame_share": (0, 2), "cut_off": (0, 1), "far_cheek": (-1, 1),
    "yaw": (-90, 90), "pitch": (-90, 90), "roll": (-180, 180),
}  # fmt: skip


@given(
    st.fixed_dictionaries({name: st.floats(*ends) for name, ends in RANGES.items()}),
    st.sampled_from([View.FRONT, View.LEFT, View.RIGHT]),
)
def test_a_verdict_names_each_fault_once_with_its_limit(measures, view):
    quality = judge(measures, view, DEFAULT_LIMITS)
    found = [*quality.reasons, *quality.cautions]
    assert len({one.code for one in found}) == len(found)
    assert all(one.code in REASONS for one in quality.reasons)
    assert all(one.code in CAUTIONS for one in quality.cautions)
    assert all(one.message == MESSAGES[one.code] for one in found)


def test_a_clinic_tunes_a_limit_by_name(head):
    assert reasons(head, refuse_sharpness_below=1.0) == ["blurred"]
    with pytest.raises(ValueError, match="Unknown quality limit: sharpnes"):
        check(head, Request(quality_limits={"sharpnes": 1.0}))


def test_every_message_tells_what_to_do_or_what_to_mind():
    assert set(REASONS).isdisjoint(CAUTIONS)
    for sentence in REASONS.values():
        assert sentence.endswith(".")
        assert sentence.count(".") >= 2


@pytest.fixture(scope="module")
def patch():
    """Bare skin close up, as of a chest: flecks of some sizes, and light from one side."""
    rng = np.random.default_rng(5)
    height, width = 900, 1200
    skin = np.full((height, width, 3), (212.0, 166.0, 142.0))
    for size, depth in ((1, 9), (2, 6), (40, 6)):
        flecks = rng.normal(0, depth, (height // size, width // size)).astype(np.float32)
        skin += cv2.resize(flecks, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    light = np.linspace(1.08, 0.9, width)[None, :, None]
    return np.clip(skin * light, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("view", [View.CHEST, View.BACK])
@pytest.mark.parametrize("melanin", [-0.2, 1.0, 2.8])
def test_sharp_skin_of_chest_and_back_is_accepted_in_every_tone(patch, view, melanin):
    quality, face = check(toned(patch, melanin), Request(view=view))
    assert face is None
    assert quality.accepted
    assert quality.cautions == ()


@pytest.mark.parametrize("view", [View.CHEST, View.BACK])
def test_skin_of_chest_and_back_in_the_dark_is_refused(patch, view):
    assert reasons(exposed(patch, 0.05), view)[0] == "too_dark"


@given(
    arrays(np.uint8, st.tuples(st.integers(64, 90), st.integers(64, 90), st.just(3))),
    st.sampled_from(list(View)),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_picture_breaks_the_check(image, view):
    quality, _ = check(image, Request(view=view))
    assert all(np.isfinite(value) for value in quality.measures.values())


@pytest.mark.parametrize("shape", [(64, 512), (512, 64), (64, 64), (65, 520)])
@pytest.mark.parametrize("view", [View.FRONT, View.CHEST])
def test_odd_shapes_are_judged(head, shape, view):
    narrow = cv2.resize(head, shape, interpolation=cv2.INTER_AREA)
    quality, _ = check(narrow, Request(view=view))
    assert not quality.accepted


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("P", "PNG"),
        ("L", "JPEG"),
        ("CMYK", "JPEG"),
        ("RGBA", "WEBP"),
        ("I;16", "PNG"),
        ("1", "PNG"),
    ],
)
def test_a_face_in_any_format_is_judged(head, mode, kind):
    small = Image.fromarray(head).resize((500, 560))
    picture = small.convert("I").convert(mode) if mode == "I;16" else small.convert(mode)
    file = io.BytesIO()
    picture.save(file, kind)
    quality, _ = check(read_photo(file.getvalue()), Request())
    assert all(np.isfinite(value) for value in quality.measures.values())


def test_a_face_at_the_very_edge_is_judged(head, face):
    x, y, w, h = (round(value) for value in face.box)
    for part in (head[:, x + w // 2 :], head[y + h // 2 :], head[: y + h // 2], head[:, : x + 9]):
        quality, _ = check(np.ascontiguousarray(part), Request())
        assert not quality.accepted


def test_features_are_finite_on_a_flat_picture():
    assert np.isfinite(features(frame_body(np.zeros((80, 80, 3), np.uint8))[0])).all()


def test_the_regression_reads_what_it_writes():
    rng = np.random.default_rng(1)
    there = Regression(rng.normal(size=6), rng.uniform(1, 2, 6), rng.normal(size=27), 0.5)
    back = Regression.from_json(there.to_json())
    values = rng.normal(size=(10, len(FEATURES)))
    assert np.allclose(back.probability(values), there.probability(values), atol=1e-3)
