"""Where on the canonical face a point of a photo lies, and which parts a photo shows."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.tracking.canonical import FACE_WIDTH_MM, canonical
from inference.tracking.posed import Site, seen_share
from tests.inference.tracking.faces import SIZE, landmarks, posed

front, left, right = posed(), posed(30), posed(-30)
triangles = st.integers(0, len(canonical().triangles) - 1)


@st.composite
def sites(draw):
    a, b, c = (draw(st.floats(0.05, 1.0)) for _ in range(3))
    weights = (a / (a + b + c), b / (a + b + c), c / (a + b + c))
    triangle = draw(triangles)
    (point,) = canonical().points(np.array([triangle]), np.array([weights])).tolist()
    return Site(triangle, weights, tuple(point))


def test_the_canonical_face_is_whole_and_measured():
    face = canonical()
    assert len(face.vertices) == 468 + len(face.rim)
    assert len(face.triangles) == 852 + 2 * len(face.rim)
    assert math.dist(face.vertices[234], face.vertices[454]) == pytest.approx(
        FACE_WIDTH_MM, abs=0.1
    )
    assert face.vertices[33][0] == pytest.approx(-face.vertices[263][0])
    uses = {}
    for a, b, c in face.triangles:
        for edge in ((a, b), (b, c), (c, a)):
            assert edge not in uses, "two triangles lie on one side of an edge"
            uses[edge] = True


@settings(deadline=None)
@given(sites(), st.sampled_from([front, left, right]))
def test_a_place_that_is_seen_is_found_again_from_its_pixel(site, face):
    if not face.sees(site) or face.facing[site.triangle] < 0.35:
        return
    found = face.place(*face.show(site))
    assert found is not None
    # Behind the skirt's folds a neighbour may lie over it.
    assert math.dist(found.point, site.point) < 12
    assert math.dist(face.show(found), face.show(site)) < 1e-6


@settings(deadline=None)
@given(sites())
def test_one_place_is_the_same_from_two_sides(site):
    if site.triangle >= 852 or not (front.sees(site) and left.sees(site)):
        return
    a, b = front.place(*front.show(site)), left.place(*left.show(site))
    assert a is not None
    assert b is not None
    assert math.dist(a.point, b.point) < 1.0


def test_a_turned_head_hides_its_far_cheek_and_shows_its_near_one():
    far, near = canonical().vertices[234], canonical().vertices[454]
    sites_ = [front.place(600 + 4 * x * 0.9, 650) for x in (far[0], near[0])]
    assert [left.sees(one) for one in sites_ if one] == [False, True]
    assert [right.sees(one) for one in sites_ if one] == [True, False]
    assert seen_share([left]) < seen_share([front]) < seen_share([front, left, right]) <= 1


def test_what_the_pictures_edge_cuts_off_is_not_seen():
    cut = posed(shift=(60.0, 650.0))
    far = front.place(600 - 4 * 60, 650)
    assert far is not None
    assert front.sees(far)
    assert not cut.sees(far)


def test_a_point_off_the_face_has_no_place():
    assert front.place(5, 5) is None
    assert front.place(*SIZE) is None


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.sampled_from([front, left, right]))
def test_many_points_are_placed_where_every_triangle_that_faces_the_camera_puts_them(seed, face):
    points = np.random.default_rng(seed).uniform((200, 200), (1000, 1100), (40, 2)).tolist()
    found = face.places([tuple(point) for point in points])
    for point, site in zip(points, found, strict=True):
        away = reached(face, np.array(point))
        if away.min() > 10 * face.px_per_mm:
            assert site is None
            continue
        assert math.dist(face.show(site), point) == pytest.approx(away.min(), abs=1e-6)
        assert away[site.triangle] == pytest.approx(away.min(), abs=1e-6)


def reached(face, point):
    """How far, in pixels, every triangle that faces the camera is from a point; 0 holds it."""
    corners = face._corners[:, :, :2]
    along, place = np.roll(corners, -1, axis=1) - corners, point - corners
    turns = along[..., 0] * place[..., 1] - along[..., 1] * place[..., 0]
    shares = ((along * place).sum(axis=2) / (along**2).sum(axis=2)).clip(0, 1)
    off = np.linalg.norm(place - along * shares[..., None], axis=2).min(axis=1)
    away = np.where((turns >= 0).all(axis=1), 0.0, off)
    return np.where(face.facing > 0, away, math.inf)


def test_a_mesh_without_extent_shows_nothing():
    flat = type(front)([(600.0, 600.0, 0.0)] * 468, *SIZE)
    assert flat.places([(600.0, 600.0), (5.0, 5.0)]) == [None, None]
    assert seen_share([flat]) == 0


def test_another_mesh_is_refused():
    with pytest.raises(ValueError, match="at least 468"):
        type(front)(landmarks()[:100], *SIZE)


def test_all_but_matching_needs_numpy_only():
    script = (
        "import sys; before = set(sys.modules);"
        "import inference.tracking.amounts, inference.tracking.drawing;"
        "from inference.tracking.canonical import canonical; canonical();"
        "known = set(sys.stdlib_module_names) | {'inference'};"
        "new = [n for n in set(sys.modules) - before if getattr(sys.modules[n], '__file__', '')];"
        "print(sorted({n.partition('.')[0] for n in new} - known))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['numpy']"
