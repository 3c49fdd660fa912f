from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils import translation

from portal.accounts.models import VIEWS, Clinic, validate_views
from portal.cases.models import View
from tests import factories


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


MIGRATION = import_module("portal.accounts.migrations.0011_far_cheek")
TURN = {"refuse_front_turn_above": 30, "caution_front_turn_above": 20}
UNEVEN = {"caution_unevenness_above": 2.2}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("limits", "left"),
    [
        ({"refuse_light_below": 0.3, **TURN}, {"refuse_light_below": 0.3}),
        (UNEVEN, {**UNEVEN, "refuse_unevenness_above": 2.5}),
        ({**UNEVEN, "refuse_unevenness_above": 3}, {**UNEVEN, "refuse_unevenness_above": 3}),
        ({}, {}),
    ],
    ids=["in degrees", "a late caution", "its own refusal", "none"],
)
def test_a_clinics_own_limits_stay_as_far_as_they_say_anything(limits, left):
    at = with_limits(limits)
    MIGRATION.take_over(apps, None)
    at.refresh_from_db()
    assert at.quality_limits == left
    at.full_clean()


@pytest.mark.django_db
def test_what_the_earlier_version_does_not_know_is_not_left_to_it():
    at = with_limits({"refuse_far_cheek_below": 0.1, "refuse_light_below": 0.3})
    MIGRATION.give_back(apps, None)
    at.refresh_from_db()
    assert at.quality_limits == {"refuse_light_below": 0.3}


def with_limits(limits):
    at = factories.clinic()
    Clinic.objects.filter(pk=at.pk).update(quality_limits=limits)
    return at
