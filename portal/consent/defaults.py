"""The forms a new clinic starts with. Each clinic's lawyer may edit and publish their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from portal.consent.models import Language

if TYPE_CHECKING:
    from portal.consent.models import ConsentKind

TEXTS = Path(__file__).parent / "texts"


class Wording(NamedTuple):
    """The words of one form in one language."""

    title: str
    summary: str
    body: str
    changes: str = ""


def default_wordings(kind: ConsentKind) -> dict[Language, Wording]:
    return {language: _read(f"{kind}.{language}.md") for language in Language}


def _read(name: str) -> Wording:
    title, summary, body = (TEXTS / name).read_text(encoding="utf-8").split("\n---\n")
    return Wording(title.strip(), summary.strip(), body.strip())
