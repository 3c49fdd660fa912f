"""What people see, and what the log keeps, when something goes wrong."""

from __future__ import annotations

import logging
import re
import secrets
import traceback
from typing import TYPE_CHECKING

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponseNotAllowed
from django.shortcuts import render

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from django.http import HttpRequest, HttpResponse

    Answer = Callable[[HttpRequest], HttpResponse]

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return render(request, f"{status}.html", status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the exception is handled; the id on the page leads to its trace in the log."""
    error_id = secrets.token_hex(4)
    request.error_id = error_id  # type: ignore[attr-defined]
    logger.error("error %s", error_id, exc_info=True)  # noqa: LOG014 (the handler is within it)
    return render(request, "500.html", {"error_id": error_id}, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Django has logged the reason; the reader needs to know only what to do."""
    return render(request, "403_csrf.html", status=403)


def show_not_allowed(get_response: Answer) -> Answer:
    """Middleware: whoever opens the address of a button by hand, or once more, sees a page."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method != "GET" or not isinstance(response, HttpResponseNotAllowed):
            return response
        page = render(request, "404.html", status=response.status_code)
        page["Allow"] = response["Allow"]
        return page

    return answer


class NotLoggedYet(logging.Filter):
    """Django logs a failed request once more; ours carries the id that the user saw."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not hasattr(getattr(record, "request", None), "error_id")


class FailedTasksByKind(logging.Filter):
    """Celery writes the exception, and what the task was given, into the message itself, where
    ``LineFormatter`` does not know it from other words.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        told = record.args
        if isinstance(told, dict) and "exc" in told:
            kind = record.exc_info[0] if record.exc_info else None
            without = dict.fromkeys(("args", "kwargs", "traceback"), "")
            record.args = {**told, **without, "exc": kind.__qualname__ if kind else "an exception"}
        return True


# Whoever reads one of these could open what it opens.
KEYS_IN_PATHS = re.compile(r"(/(?:erasure|join|confirm-email|reset/key)/)[^/\s]+")


class LineFormatter(logging.Formatter):
    """Traces without the exceptions' texts, and paths without keys.

    A database quotes the row that it refuses, a parser the words that it read: names and addresses.
    Which line failed, and with which kind of exception, is enough to find the mistake.
    """

    def format(self, record: logging.LogRecord) -> str:
        return KEYS_IN_PATHS.sub(r"\1...", super().format(record))

    def formatException(  # noqa: N802 (the standard library's name)
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        trace = traceback.TracebackException(*ei) if ei[0] else None
        return "\n".join(_lines(trace)) if trace else ""


def _lines(trace: traceback.TracebackException) -> list[str]:
    earlier = trace.__cause__ or (None if trace.__suppress_context__ else trace.__context__)
    frames = [f'  File "{at.filename}", line {at.lineno}, in {at.name}' for at in trace.stack]
    kind = trace.exc_type.__qualname__ if trace.exc_type else "unknown"
    return [*(_lines(earlier) if earlier else []), *frames, kind]
