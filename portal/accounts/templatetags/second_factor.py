from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from portal.accounts import second_factor
from portal.accounts.invitations import qr_code

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from portal.accounts.models import User

register = template.Library()


@register.simple_tag
def second_factor_missing(user: User) -> bool:
    return second_factor.is_missing(user)


@register.simple_tag
def qr_of(link: str) -> SafeString:
    return qr_code(link)


@register.filter
def in_fours(key: str) -> str:
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
