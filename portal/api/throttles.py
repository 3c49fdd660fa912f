from __future__ import annotations

from rest_framework.throttling import AnonRateThrottle, UserRateThrottle


class SignInPerSender(AnonRateThrottle):
    """Wrong passwords are counted besides, for each account too, together with the pages'."""

    scope = "sign_in"


class PhotosPerPerson(UserRateThrottle):
    """A photo costs the site more than a page."""

    scope = "photo"
