from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from inference.quality.messages import MESSAGES
from portal.accounts.models import Clinic
from portal.analysis.standard import picture_standard, validate_quality_limits


def test_a_clinics_own_limits_are_in_the_standard_it_hands_out():
    standard = picture_standard({"refuse_brightness_below": 0.25})
    limits = {row["name"]: row["limit"] for row in standard["criteria"]}
    assert limits["refuse_brightness_below"] == 0.25
    assert standard["words"].keys() == MESSAGES.keys()
    assert json.loads(json.dumps(standard)) == standard


def test_the_standard_speaks_the_readers_language():
    with translation.override("zh-hans"):
        assert "口罩" in picture_standard({})["words"]["covered"]


@pytest.mark.parametrize("limits", [{}, {"refuse_hue_above": 100}, {"caution_roll_above": 12.5}])
def test_limits_that_can_be_used_pass(limits):
    validate_quality_limits(limits)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"sharpnes": 1}, "Unknown quality limit: sharpnes."),
        ({"refuse_hue_above": "x"}, "The quality limit refuse_hue_above must be a number."),
        (
            {"refuse_brightness_below": 20},
            "The quality limit refuse_brightness_below must lie between 0 and 1.",
        ),
        ([1], "Give the quality limits as names with numbers."),
    ],
)
def test_a_wrong_limit_is_refused_with_what_is_wrong(limits, sentence):
    with pytest.raises(ValidationError) as refused:
        validate_quality_limits(limits)
    assert refused.value.messages == [sentence]


def test_every_wrong_limit_is_named_at_once():
    with pytest.raises(ValidationError) as refused:
        validate_quality_limits({"a": 1, "refuse_hue_above": True})
    assert len(refused.value.messages) == 2


def test_a_clinic_cannot_be_kept_with_limits_that_no_photo_could_be_judged_by(db):
    clinic = Clinic(name="Harbour", slug="harbour", quality_limits={"refuse_everything": 1})
    with pytest.raises(ValidationError, match="Unknown quality limit"):
        clinic.full_clean()
