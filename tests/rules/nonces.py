"""What a page runs carries the nonce of its own answer; nothing within a page is a program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpResponse

DATA = 'type="application/json"'


def assert_nonces(response: HttpResponse) -> None:
    if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
        return
    html = response.content.decode()
    if response.has_header("Content-Disposition"):
        return  # a file to keep, shown by no page of the site
    allowed = re.search(r"script-src ([^;]*)", response["Content-Security-Policy"])
    assert allowed, "a page without a policy"
    for tag in re.findall(r"<script\b[^>]*>", html):
        nonce = re.search(r'\bnonce="([^"]+)"', tag)
        is_named = nonce is not None and f"'nonce-{nonce[1]}'" in allowed[1]
        assert DATA in tag or is_named, f"the browser refuses {tag}"
        assert DATA in tag or "src=" in tag, f"a program within the page: {tag}"
    assert not re.search(r"<[^>]*\s(style|on\w+)=[\"']", html), (
        "an attribute that the policy refuses"
    )
