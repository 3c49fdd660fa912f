from __future__ import annotations

import logging
import re
from io import StringIO

import pytest
from django.db import connection
from django.test import Client

from portal.errors import LineFormatter
from tests.portal.errors.urls import SECRET

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(settings):
    settings.ROOT_URLCONF = "tests.portal.errors.urls"
    return Client(raise_request_exception=False)


@pytest.fixture
def log(settings):
    """What the site's own handler writes, formatted as the site formats it."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter(settings.LOGGING["formatters"]["line"]["format"]))
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


@pytest.mark.parametrize(
    ("address", "status", "heading"),
    [
        ("/nowhere/", 404, "Page not found"),
        ("/forbidden/", 403, "This page is not for your account"),
        ("/bad/", 400, "We could not understand that"),
        ("/suspicious/", 400, "We could not understand that"),
        ("/large/", 413, "That was too large"),
        ("/broken/", 500, "Something went wrong"),
        ("/i18n/setlang/", 405, "Page not found"),
    ],
)
def test_every_error_has_a_page_in_our_look_that_says_what_to_do(client, address, status, heading):
    response = client.get(address)
    page = response.content.decode()

    assert response.status_code == status
    assert f"<h1>{heading}</h1>" in page
    assert "css/tokens.css" in page
    assert "To the start page" in page
    assert SECRET not in page
    assert "Content-Security-Policy" in response.headers


def test_errors_are_told_in_the_readers_language(client, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    assert '<html lang="zh-hans">' in client.get("/nowhere/").content.decode()
    assert '<html lang="zh-hans">' in client.get("/broken/").content.decode()


def test_the_id_on_the_page_leads_to_the_trace_in_the_log(client, log):
    page = client.get("/broken/").content.decode()
    error_id = re.search(r"<code>([0-9a-f]{8})</code>", page)[1]

    lines = log.getvalue()
    assert f"ERROR portal.errors error {error_id}" in lines
    assert "in broken" in lines
    assert "RuntimeError" in lines
    assert "KeyError" in lines


def test_the_log_keeps_no_words_of_the_exception_and_says_it_once(client, log):
    client.get("/broken/")
    assert SECRET not in log.getvalue()
    assert log.getvalue().count("ERROR") == 1


def test_each_error_gets_an_id_of_its_own(client):
    pages = [client.get("/broken/").content.decode() for _ in range(2)]
    assert len({re.search(r"<code>([0-9a-f]{8})</code>", page)[1] for page in pages}) == 2


def test_the_page_of_a_broken_site_needs_no_database(client):
    def refuse(execute, sql, params, many, context):
        raise ConnectionError(sql)

    with connection.execute_wrapper(refuse):
        response = client.get("/broken/")
    assert response.status_code == 500
    assert b"Something went wrong" in response.content


def test_a_form_without_its_token_is_explained(settings):
    settings.ROOT_URLCONF = "tests.portal.errors.urls"
    response = Client(enforce_csrf_checks=True).post("/form/", {"name": SECRET})

    assert response.status_code == 403
    assert "<h1>Please send that again</h1>" in response.content.decode()
    assert SECRET not in response.content.decode()


def test_a_wrong_host_gets_the_page_and_no_address_of_it(client, settings):
    settings.ALLOWED_HOSTS = ["portal.example.org"]
    response = client.get("/", headers={"host": "evil.example.com"})

    assert response.status_code == 400
    assert "evil.example.com" not in response.content.decode()
