"""What differs between two versions of a text, word by word, as a patient would mark it."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.consent.models import ConsentText

# Chinese has no spaces: each character is a word of its own.
WORDS = re.compile(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+|\s+")
MARKS = re.compile(r"^(?:##|-)\s+")


class Piece(NamedTuple):
    """Some words that stayed (``same``), came (``new``) or went (``old``)."""

    kind: str
    words: str


def changed_paragraphs(before: ConsentText, after: ConsentText) -> list[list[Piece]]:
    """Only the paragraphs that differ, each with what stayed in it; in their order."""
    old, new = _paragraphs(before), _paragraphs(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        paragraph
        for tag, i, j, k, m in matcher.get_opcodes()
        if tag != "equal"
        for paragraph in _pairs(old[i:j], new[k:m])
    ]


def _paragraphs(text: ConsentText) -> list[str]:
    lines = f"{text.title}\n{text.summary}\n{text.body}".splitlines()
    return [MARKS.sub("", line).strip() for line in lines if line.strip()]


def _pairs(old: list[str], new: list[str]) -> Iterator[list[Piece]]:
    """Paragraphs that took each other's place; what is left on one side came or went whole."""
    shared = min(len(old), len(new))
    for before, after in zip(old[:shared], new[:shared], strict=True):
        yield words_changed(before, after)
    yield from ([Piece("old", gone)] for gone in old[shared:])
    yield from ([Piece("new", added)] for added in new[shared:])


def words_changed(before: str, after: str) -> list[Piece]:
    old, new = WORDS.findall(before), WORDS.findall(after)
    pieces = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(old[i:j])))
        else:
            pieces += [Piece("old", "".join(old[i:j])), Piece("new", "".join(new[k:m]))]
    return [piece for piece in pieces if piece.words]
