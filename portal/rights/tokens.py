"""The link to what became of an erasure, for somebody who has no account any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.signing import BadSignature, Signer

from portal.consent.models import ErasureRequest

if TYPE_CHECKING:
    from uuid import UUID

SIGNER = Signer(salt="portal.rights.erasure", sep=".")


def token_of(public_id: UUID) -> str:
    return SIGNER.sign(public_id.hex)


def erasure_of(token: str) -> ErasureRequest | None:
    try:
        public_id = SIGNER.unsign(token)
    except BadSignature:
        return None
    requests = ErasureRequest.objects.select_related("clinic", "patient__clinic")
    return requests.filter(public_id=public_id).first()
