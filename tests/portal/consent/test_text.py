from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portal.consent.defaults import default_wordings
from portal.consent.models import ConsentKind
from portal.consent.text import Block, blocks


def test_headings_lists_and_paragraphs_are_told_apart():
    text = "## Why\n\nOne line.\nAnother.\n\n- first\n- second"

    assert blocks(text) == [
        Block("heading", ("Why",)),
        Block("paragraph", ("One line.", "Another.")),
        Block("list", ("first", "second")),
    ]


@given(st.text(alphabet=st.sampled_from("ab#- \r\n皮"), max_size=60))
def test_no_word_is_lost_in_the_layout(text):
    laid_out = "".join(line for block in blocks(text) for line in block.lines)

    for word in ("a", "b", "皮"):
        assert laid_out.count(word) == text.count(word)


def test_both_languages_of_a_default_form_have_the_same_shape():
    for kind in ConsentKind:
        english, chinese = (
            [(block.kind, len(block.lines)) for block in blocks(wording.body)]
            for wording in default_wordings(kind).values()
        )
        assert english == chinese
