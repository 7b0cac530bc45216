"""Keys of our own signatures, one for each purpose, and the signers of addresses."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from django.conf import settings

from optilearn.core.providers import Provider


def signing_key(purpose: str) -> bytes:
    """32 bytes from SECRET_KEY: a token of one purpose is worthless for another."""
    return _key(settings.SECRET_KEY, purpose)


def verifying_keys(purpose: str) -> tuple[bytes, ...]:
    """The keys by which a token may be signed: that of today, then those of SECRET_KEY_FALLBACKS.

    For what outlives a change of the secret, as the addresses in mails that were sent do.
    """
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return tuple(_key(secret, purpose) for secret in secrets)


def _key(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()


signer_of: Final = Provider[[str], str | None](lambda _token: None)
"""``(token)``: the person that a signed address was issued to; None if it isn't ours."""
