"""Draw the site's mark as the small pictures that phones and browsers ask for."""

from pathlib import Path

from PIL import Image, ImageDraw

IMG = Path(__file__).resolve().parents[1] / "static" / "img"
ACCENT, INK = "#0a665e", "#ffffff"
# Centre and radius on the 32-unit square of mark.svg.
DOTS = [(10.5, 11, 4.6), (21.6, 12, 3.4), (11.4, 21.8, 2.4), (21, 21.6, 1.5)]
SMOOTH = 8  # drawn this much larger, then reduced
# A maskable icon is cut to any shape: full ground, the mark within the inner 80 %.
ICONS = [("icon-32", 32, 9, 1.0), ("icon-180", 180, 0, 0.9), ("icon-192", 192, 9, 1.0)]
ICONS += [("icon-512", 512, 9, 1.0), ("icon-maskable-512", 512, 0, 0.75)]


def draw(size: int, corner: float, scale: float) -> Image.Image:
    unit = size * SMOOTH / 32
    picture = Image.new("RGBA", (size * SMOOTH, size * SMOOTH))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, 32 * unit, 32 * unit), radius=corner * unit, fill=ACCENT)
    for x, y, radius in DOTS:
        centre = [(16 + (at - 16) * scale) * unit for at in (x, y)]
        pen.circle(tuple(centre), radius * scale * unit, fill=INK)
    return picture.resize((size, size), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    for name, size, corner, scale in ICONS:
        draw(size, corner, scale).quantize(64).save(IMG / f"{name}.png", optimize=True)
