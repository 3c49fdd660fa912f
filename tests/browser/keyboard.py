"""Somebody without a mouse: every place is reached by Tab, is seen when it has the focus, and is
worked by the keys that a person would press.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Locator, Page

MOST_STOPS = 80

# The focus is on a control that can be seen: drawn, within the screen and under nothing else.
SEEN = """element => {
  const held = element.closest("label") ?? element;
  const { left, top, right, bottom } = held.getBoundingClientRect();
  const x = (Math.max(left, 0) + Math.min(right, innerWidth)) / 2;
  const y = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2;
  const there = document.elementFromPoint(x, y);
  const drawn = [element, held].map((one) => getComputedStyle(one));
  return Boolean(there && (held.contains(there) || there.contains(held)))
    && drawn.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
}"""
HAS_FOCUS = "element => element === document.activeElement"


class Keyboard:
    def __init__(self, page: Page) -> None:
        self.page = page
        # The dialog is caught only while somebody listens, and a key may be faster than that.
        page.on("filechooser", lambda _chooser: None)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def reach(self, target: Locator) -> None:
        """Go there by Tab from where the page is."""
        found = target.element_handle()  # looked up once: to find by role and name takes long
        for _ in range(MOST_STOPS):
            if not found.evaluate("element => element.isConnected"):  # the page replaced a part
                found = target.element_handle()
            if found.evaluate(HAS_FOCUS):
                assert found.evaluate(SEEN), f"{target} has the focus and does not show it"
                return
            self.press("Tab")
        raise AssertionError(f"no key leads to {target} on {self.page.url}")

    def type(self, target: Locator, words: str) -> None:
        self.reach(target)
        self.page.keyboard.type(words)

    def take(self, choice: Locator, *, first: Locator) -> None:
        """One of a group of choices: Tab leads to the group's first, arrows from there."""
        self.reach(first)
        self.press("Space")
        for _ in range(MOST_STOPS):
            if choice.is_checked():
                return
            self.press("ArrowDown")
        raise AssertionError(f"no arrow leads to {choice}")

    def follow(self, way: Locator) -> None:
        """To another page, by a link or a button."""
        self.reach(way)
        with self.page.expect_navigation():
            self.press("Enter")

    def choose(self, picker: Locator, files: FilePayload | list[FilePayload]) -> None:
        """Open the dialog for files, which is the system's own, and choose there."""
        self.reach(picker)
        with self.page.expect_file_chooser() as opened:
            self.press("Enter")
        opened.value.set_files(files)
