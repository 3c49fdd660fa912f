"""Messages by the API: both ways, and what is read."""

from __future__ import annotations

import uuid

import pytest

from portal.messages.models import Message
from tests import factories
from tests.portal.api.apps import jpeg

pytestmark = pytest.mark.django_db


def test_messages_go_both_ways(app, desk):
    key = str(uuid.uuid4())
    for _ in range(2):
        sent = app.form("messages/", key=key, text="May I swim?", pictures=[jpeg()])
        assert sent.status_code == 201
    assert len(sent.json()["pictures"]) == 1

    thread = desk.get("threads/").json()["results"][0]
    assert thread["unread"] == 1
    address = f"threads/{thread['case']}/"
    assert [one["text"] for one in desk.get(address).json()] == ["May I swim?"]
    desk.form(address, key=str(uuid.uuid4()), text="Yes, and shower after.")

    assert app.get("me/").json()["unread_messages"] == 1
    assert [one["from_clinic"] for one in app.get("messages/").json()] == [False, True]


def test_an_empty_message_is_refused(app):
    refused = app.form("messages/", key=str(uuid.uuid4()), text=" \n")

    assert (refused.status_code, refused.json()["code"]) == (409, "empty")


def test_looking_marks_nothing_and_reading_marks_until_where_one_read(app, desk, patient):
    case = factories.letter(patient).case.public_id
    for text in ("First.", "Second.", "Third."):
        desk.form(f"threads/{case}/", key=str(uuid.uuid4()), text=text)
    letters = app.get("messages/").json()
    assert [one["is_unread"] for one in letters] == [False, True, True, True]
    assert desk.get(f"threads/{case}/").json()[0]["is_unread"]

    left = app.post("messages/reading/", {"up_to": letters[2]["id"]})

    assert left.json() == {"unread": 1}
    assert [one["is_unread"] for one in app.get("messages/").json()] == [False, False, False, True]
    assert app.get("me/").json()["unread_messages"] == 1
    assert Message.objects.filter(from_clinic=False).unread().count() == 1
    read = desk.post(f"threads/{case}/reading/", {"up_to": letters[0]["id"]})
    assert read.json() == {"unread": 0}


def test_somebody_elses_letter_marks_nothing(app, clinic):
    other = factories.letter(factories.consenting_patient(clinic))

    assert app.post("messages/reading/", {"up_to": str(other.public_id)}).status_code == 404
