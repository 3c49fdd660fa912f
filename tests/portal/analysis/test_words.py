from __future__ import annotations

import pytest

from inference import results
from inference.photo import MESSAGES as READER_MESSAGES
from inference.quality.messages import CAUTIONS, REASONS
from portal.analysis import models, words
from portal.cases import intake
from portal.cases.models import View


def test_the_site_has_words_for_every_code_of_the_quality_check():
    assert words.REFUSALS.keys() == REASONS.keys()
    assert words.CAUTIONS.keys() == CAUTIONS.keys()


def test_the_site_has_words_for_every_file_the_models_cannot_open():
    assert READER_MESSAGES.keys() <= intake.MESSAGES.keys()


def test_the_english_words_are_those_of_the_models():
    assert {code: str(line) for code, line in words.FINDINGS.items()} == {**REASONS, **CAUTIONS}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (View, results.View),
        (models.LesionType, results.LesionType),
        (models.Region, results.Region),
    ],
)
def test_both_sides_of_the_seam_use_the_same_values(ours, theirs):
    assert list(ours.values) == [one.value for one in theirs]


def test_every_lesion_type_can_be_counted_in_words():
    assert [words.lesion_count(kind, 1) for kind in models.LesionType.values] == [
        f"1 {kind}" for kind in models.LesionType.values
    ]
    assert words.lesion_count("papule", 3) == "3 papules"


def test_a_finding_says_what_was_measured_against_which_limit():
    assert words.measured({"value": 1.712, "limit": 1.5}) == "measured 1.712, limit 1.5"
