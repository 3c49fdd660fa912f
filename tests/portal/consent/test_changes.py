from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.consent.changes import changed_paragraphs, words_changed
from portal.consent.models import ConsentText

WRITTEN = st.text(alphabet="ab 照片,.", max_size=60)


def text(body: str, summary: str = "In short.") -> ConsentText:
    return ConsentText(title="Pictures", summary=summary, body=body)


@given(WRITTEN, WRITTEN)
def test_what_stayed_and_went_is_the_old_text_what_stayed_and_came_the_new(before, after):
    pieces = words_changed(before, after)

    assert "".join(piece.words for piece in pieces if piece.kind != "new") == before
    assert "".join(piece.words for piece in pieces if piece.kind != "old") == after


def test_a_changed_word_is_marked_and_its_neighbours_are_not():
    assert words_changed("kept for ten years", "kept for twelve years") == [
        ("same", "kept for "),
        ("old", "ten"),
        ("new", "twelve"),
        ("same", " years"),
    ]


def test_chinese_is_compared_by_character():
    assert ("new", "十") in words_changed("保存五年", "保存十年")


def test_only_paragraphs_that_differ_are_shown():
    before = text("## Kept\n\nFor ten years.\n\n- safely\n- here")
    after = text("## Kept\n\nFor twelve years.\n\n- safely\n- here")

    shown = changed_paragraphs(before, after)

    assert len(shown) == 1
    assert shown[0][0].words == "For "


@pytest.mark.parametrize(
    ("before", "after", "kind"), [("A.", "A.\n\nB.", "new"), ("A.\n\nB.", "A.", "old")]
)
def test_a_paragraph_that_came_or_went_is_marked_whole(before, after, kind):
    assert changed_paragraphs(text(before), text(after)) == [[(kind, "B.")]]
