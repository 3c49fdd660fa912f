"""The picture check on skin of every tone without a face."""

import pytest

from inference.quality.tones import codes_by_tone

pytestmark = pytest.mark.data

MOST_REFUSED = 0.05


@pytest.mark.slow
def test_hardly_any_close_view_of_skin_is_refused_as_a_chest_in_any_tone(data):
    judged = codes_by_tone(data)
    refused = {tone: [one for one in codes if one] for tone, codes in judged.items()}
    everyone = sum(map(len, judged.values()))
    assert everyone > 300
    assert sum(map(len, refused.values())) <= MOST_REFUSED * everyone, refused
