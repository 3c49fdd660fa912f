"""How long a frame takes in the doctor's workstation, with many findings and with none.

    python -m scripts.measure_frames

The page's own modules draw a photo of 12 megapixels while it is panned and zoomed by a script, in
Chromium: once with 300 findings, once with none, in turns, so that what else the machine does
falls on both. It prints the time of a frame for each (the work of drawing it, and from one frame
to the next) and their ratio.
"""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import tempfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from PIL import Image

from scripts.browsing import ROOT, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTH, HEIGHT = 3000, 4000
FINDINGS = 300
TURNS = 5
FRAMES = 120
TYPES = ("comedone", "papule", "pustule", "nodule", "cyst", "scar")
PAGE = """<!doctype html><html lang="en"><link rel="stylesheet" href="/static/css/tokens.css">
<link rel="stylesheet" href="/static/css/pages/workstation.css">
<script src="/static/vendor/openseadragon/openseadragon.min.js"></script>
<div class="panes" style="width:1000px;height:760px">
<div class="pane" id="pane" style="height:100%"><div class="pane__photo" data-photo></div></div>
</div>"""
OPEN = """async ([width, height]) => {
  const { Pane } = await import("/static/js/workstation/pane.js");
  const nothing = () => false;
  const handlers = Object.fromEntries(
    ["onMove", "onPress", "onDrag", "onRelease", "onClick", "onHover"].map((on) => [on, nothing]));
  const levels = [4, 2, 1].map(
    (by) => ({ url: `/photo-${by}.jpg`, width: width / by, height: height / by }));
  const photo = { levels, width, height };
  window.pane = new Pane(document.getElementById("pane"), photo, handlers);
  await window.pane.opened;
}"""
# The work of a frame is what OpenSeadragon's own update takes, which draws photo and findings;
# a pixel is read back, so that what the canvases have put off is paid for within it.
MEASURE = """async ([lesions, frames]) => {
  const { pane } = window;
  const { viewport, viewer } = pane;
  pane.overlay.set({ lesions });
  pane.fit();
  await new Promise((resolve) => setTimeout(resolve, 800));
  pane.moving = true;  // as the page has it from the first to the last frame of a movement
  const canvases = [viewer.drawer.canvas, pane.overlay.canvas].map((one) => one.getContext("2d"));
  const work = [], apart = [];
  let before = performance.now();
  for (let frame = 0; frame < frames; frame += 1) {
    await new Promise(requestAnimationFrame);
    const start = performance.now();
    apart.push(start - before);
    before = start;
    const phase = (2 * Math.PI * frame) / frames;
    viewport.zoomTo(viewport.getHomeZoom() * (3 - 2 * Math.cos(phase)), null, true);
    const y = (0.5 + 0.1 * Math.cos(2 * phase)) * pane.photo.height / pane.photo.width;
    viewport.panTo(new OpenSeadragon.Point(0.5 + 0.1 * Math.sin(3 * phase), y), true);
    viewport.update();
    viewer.world.update();
    viewer.world.draw();
    pane.draw();
    for (const context of canvases) context.getImageData(0, 0, 1, 1);
    work.push(performance.now() - start);
  }
  return { work, apart };
}"""


class Files(SimpleHTTPRequestHandler):
    """The checkout's files, and beside them the page and its photo."""

    def __init__(self, *arguments: Any, made: Path, **options: Any) -> None:
        self.made = made
        super().__init__(*arguments, directory=str(ROOT), **options)

    def translate_path(self, path: str) -> str:
        own = self.made / path.strip("/")
        return str(own) if own.is_file() else super().translate_path(path)

    def log_message(self, *_line: Any) -> None:
        """Nothing: the figures are what is read."""


def findings(count: int) -> list[dict[str, Any]]:
    """All over the photo, of all types, cysts and scars as outlines."""
    chance = random.Random(0)
    return [_finding(place, chance) for place in range(count)]


def _finding(place: int, chance: random.Random) -> dict[str, Any]:
    kind = TYPES[place % len(TYPES)]
    side = chance.uniform(20, 90)
    x, y = chance.uniform(0, WIDTH - side), chance.uniform(0, HEIGHT - side)
    outline = [[x + side * a, y + side * b] for a, b in ((0, 0.3), (0.5, 0), (1, 0.4), (0.6, 1))]
    return {
        "key": str(place),
        "type": kind,
        "box": [x, y, side, side],
        "polygon": outline if kind in {"cyst", "scar"} else None,
        "verdict": "accepted" if place % 2 else "",
        "stands": True,
    }


def measure(page: Page) -> dict[int, dict[str, list[float]]]:
    """Milliseconds of every frame, by the number of findings."""
    found: dict[int, dict[str, list[float]]] = {
        count: {"work": [], "apart": []} for count in (0, FINDINGS)
    }
    for _ in range(TURNS):
        for count, times in found.items():
            once = page.evaluate(MEASURE, [findings(count), FRAMES])
            for name, values in once.items():
                times[name] += values[5:]  # the first ones set out from the whole photo
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        (made / "index.html").write_text(PAGE)
        noise = Image.effect_noise((WIDTH // 4, HEIGHT // 4), 60).resize((WIDTH, HEIGHT))
        for by in (1, 2, 4):  # as the site keeps it
            reduced = noise.convert("RGB").resize((WIDTH // by, HEIGHT // by))
            reduced.save(made / f"photo-{by}.jpg", quality=90)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, made=made))
        Thread(target=server.serve_forever, daemon=True).start()
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
            page.evaluate(OPEN, [WIDTH, HEIGHT])
            times = measure(page)
            told = browser.version
        server.shutdown()
    print(json.dumps(_summary(times, told), indent=2))


def _summary(times: dict[int, dict[str, list[float]]], chromium_version: str) -> dict[str, Any]:
    medians = {
        count: {name: statistics.median(values) for name, values in kinds.items()}
        for count, kinds in times.items()
    }
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "load": round(os.getloadavg()[0], 1),
        "chromium": chromium_version,
        "photo": f"{WIDTH} x {HEIGHT}",
        "frames": len(times[0]["work"]),
        "ms_per_frame": {
            f"{count} findings": {name: round(value, 2) for name, value in kinds.items()}
            for count, kinds in medians.items()
        },
        "ratio": {
            name: round(medians[FINDINGS][name] / medians[0][name], 3) for name in ("work", "apart")
        },
    }


if __name__ == "__main__":
    main()
