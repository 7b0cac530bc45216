"""Keys of our own signatures, one for each purpose, and the signers of addresses."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from django.conf import settings


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


_signers: Final[list[Callable[[str], str | None]]] = []


def register_signer(signer_of: Callable[[str], str | None]) -> None:
    """Register the function that gives the signer of an address's token, or None.

    Called once, by the app that signs addresses.
    """
    _signers[:] = [signer_of]


def signer_of(token: str) -> str | None:
    """Return the person that a signed address was issued to; None if it isn't ours."""
    return next((signer for find in _signers if (signer := find(token))), None)
