"""Which of the face's skin something lies over."""

import pytest

from inference.face import FaceMap
from inference.quality import check
from inference.quality.degradations import fringed, masked
from inference.results import Region, Request
from inference.tracking.canonical import canonical

R = Region


def regions_of(face, triangles):
    """In which regions of the photo these triangles of the mesh have their middle."""
    where = FaceMap(face)
    corners = [
        [face.landmarks[vertex][:2] for vertex in canonical().triangles[number]]
        for number in triangles
        if max(canonical().triangles[number]) < 468  # not of the skirt, which is no landmark's
    ]
    middles = [tuple(sum(axis) / 3 for axis in zip(*three, strict=True)) for three in corners]
    return [where.region_of(one) for one in middles]


@pytest.mark.parametrize(
    ("cover", "share", "expected"),
    [(fringed, 0.9, {R.FOREHEAD}), (masked, 0.6, {R.CHIN, R.RIGHT_CHEEK, R.LEFT_CHEEK})],
)
def test_the_hidden_triangles_lie_where_hair_or_cloth_does(portraits, cover, share, expected):
    image, face = portraits["collins"]
    bare = check(image, Request())[1].hidden
    covered = check(cover(image, face, share), Request())[1].hidden
    regions = regions_of(face, set(covered) - set(bare))
    assert len(regions) > 30
    assert sum(one in expected for one in regions) > 0.95 * len(regions)
    assert set(regions) >= expected


@pytest.mark.parametrize("name", ["collins", "hopper"])
def test_hardly_any_triangle_of_a_bare_face_is_hidden(portraits, name):
    _, face = check(portraits[name][0], Request())
    areas = canonical().areas
    assert sum(areas[number] for number in face.hidden) < 0.08 * sum(areas)
