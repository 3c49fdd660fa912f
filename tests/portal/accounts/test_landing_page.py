from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find

from tests import factories

pytestmark = pytest.mark.django_db
LIGHT = 100_000


def test_the_landing_page_and_all_it_loads_stay_light(client):
    page = client.get("/").content
    loaded = set(re.findall(r'(?:src|href)="/static/([^"#]+)', page.decode()))
    files = {name: Path(find(name)).stat().st_size for name in loaded}
    assert {"css/tokens.css", "css/pages/home.css", "img/mark.svg"} <= files.keys()
    assert len(page) + sum(files.values()) < LIGHT


def test_registration_is_offered_only_where_a_clinic_takes_new_patients(client):
    factories.clinic()
    assert b"Register as a patient" not in client.get("/").content
    factories.clinic(open_registration=True)
    assert b"Register as a patient" in client.get("/").content


@pytest.mark.parametrize(
    ("choice", "media"),
    [
        ("dark", "screen"),
        ("light", "not all"),
        ("auto", "screen and (prefers-color-scheme: dark)"),
        ('"><script>', "screen and (prefers-color-scheme: dark)"),
    ],
)
def test_the_server_writes_the_page_in_the_chosen_scheme(client, choice, media):
    client.cookies["theme"] = choice
    page = client.get("/").content.decode()
    assert re.search(r'dark\.css"\s+media="([^"]*)"', page)[1] == media


def test_the_language_is_switched_without_a_script_and_leads_back(client):
    response = client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/accounts/login/"})
    assert response.url == "/accounts/login/"
    assert '<html lang="zh-hans">' in client.get(response.url).content.decode()
