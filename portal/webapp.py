"""What a phone needs to know to keep the site on its home screen, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, JsonResponse
from django.templatetags.static import static
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from django.http import HttpRequest

ICONS = (("icon-192", 192, "any"), ("icon-512", 512, "any"), ("icon-maskable-512", 512, "maskable"))


@require_safe
@cache_control(public=True, max_age=24 * 60 * 60)
def manifest(_request: HttpRequest, language: str) -> JsonResponse:
    """A browser asks for it without cookies, so its address says the language."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        description = _("Acne photographs, read and signed by a dermatologist.")
        name = _("ClearGrade: my skin")
    return JsonResponse(
        {
            "name": name,
            "short_name": "ClearGrade",
            "description": description,
            "lang": language,
            "id": "/",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f5f7f5",
            "theme_color": "#0a665e",
            "icons": [_icon(*icon) for icon in ICONS],
        },
        content_type="application/manifest+json",
    )


def _icon(name: str, side: int, purpose: str) -> dict[str, str]:
    return {
        "src": static(f"img/{name}.png"),
        "sizes": f"{side}x{side}",
        "type": "image/png",
        "purpose": purpose,
    }
