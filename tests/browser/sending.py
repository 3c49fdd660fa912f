"""Photos on their way from the browser: chosen, held up, let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.pictures import encoded, face, noise

if TYPE_CHECKING:
    from collections.abc import Callable

PIECE = 512 * 1024


def large() -> bytes:
    """A photo of several pieces."""
    picture = noise(1400, 1400)
    picture.paste(face(700), (350, 350))
    data = encoded(picture, quality=95)
    assert 2 * PIECE < len(data) < 20 * PIECE
    return data


def choose(page, view: str, data: bytes) -> None:
    file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": data}
    page.locator(f"#view-{view} input[type=file]").last.set_input_files(file)


def hold_piece(page, number: int) -> tuple[list, list[int]]:
    """Let pieces pass until this one, which waits in the first list; offsets are in the second."""
    held: list = []
    offsets: list[int] = []

    def pass_or_hold(route) -> None:
        if route.request.method == "PATCH":
            offsets.append(int(route.request.headers["upload-offset"]))
        if len(offsets) == number and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/uploads/*/", pass_or_hold)
    return held, offsets


def wait_until(page, happened: Callable[[], object]) -> None:
    for _ in range(300):
        if happened():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not happen")
