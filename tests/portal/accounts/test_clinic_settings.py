from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from portal.accounts.models import VIEWS, Clinic, validate_views
from portal.cases.models import View


def test_a_clinic_can_ask_for_every_view_there_is():
    assert list(VIEWS) == View.values


def test_a_clinic_asks_for_the_face_from_three_sides_unless_it_says_otherwise():
    assert Clinic().views_asked == ["front", "left", "right"]


@pytest.mark.parametrize(
    "views", [[], ["left"], ["front", "front"], ["front", "elbow"], "front", [["front"]], None]
)
def test_views_that_cannot_be_asked_for_are_refused(views):
    with pytest.raises(ValidationError):
        validate_views(views)


def test_chest_and_back_can_be_asked_for():
    validate_views(["front", "chest", "back"])


def test_urgent_advice_is_in_the_readers_language():
    clinic = Clinic(urgent_advice_en="Call us.", urgent_advice_zh="请致电。")
    with translation.override("zh-hans"):
        assert clinic.urgent_advice == "请致电。"
    with translation.override("en"):
        assert clinic.urgent_advice == "Call us."
