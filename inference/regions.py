"""The five facial regions on MediaPipe's face mesh. Standard library only."""

from __future__ import annotations

from inference.results import Region

# fmt: off
# Each runs clockwise on a face seen from the front, and neighbours share their border's vertices.
# The chin holds the whole area round the mouth between the nasolabial folds.
REGION_VERTICES: dict[Region, tuple[int, ...]] = {
    Region.NOSE: (
        8, 417, 465, 412, 399, 437, 355, 358, 327, 326, 2, 97, 98, 129, 126, 217, 174, 188, 245,
        193,
    ),
    Region.CHIN: (
        129, 98, 97, 2, 326, 327, 358, 423, 426, 436, 432, 422, 430, 394, 379, 378, 400, 377,
        152, 148, 176, 149, 150, 169, 210, 202, 212, 216, 206, 203,
    ),
    Region.FOREHEAD: (
        162, 21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251, 389, 276, 283, 282, 295, 285, 8,
        55, 65, 52, 53, 46,
    ),
    Region.RIGHT_CHEEK: (
        162, 46, 226, 31, 228, 229, 230, 231, 232, 233, 244, 245, 188, 174, 217, 126, 129, 203,
        206, 216, 212, 202, 210, 169, 150, 136, 172, 58, 132, 93, 234, 127,
    ),
    Region.LEFT_CHEEK: (
        389, 356, 454, 323, 361, 288, 397, 365, 379, 394, 430, 422, 432, 436, 426, 423, 358, 355,
        437, 399, 412, 465, 464, 453, 452, 451, 450, 449, 448, 261, 446, 276,
    ),
}
# fmt: on
