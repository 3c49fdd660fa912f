"""The site, and beside it a page for every way to fail."""

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import HttpRequest, HttpResponse
from django.urls import path

from portal.urls import handler400, handler500
from portal.urls import urlpatterns as site

__all__ = ["handler400", "handler500", "urlpatterns"]

SECRET = "anna.muster@example.org"


def broken(request: HttpRequest) -> HttpResponse:
    nobody: dict[str, str] = {}
    try:
        return HttpResponse(nobody[SECRET])
    except KeyError as cause:
        raise RuntimeError(f"could not greet {SECRET}") from cause


def raising(exception: Exception):
    def view(request: HttpRequest) -> HttpResponse:
        raise exception

    return view


def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse("sent")


urlpatterns = [
    *site,
    path("broken/", broken),
    path("bad/", raising(BadRequest(SECRET))),
    path("suspicious/", raising(SuspiciousOperation(SECRET))),
    path("large/", raising(RequestDataTooBig(SECRET))),
    path("forbidden/", raising(PermissionDenied(SECRET))),
    path("form/", form),
]
