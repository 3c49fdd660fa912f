"""Side views of the face, where MediaPipe's hand finder sees hands that are none."""

import pytest

from inference.face import find_faces
from inference.photo import read_photo
from inference.quality.hands import CLOSE, find_hands, hands_at

pytestmark = pytest.mark.data


@pytest.mark.parametrize("name", ["117", "282", "343"])
def test_a_cheek_seen_from_the_side_is_not_taken_for_a_hand(data, name):
    image = read_photo(data / f"faces/val/acne04_g0_{name}.jpg")
    face = find_faces(image)[0]
    assert hands_at(image, face, CLOSE), "this picture shows nothing any more"
    assert find_hands(image, face) == []
