"""Where somebody is signed in, so that it can be seen and ended, and ends by itself when unused."""

from __future__ import annotations

import logging
import re
import time
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from portal.accounts.models import OpenSession

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from portal.accounts.models import User

logger = logging.getLogger(__name__)

LAST_USED = "last_used"
NOTED_EVERY_SECONDS = 60  # how exact "last used" is: not a write a request
# A page that asks by itself says so: it is no sign that anybody sits before it.
BY_ITSELF = "X-By-Itself"
BROWSERS = (
    ("Edge", r"Edg\w*/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("WeChat", r"MicroMessenger/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Safari/"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac", "Mac OS X"),
    ("Linux", "Linux"),
)


def is_idle(request: HttpRequest) -> bool:
    last: float = request.session.get(LAST_USED, time.time())
    return bool(time.time() - last > settings.SESSION_IDLE_SECONDS)


def note_use(request: HttpRequest, user: User) -> None:
    now = time.time()
    last: float = request.session.get(LAST_USED, 0)
    if BY_ITSELF in request.headers or now - last < NOTED_EVERY_SECONDS:
        return
    request.session[LAST_USED] = now
    if request.session.session_key is None:
        request.session.save()
    try:
        _list(request, user)
    except DatabaseError:
        logger.exception("a session is missing from the list of open ones")  # no reason to fail


@transaction.atomic
def _list(request: HttpRequest, user: User) -> None:
    _, is_new = OpenSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "browser": browser_of(request.headers.get("User-Agent", "")),
            "last_used_at": timezone.now(),
        },
    )
    if is_new:
        forget_ended(user)


def forget_ended(user: User) -> None:
    _ended().filter(user=user).delete()


def clear_ended() -> None:
    """Of everybody, the sessions themselves too: an address stands in them."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    _ended().delete()


def _ended() -> QuerySet[OpenSession]:
    longest = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return OpenSession.objects.filter(last_used_at__lt=longest)


def open_sessions(user: User) -> QuerySet[OpenSession]:
    oldest = timezone.now() - timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    return OpenSession.objects.filter(user=user, last_used_at__gt=oldest)


def end_sessions(sessions: QuerySet[OpenSession]) -> int:
    """Whoever is signed in there is asked to sign in with their next click."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    ended = list(sessions)
    for one in ended:
        store.delete(one.session_key)
        one.delete()
    return len(ended)


def end_all_sessions(person: User, but: str | None = None) -> int:
    """All of them, or all but the one of this key."""
    return end_sessions(OpenSession.objects.filter(user=person).exclude(session_key=but or ""))


def browser_of(agent: str) -> str:
    """Enough to know one's own device again, and no more: "Safari, iPhone"."""
    browser = next((name for name, sign in BROWSERS if re.search(sign, agent)), "")
    system = next((name for name, sign in SYSTEMS if sign in agent), "")
    return ", ".join(filter(None, (browser, system)))
