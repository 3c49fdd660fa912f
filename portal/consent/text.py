"""The little markup of consent texts: paragraphs, "## " headings and "- " lists.

Plain text stays what is stored, hashed and signed; this only decides how it is laid out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Block:
    kind: Literal["heading", "list", "paragraph"]
    lines: tuple[str, ...]


def blocks(text: str) -> list[Block]:
    parts = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return [_block(part.splitlines()) for part in parts if part.strip()]


def _block(lines: list[str]) -> Block:
    if len(lines) == 1 and lines[0].startswith("## "):
        return Block("heading", (lines[0].removeprefix("## "),))
    if all(line.startswith("- ") for line in lines):
        return Block("list", tuple(line.removeprefix("- ") for line in lines))
    return Block("paragraph", tuple(lines))
