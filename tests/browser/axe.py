"""axe-core on a page as it stands: what a screen reader or a weak eye would trip over."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# A colour that is on its way from the light scheme to the dark is neither scheme's. What is asked
# of the page begins with its next frame, and what a parent ends, its children may begin.
SETTLED = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const moving = () => document.getAnimations()
        .filter((one) => one.playState === "running")
        .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime));
    do {
        await Promise.allSettled(moving().map((one) => one.finished));
        await frame();
        await frame();
    } while (moving().length);
}"""


@cache
def _source() -> str:
    modules = os.environ.get("CLEARGRADE_NODE_MODULES", "node_modules")
    return (Path(modules) / "axe-core" / "axe.min.js").read_text()


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds; it comes in through the debugger, which the page's CSP does not concern."""
    page.evaluate(_source())
    page.evaluate(SETTLED)
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return list(found["violations"])


def assert_accessible(page: Page) -> None:
    found = violations(page)
    assert not found, f"{page.url}\n" + "\n".join(_told(one) for one in found)


def _told(violation: dict[str, Any]) -> str:
    places = [
        f"    {' '.join(map(str, node['target']))}\n      {_indented(node['failureSummary'])}"
        for node in violation["nodes"]
    ]
    return "\n".join([f"  {violation['id']} ({violation['impact']}): {violation['help']}", *places])


def _indented(summary: str) -> str:
    return summary.replace("\n", "\n      ")
