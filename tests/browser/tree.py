"""A page as a screen reader gets it: the accessibility tree that Chromium itself hands out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

ONCE = ("banner", "main", "contentinfo")
CONTROLS = {
    "button",
    "checkbox",
    "combobox",
    "ComboboxSelect",
    "Date",
    "DisclosureTriangle",
    "link",
    "listbox",
    "menuitem",
    "progressbar",
    "radio",
    "searchbox",
    "slider",
    "spinbutton",
    "switch",
    "textbox",
}
TO_BE_NAMED = {*CONTROLS, "dialog", "group", "image", "navigation", "region"}


@dataclass(frozen=True)
class Node:
    role: str
    name: str
    properties: dict[str, Any]
    inside_main: bool
    is_named_by_summary: bool

    @property
    def level(self) -> int:
        return int(self.properties["level"])


def nodes(page: Page) -> list[Node]:
    """What is not ignored, in the order in which it is read out."""
    debugger = page.context.new_cdp_session(page)
    found = {one["nodeId"]: one for one in debugger.send("Accessibility.getFullAXTree")["nodes"]}
    debugger.detach()
    root = next(one for one in found.values() if "parentId" not in one)
    return _below(root, found, inside_main=False)


def _below(
    raw: dict[str, Any], found: dict[str, dict[str, Any]], *, inside_main: bool
) -> list[Node]:
    role = raw.get("role", {}).get("value", "")
    children = [found[child] for child in raw.get("childIds", ()) if child in found]
    is_inside = inside_main or role == "main"
    below = [node for child in children for node in _below(child, found, inside_main=is_inside)]
    if raw["ignored"]:
        return below
    properties = {one["name"]: one["value"].get("value") for one in raw.get("properties", ())}
    return [
        Node(
            role=role,
            name=raw.get("name", {}).get("value", "").strip(),
            properties=properties,
            inside_main=inside_main,
            is_named_by_summary=bool(below) and below[0].role == "DisclosureTriangle",
        ),
        *below,
    ]


def problems(page: Page) -> list[str]:
    """What would leave somebody who only hears the page without their bearings."""
    tree = nodes(page)
    return [*_of_landmarks(tree), *_of_headings(tree), *_of_names(tree)]


def _of_landmarks(tree: list[Node]) -> Iterator[str]:
    counted = Counter(node.role for node in tree)
    yield from (f"{counted[role]} of {role}" for role in ONCE if counted[role] != 1)
    alike = Counter((one.role, one.name) for one in tree if one.role in ("navigation", "region"))
    yield from (
        f"{count} landmarks are called {which}" for which, count in alike.items() if count > 1
    )


def _of_headings(tree: list[Node]) -> Iterator[str]:
    headings = [node for node in tree if node.role == "heading"]
    tops = [node.name for node in headings if node.level == 1]
    if len(tops) != 1:
        yield f"the page is headed {tops}"
    before = 0
    for node in headings:
        if not node.name:
            yield "a heading without words"
        if node.level > before + 1:
            yield f"“{node.name}” is of level {node.level} after one of {before}"
        before = node.level


def _of_names(tree: list[Node]) -> Iterator[str]:
    for node in tree:
        if node.role in TO_BE_NAMED and not node.name and not node.is_named_by_summary:
            yield f"a {node.role} without a name"
    ways = {(one.name, one.properties.get("url")) for one in tree if one.role == "link"}
    links = Counter(name for name, _address in ways)
    buttons = Counter(one.name for one in tree if one.role == "button" and one.inside_main)
    for kind, counted in (("link", links), ("button", buttons)):
        yield from (f"“{name}” names more than one {kind}" for name, n in counted.items() if n > 1)
