"""What a phone needs to keep the site on its home screen, and to say so without a connection."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from django.http import HttpRequest

# All that the page without a connection is made of: nothing that a person sent or was sent.
KEPT = ("css/tokens.css", "css/dark.css", "css/base.css", "css/layout.css", "css/components.css")
SECURITY_TXT_HOLDS = timedelta(days=180)
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


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, for it minds the whole site; asked for anew each time, so that it never ages."""
    context = {"kept": [static(name) for name in KEPT]}
    return render(request, "service-worker.js", context, content_type="text/javascript")


@require_safe
@cache_control(public=True, max_age=24 * 60 * 60)
def security_txt(_request: HttpRequest) -> HttpResponse:
    """Whom to tell of a weakness (RFC 9116), if the operator has named somebody."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    expires = timezone.now() + SECURITY_TXT_HOLDS
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(code.split('-')[0] for code, _ in settings.LANGUAGES)}",
        f"Canonical: {settings.SITE_URL.rstrip('/')}{reverse('security_txt')}",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=24 * 60 * 60)
def offline(request: HttpRequest) -> HttpResponse:
    """The same for everybody and in every language, since it is kept before anybody asks."""
    context = {"languages": [code for code, _name in settings.LANGUAGES], "kept": KEPT}
    return render(request, "offline.html", context)
