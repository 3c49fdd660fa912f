from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.reports.models import Addendum
from portal.reports.selectors import is_intact
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor(patient):
    return factories.doctor(patient.clinic)


@pytest.fixture
def report(patient, doctor):
    return factories.report(patient, by=doctor)


def test_an_addendum_stands_below_a_report_that_stays_as_it_was(client, report, doctor, patient):
    client.force_login(doctor)
    client.post(reverse("reports:addendum", args=[report.public_id]), {"words": "Use less gel."})

    client.force_login(patient)
    page = client.get(reverse("reports:report", args=[report.public_id])).content.decode()
    assert "Use less gel." in page
    assert f"Added by {doctor}" in page
    assert "Add to this report" not in page
    report.refresh_from_db()
    assert is_intact(report)
    assert client.get(reverse("reports:pdf", args=[report.public_id])).status_code == 200


def test_whoever_adds_shows_who_they_are_where_the_clinic_wants_it(client, report, doctor):
    factories.set_rules(doctor.clinic, sign_with_password=True)
    client.force_login(doctor)

    page = reverse("reports:addendum", args=[report.public_id])
    asked = client.post(page, {"words": "Use less gel."})
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert not Addendum.objects.exists()

    client.post(asked.url, {"password": factories.PASSWORD})
    assert Addendum.objects.get().words == "Use less gel."


def test_an_empty_addendum_says_what_to_do(client, report, doctor):
    client.force_login(doctor)
    response = client.post(reverse("reports:addendum", args=[report.public_id]), {"words": " "})

    assert response.status_code == 422
    assert "Write what you want to add." in response.content.decode()


def test_the_database_refuses_to_change_an_addendum(client, report, doctor):
    client.force_login(doctor)
    client.post(reverse("reports:addendum", args=[report.public_id]), {"words": "Use less gel."})

    with pytest.raises(IntegrityError), transaction.atomic():
        Addendum.objects.update(words="Use more gel.")
