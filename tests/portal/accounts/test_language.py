from __future__ import annotations

import pytest
from django.urls import reverse

from portal.accounts.models import User
from tests import factories
from tests.portal.accounts.test_registration import register

pytestmark = pytest.mark.django_db

SWITCH = {"language": "zh-hans", "next": "/accounts/login/"}


def test_a_visitor_switches_the_language_and_stays_on_the_page(client):
    response = client.post(reverse("set_language"), SWITCH)

    assert response.url == "/accounts/login/"
    assert 'lang="zh-hans"' in client.get("/accounts/login/").content.decode()


def test_the_switch_is_kept_for_the_mails_to_who_is_signed_in(client):
    patient = factories.patient(factories.clinic())
    client.force_login(patient)

    client.post(reverse("set_language"), SWITCH)
    client.post(reverse("set_language"), {"language": "klingon"})

    patient.refresh_from_db()
    assert patient.language == "zh-hans"


def test_who_registers_in_chinese_gets_mails_in_chinese(client):
    factories.clinic(open_registration=True)
    client.post(reverse("set_language"), SWITCH)

    register(client)

    assert User.objects.get().language == "zh-hans"
