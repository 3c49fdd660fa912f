"""Every word of the site is there in Chinese too, with the same gaps to fill."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation.template import templatize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog, Message

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
SINGULAR = ("_", "gettext", "gettext_lazy", "gettext_noop")
PLURAL = ("ngettext", "ngettext_lazy")
WITH_CONTEXT = ("pgettext", "pgettext_lazy")
PLURAL_WITH_CONTEXT = ("npgettext", "npgettext_lazy")
KEYWORDS = (*SINGULAR, *PLURAL, *WITH_CONTEXT, *PLURAL_WITH_CONTEXT)
GAP = re.compile(r"%(?:\(\w+\))?[sd]|%%|\{\w*\}|</?\w+>")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def translations(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def words_of(source: str) -> Iterator[str]:
    """What the calls of gettext in Python code ask for; with a context, both joined."""
    for _, function, arguments, _ in extract_python(
        BytesIO(source.encode()), dict.fromkeys(KEYWORDS), [], {"encoding": "utf-8"}
    ):
        texts = [arguments] if isinstance(arguments, str) else arguments  # type: ignore[unreachable]
        with_context = function in (*WITH_CONTEXT, *PLURAL_WITH_CONTEXT)
        if texts[0]:  # a call with a variable has no words of its own
            yield "|".join(texts[:2]) if with_context else texts[0]


def asked_for() -> set[str]:
    python = [path.read_text() for path in (ROOT / "portal").rglob("*.py")]
    # Django turns a template into calls between rows of X; to Python the indents mean nothing.
    pages = [
        re.sub(r"^[ \t]+", "", templatize(path.read_text(), origin=str(path)), flags=re.MULTILINE)
        for path in (ROOT / "templates").rglob("*")
        if path.suffix in {".html", ".txt"}
    ]
    return {words for source in (*python, *pages) for words in words_of(source)}


def test_the_catalogue_holds_exactly_the_words_that_the_site_uses(catalogue):
    held = {
        f"{message.context}|{singular(message)}" if message.context else singular(message)
        for message in messages(catalogue)
    }
    asked = asked_for()
    assert sorted(asked - held) == [], "not in the catalogue: run `make messages` and translate"
    assert sorted(held - asked) == [], "no longer used: run `make messages`"


def test_nothing_is_left_untranslated_or_unsure(catalogue):
    assert [m.id for m in messages(catalogue) if not all(translations(m)) or m.fuzzy] == []


def test_every_translation_has_the_gaps_of_its_source(catalogue):
    for message in messages(catalogue):
        fullest = message.id if isinstance(message.id, str) else message.id[1]
        for translated in translations(message):
            assert sorted(GAP.findall(translated)) == sorted(GAP.findall(fullest)), fullest


def test_the_site_finds_its_chinese_words():
    with translation.override("zh-hans"):
        assert translation.gettext("comedone") == "粉刺"
        assert translation.ngettext("%(count)d papule", "%(count)d papules", 3) % {"count": 3} == (
            "3 个丘疹"
        )
