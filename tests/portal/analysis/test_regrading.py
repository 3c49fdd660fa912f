from __future__ import annotations

from types import SimpleNamespace

from inference.results import Lesion, LesionType, Region, lesion_json
from portal.analysis.regrading import regrade
from tests.inference.tracking.faces import SIZE, landmarks, posed

NOSE, CHIN = (600.0, 640.0), (600.0, 900.0)


def photo(view: str, yaw: float, places: dict[LesionType, tuple[float, float]]):
    """What a view at this yaw shows of lesions that stand at ``places`` from the front."""
    front, here = posed(), posed(yaw)
    width, height = SIZE
    reading = SimpleNamespace(
        photo=SimpleNamespace(view=view),
        result={"face": {"landmarks": landmarks(yaw)}, "width": width, "height": height},
        is_read=True,
        found=(),
    )
    documents = {}
    for kind, place in places.items():
        site = front.place(*place)
        assert site is not None
        x, y = here.show(site)
        found = Lesion(kind, 0.9, (x - 8, y - 8, 16.0, 16.0), Region.NOSE)
        documents[view, kind] = lesion_json(found)
    return reading, documents


def test_what_decides_is_left_out_of_every_view_that_shows_it():
    places = {LesionType.NODULE: NOSE, LesionType.PAPULE: CHIN}
    photos = [photo(view, yaw, places) for view, yaw in (("front", 0), ("left", 25))]

    regraded = regrade(photos, certain=True)

    assert regraded.grade.grade == "IV"
    assert {kind for _view, kind in regraded.deciding} == {LesionType.NODULE}
    assert len(regraded.counted) == len(places)
    assert regraded.without.grade == "II"
