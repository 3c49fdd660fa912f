from __future__ import annotations

import pytest
from django.urls import reverse

from portal.cases.checklist import checklist
from portal.cases.models import View
from tests import factories

pytestmark = pytest.mark.django_db


def shown(visit) -> list[str]:
    return [card.asked.view for card in checklist(visit).cards]


def test_a_photo_of_a_view_that_the_clinic_asks_for_no_more_is_still_shown(patient, visit):
    factories.photo(visit, View.LEFT)
    patient.clinic.views_asked = ["front"]
    patient.clinic.save()
    visit.refresh_from_db()

    assert shown(visit) == [View.FRONT, View.LEFT]


def test_a_question_about_a_card_that_is_gone_is_answered_with_nothing(client, patient, visit):
    photo = factories.photo(visit)
    photo.replaced_at = photo.uploaded_at
    photo.view = View.BACK
    photo.save()
    client.force_login(patient)

    status = client.get(reverse("cases:photo_status", args=[photo.public_id]))

    assert (status.status_code, status.content) == (204, b"")
