"""Whom somebody looks for is nobody's business but theirs: a name in an address stays in the
browser's history and in the lines of every proxy. It is posted and kept in the session; the address
carries a sign for it, with which paging, the back button and a look without reload go on working.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.shortcuts import redirect

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

FIELD = "q"
SIGN = "search"
IN_SESSION = "searches"
MOST_KEPT = 20


def keep(request: HttpRequest, words: str) -> str:
    """The sign that stands for these words in this session."""
    kept: dict[str, str] = dict(request.session.get(IN_SESSION, {}))
    known = next((sign for sign, said in kept.items() if said == words), None)
    sign = known or secrets.token_urlsafe(6)
    kept.pop(sign, None)
    request.session[IN_SESSION] = dict([*kept.items(), (sign, words)][-MOST_KEPT:])
    return sign


def words_of(request: HttpRequest, sign: str) -> str | None:
    """Nothing if it was another session's or is long past."""
    found: str | None = request.session.get(IN_SESSION, {}).get(sign)
    return found


def asked_for(request: HttpRequest) -> str:
    """The words of a page that is nothing but searched."""
    return words_of(request, request.GET.get(SIGN, "")) or ""


def answer(request: HttpRequest) -> HttpResponse:
    """From the form that such a page posts to itself, to the page with what is found."""
    words = request.POST.get(FIELD, "").strip()
    return redirect(f"{request.path}?{SIGN}={keep(request, words)}" if words else request.path)
