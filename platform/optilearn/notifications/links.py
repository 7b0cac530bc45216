"""Links in messages: to our pages, and to unsubscribe; signed tokens."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings

from optilearn.core.access.signing import signing_key, verifying_keys
from optilearn.notifications.definitions import Definition

_SIGNATURE: Final = 16
"""Bytes of the HMAC in a token: 128 bits can't be guessed over HTTP."""


def absolute(path: str) -> str:
    """Return the absolute URL of a path of ours; other URLs stay as they are."""
    return settings.APP_URL.rstrip("/") + path if path.startswith("/") else path


def page_of(definition: Definition, data: Mapping[str, Any]) -> str:
    """Return the absolute address of the page that a notification leads to.

    Raises ``KeyError`` if the payload lacks a name in the address.
    """
    return absolute(definition.link.format_map(data))


@dataclass(frozen=True)
class Signed:
    """The content of a signed token."""

    institution_id: int
    subject_id: int
    """The id of a person or of a delivery, depending on the purpose."""
    name: str
    """A notification's key; empty in a token of a delivery."""


def sign(purpose: str, what: Signed) -> str:
    """Return a deterministic token of letters, digits, ``-`` and ``_``."""
    said = f"{what.institution_id}.{what.subject_id}.{what.name}".encode()
    signature = _signature(signing_key(purpose), said)
    return base64.urlsafe_b64encode(signature + said).decode().rstrip("=")


def verified(purpose: str, token: str) -> Signed | None:
    """Return the content of a token of this purpose; None if its signature is wrong."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        signature, said = raw[:_SIGNATURE], raw[_SIGNATURE:]
        good = [_signature(key, said) for key in verifying_keys(purpose)]
        if not any(hmac.compare_digest(signature, one) for one in good):
            return None
        institution, subject, name = said.decode("ascii").split(".", 2)
    except (binascii.Error, ValueError):
        return None
    return Signed(int(institution), int(subject), name)


def _signature(key: bytes, said: bytes) -> bytes:
    return hmac.new(key, said, hashlib.sha256).digest()[:_SIGNATURE]


UNSUBSCRIBE: Final = "unsubscribe"
DELIVERY: Final = "delivery"


def unsubscribe_url(institution_id: int, person_id: int, key: str) -> str:
    """Return the URL that unsubscribes this person from e-mails of this key (RFC 8058)."""
    return absolute(f"/u/{sign(UNSUBSCRIBE, Signed(institution_id, person_id, key))}")


def delivery_token(institution_id: int, delivery_id: int) -> str:
    """Return the token by which a provider's report identifies a delivery."""
    return sign(DELIVERY, Signed(institution_id, delivery_id, ""))
