"""An invitation's link: its id, signed, so that reading the database is not enough to make one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import qrcode
from django.core.signing import BadSignature, Signer
from django.utils.safestring import SafeString, mark_safe
from qrcode.image.svg import SvgPathImage

from portal.accounts.models import Invitation

if TYPE_CHECKING:
    from django.http import HttpRequest

SIGNER = Signer(salt="portal.accounts.invitation", sep=".")
IN_SESSION = "invitation"


def token_of(invitation: Invitation) -> str:
    return SIGNER.sign(invitation.public_id.hex)


def invitation_of(token: str) -> Invitation | None:
    """Whatever became of it; None for a token that was never given out."""
    try:
        public_id = SIGNER.unsign(token)
    except BadSignature:
        return None
    return Invitation.objects.select_related("clinic").filter(public_id=public_id).first()


def keep_in_session(request: HttpRequest, token: str) -> None:
    request.session[IN_SESSION] = token


def invitation_in_session(request: HttpRequest) -> Invitation | None:
    """The usable invitation this visitor came with."""
    token = request.session.get(IN_SESSION)
    invitation = invitation_of(token) if token else None
    return invitation if invitation and invitation.is_usable else None


def qr_code(link: str) -> SafeString:
    """An SVG element of one path; nothing of it comes from a person."""
    drawn = io.BytesIO()
    qrcode.make(link, image_factory=SvgPathImage, border=2).save(drawn)
    svg = drawn.getvalue().decode()
    return mark_safe(svg[svg.index("<svg") :])  # noqa: S308
