"""A photo in several sizes, so that a look from afar does not load twelve megapixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from django.urls import reverse

from portal.cases.files import smaller_sizes

if TYPE_CHECKING:
    from uuid import UUID


class Level(TypedDict):
    url: str
    width: int
    height: int


def levels(photo_id: UUID | str, width: int, height: int) -> list[Level]:
    """From the smallest that a workstation shows to the photo itself."""
    address = reverse("cases:photo_image", args=[photo_id])
    return [
        *(
            Level(url=f"{address}?size={name}", width=wide, height=high)
            for name, (wide, high) in smaller_sizes(width, height).items()
            if name != "thumbnail"
        ),
        Level(url=address, width=width, height=height),
    ]
