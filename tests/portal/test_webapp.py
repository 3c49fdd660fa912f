from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from portal import webapp


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_phone_can_keep_the_site_in_the_readers_language(client, language):
    answer = client.get(reverse("manifest", args=[language]))
    told = answer.json()

    assert answer["Content-Type"] == "application/manifest+json"
    assert (told["lang"], told["start_url"], told["display"]) == (language, "/", "standalone")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in told["icons"]}
    assert any(icon["purpose"] == "maskable" for icon in told["icons"])
    for icon in told["icons"]:
        assert finders.find(icon["src"].removeprefix("/static/"))


def test_its_name_differs_by_language(client):
    names = {
        client.get(reverse("manifest", args=[one])).json()["name"] for one in ("en", "zh-hans")
    }

    assert len(names) == 2


def test_a_language_that_the_site_does_not_speak_has_none(client):
    assert client.get(reverse("manifest", args=["fr"])).status_code == 404


@pytest.mark.django_db
def test_every_page_points_at_the_one_in_its_language(client):
    client.cookies["django_language"] = "zh-hans"

    assert '/app-zh-hans.webmanifest"' in client.get("/accounts/login/").content.decode()


# --- Without a connection ------------------------------------------------------------------------


def test_the_worker_keeps_only_what_is_the_same_for_everybody(client):
    answer = client.get("/service-worker.js")
    listed = re.findall(r'"(/[^"]+)"', answer.content.decode().replace("\\u002D", "-"))

    assert answer["Content-Type"] == "text/javascript"
    assert "no-cache" in answer["Cache-Control"]
    assert listed[0] == reverse("offline")
    assert len(listed) > 1
    for address in listed[1:]:
        assert finders.find(address.removeprefix("/static/")), address


def test_the_page_without_a_connection_speaks_every_language_and_knows_nobody(client):
    answer = client.get("/offline/")
    page = answer.content.decode()

    assert "No connection" in page
    assert "没有网络连接" in page
    assert answer.cookies == {}
    assert "csrf" not in page
    for name in re.findall(r'href="/static/([^"]+)"', page):
        assert name in webapp.KEPT
