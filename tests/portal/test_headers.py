"""What the browser is told, and how private files leave."""

from __future__ import annotations

import re
from wsgiref.headers import Headers as FileHeaders

import pytest
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import mark_safe

from portal.headers import bind_script
from tests import factories
from tests.portal.conftest import content

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client):
    person = factories.consenting_patient(factories.clinic())
    client.force_login(person)
    return person


def policy(response) -> dict[str, str]:
    parts = [part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";")]
    return {name: values for name, _space, values in parts}


def test_no_page_runs_what_it_was_not_sent_with(client):
    """Every page of the site is held to it by the table of roles."""
    first, second = (policy(client.get(reverse("home"))) for _time in range(2))

    assert re.fullmatch(r"'nonce-[\w+/]{22}==' 'strict-dynamic' 'self'", first["script-src"])
    assert first["script-src"] != second["script-src"]
    assert first["style-src"] == first["worker-src"] == "'self'"
    for closed in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        assert first[closed] == "'none'"


def test_what_is_filled_into_a_page_gets_no_nonce(rf):
    """Only what stands in a template is named: the name is there before anything is filled in."""
    request = rf.get("/")
    request.csp_nonce = "of-this-answer"
    smuggled = {"messages": [mark_safe("<script src='/static/js/print.js'></script>")]}

    page = render_to_string("components/messages.html", smuggled, request)

    assert "<script src='/static/js/print.js'>" in page
    assert "of-this-answer" not in page


def test_the_pages_ask_before_text_becomes_markup(client):
    assert "require-trusted-types-for 'script'" in client.get(reverse("home")).content.decode()


def test_the_camera_is_open_on_the_cameras_page_alone(client, signed_in):
    visit = factories.visit(signed_in)

    camera = client.get(reverse("cases:capture", args=[visit.public_id]))["Permissions-Policy"]
    others = client.get(reverse("cases:home"))["Permissions-Policy"]

    assert camera.startswith("camera=(self)")
    assert others.startswith("camera=()")
    for header in (camera, others):
        assert "microphone=()" in header
        assert "geolocation=()" in header


def test_no_other_site_holds_or_embeds_a_page(client):
    response = client.get(reverse("home"))

    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"


def test_a_thread_apart_is_bound_by_the_policy_of_its_own_file(client):
    judge = policy(client.head(static("js/capture/worker.js")))
    other = policy(client.head(static("js/capture/main.js")))

    assert judge["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert judge["connect-src"] == "'self'"
    assert judge["default-src"] == "'none'"
    assert other == {"default-src": "'none'"}


def test_it_is_known_by_its_name_in_production_too():
    headers = FileHeaders()
    bind_script(headers, "", "/static/js/capture/worker.0123456789ab.js")
    assert "wasm-unsafe-eval" in headers["Content-Security-Policy"]


def test_an_apps_answers_are_kept_nowhere(client, signed_in):
    client.logout()
    body = {"email": signed_in.email, "password": factories.PASSWORD, "device": "A phone"}
    made = client.post(reverse("api:sign_in"), body, content_type="application/json")
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    answers = [
        made,
        client.get(reverse("api:me"), headers=headers),
        client.get(reverse("api:visits"), headers=headers),
        client.get(reverse("api:me")),
    ]

    assert [one.status_code for one in answers] == [201, 200, 200, 401]
    assert {one["Cache-Control"] for one in answers} == {"private, no-store"}


def test_what_one_person_saw_is_kept_nowhere_and_what_all_see_may_be(client, signed_in):
    assert "no-store" in client.get(reverse("cases:home"))["Cache-Control"]
    assert "no-store" in client.get(reverse("consent:list"))["Cache-Control"]
    assert "public" in client.get(reverse("offline"))["Cache-Control"]


# --- Private files --------------------------------------------------------------------------------


@pytest.fixture
def photo(signed_in):
    sent = factories.photo(factories.visit(signed_in))
    factories.read(sent)
    sent.refresh_from_db()
    return sent


def picture(client, photo, **more):
    return client.get(reverse("cases:photo_image", args=[photo.public_id]), more)


def test_the_site_sends_private_files_itself_unless_told_otherwise(client, photo):
    response = picture(client, photo)

    assert b"".join(response.streaming_content) == content(photo.display)
    assert "X-Accel-Redirect" not in response


def test_the_proxy_is_told_the_file_and_the_answer_is_empty(client, photo, settings):
    settings.X_ACCEL_PREFIX = "/protected/"

    response = picture(client, photo)

    assert response["X-Accel-Redirect"] == f"/protected/files/{photo.display.name}"
    assert response.content == b""
    assert response["Content-Type"] == "image/jpeg"
    assert "no-store" in response["Cache-Control"]


def test_who_may_not_see_a_file_is_told_no_name_of_it(client, photo, settings):
    settings.X_ACCEL_PREFIX = "/protected/"
    client.force_login(factories.consenting_patient(factories.clinic()))

    response = picture(client, photo)

    assert response.status_code == 404
    assert "X-Accel-Redirect" not in response


def test_what_was_made_for_this_answer_is_sent_by_the_site(client, photo, settings):
    settings.X_ACCEL_PREFIX = "/protected/"

    response = picture(client, photo, size="small")

    if "X-Accel-Redirect" not in response:
        assert b"".join(response.streaming_content).startswith(b"\xff\xd8\xff")


# --- security.txt ---------------------------------------------------------------------------------


def test_whom_to_tell_of_a_weakness(client, settings):
    settings.SECURITY_CONTACT = "mailto:security@clinic.example"
    settings.SITE_URL = "https://clinic.example"

    words = client.get("/.well-known/security.txt").content.decode()

    assert "Contact: mailto:security@clinic.example\n" in words
    assert "Canonical: https://clinic.example/.well-known/security.txt\n" in words
    assert re.search(r"^Expires: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", words, re.MULTILINE)
