from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from portal.messages.selectors import unread_for

if TYPE_CHECKING:
    from portal.accounts.models import User

register = template.Library()


@register.simple_tag
def unread_messages(user: User) -> int:
    return unread_for(user).count()
