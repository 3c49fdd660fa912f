"""The canonical face as a line drawing, seen from the front, in millimetres."""

from __future__ import annotations

from inference.tracking.canonical import canonical

# fmt: off
# Vertices of MediaPipe's mesh along what a person draws of a face.
CLOSED: tuple[tuple[int, ...], ...] = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
    (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249),
    (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185),
)
OPEN: tuple[tuple[int, ...], ...] = (
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
    (70, 63, 105, 66, 107), (300, 293, 334, 296, 336),
    (129, 64, 98, 97, 2, 326, 327, 294, 358),
    (193, 122, 196, 198), (417, 351, 419, 420),
)
# fmt: on
MARGIN_MM = 4.0
SMOOTHINGS = 3  # the skirt under the chin is seen from its edge and would look torn

Line = list[tuple[float, float]]


def outline() -> Line:
    """The face's edge with hairline and jaw, closed: x to the patient's left, y down."""
    skirt = canonical().vertices[-len(canonical().rim) :]
    line = [(x, y) for x, y, _z in skirt]
    for _ in range(SMOOTHINGS):
        line = [
            _between(*three)
            for three in zip([line[-1], *line[:-1]], line, [*line[1:], line[0]], strict=True)
        ]
    return line


def _between(
    last: tuple[float, float], here: tuple[float, float], following: tuple[float, float]
) -> tuple[float, float]:
    x, y = ((a + 2 * b + c) / 4 for a, b, c in zip(last, here, following, strict=True))
    return x, y


def features() -> list[Line]:
    """Eyes, brows, nose and mouth as open lines; a closed one ends where it begins."""
    vertices = canonical().vertices
    rings = [(*ring, ring[0]) for ring in CLOSED]
    return [[(vertices[i][0], vertices[i][1]) for i in line] for line in (*rings, *OPEN)]


def extent() -> tuple[float, float, float, float]:
    """Left, top, width and height of the drawing with a margin."""
    xs, ys = zip(*outline(), strict=True)
    left, top = min(xs) - MARGIN_MM, min(ys) - MARGIN_MM
    return left, top, max(xs) + MARGIN_MM - left, max(ys) + MARGIN_MM - top
