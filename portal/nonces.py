"""Every script that stands in a template carries the nonce of the answer it goes out with.

The browser runs those scripts, and what they load, and nothing else. It is put in where a template
is read, so that none can be forgotten, Django's and allauth's neither; and before anything is
filled in, so that markup which somebody smuggled in has none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.template import Library
from django.template.loaders.filesystem import Loader as FilesystemLoader
from django.template.utils import get_app_template_dirs
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from pathlib import Path

    from django.forms import Media
    from django.template import Origin

register = Library()

SCRIPT = re.compile(r"<script\b")
FORM_MEDIA = re.compile(r"\{\{\s*((?:\w+\.)?media(?:\.js)?)\s*\}\}")  # scripts that a form asks for


class Loader(FilesystemLoader):
    """The project's templates, then those of the apps."""

    def get_dirs(self) -> list[str | Path]:
        return [*self.engine.dirs, *get_app_template_dirs("templates")]

    def get_contents(self, origin: Origin) -> str:
        text = super().get_contents(origin)
        text = SCRIPT.sub('<script nonce="{{ request.csp_nonce }}"', text)
        return FORM_MEDIA.sub(r"{{ \1|with_nonce:request.csp_nonce }}", text)


@register.filter
def with_nonce(media: Media, nonce: str) -> SafeString:
    scripts = SCRIPT.sub(f'<script nonce="{escape(nonce)}"', str(media))
    return mark_safe(scripts)  # noqa: S308 - Django's own markup, of file names in code
