"""Session tokens of Auth.js v5: encrypted JWTs (JWE ``dir`` with ``A256CBC-HS512``).

Key derivation, header and claims are those of ``@auth/core``; the key depends on the cookie's
name, so a development token is worthless in production. Where Auth.js is lax we are not: a
token without ``exp`` is refused, and so is a compressed one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

CLOCK_TOLERANCE: Final = 15
"""Seconds; as Auth.js."""
_MAX_TEXT: Final = 1_000
_UNKEPT: Final = re.compile("[\x00\ud800-\udfff]")
"""Characters that PostgreSQL's text can't hold: NUL and lone surrogates."""
KEY_BYTES: Final = {"A256CBC-HS512": 64, "A256GCM": 32}
MAX_TOKEN: Final = 64 * 1024
MAX_CACHED: Final = 8 * 1024
"""Larger tokens are decrypted each time: 2,048 of these take 30 MB."""


class TokenError(Exception):
    """The token proves nothing; ``reason`` is for the log, not for the caller."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class SessionClaims:
    """The claims of OptiCRM's session token (docs/rules.md#identity)."""

    subject: str
    role: str
    institution_crm_id: str
    institution_slug: str
    is_contact: bool
    contact_type: str
    issued_at: int
    token_id: str = ""
    """``jti``; empty where the token has none."""
    name: str = ""
    email: str = ""

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> SessionClaims:
        """Raises ``TokenError`` for a claim that is missing or of another type."""
        contact = payload.get("isContact", False)
        if not isinstance(contact, bool):
            raise TokenError("isContact is not a boolean")
        return cls(
            subject=_text(payload, "contactId" if contact else "id"),
            role=_text(payload, "role") if not contact else "",
            institution_crm_id=_text(payload, "institutionId"),
            institution_slug=_text(payload, "institutionSlug"),
            is_contact=contact,
            contact_type=_text(payload, "contactType") if contact else "",
            issued_at=_instant(payload, "iat"),
            token_id=_optional(payload, "jti"),
            name=_optional(payload, "name"),
            email=_optional(payload, "email"),
        )


def decode(token: str, *, secrets: Sequence[str], cookie_name: str) -> SessionClaims:
    """Decrypt and check a token. Raises ``TokenError``, whatever it is made of."""
    try:
        return SessionClaims.from_payload(_checked(_opened(token, tuple(secrets), cookie_name)))
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        # JSON that is too deep or has a number too long, a header of another shape, …
        raise TokenError(f"malformed ({type(error).__name__})") from error


def _opened(token: str, secrets: tuple[str, ...], cookie_name: str) -> bytes:
    """Return the payload of a token, cached: it never changes.

    Raises ``TokenError``. Refusals and large payloads aren't cached.
    """
    open_it = _remembered if len(token) <= MAX_CACHED else _decrypted
    return open_it(token, secrets, cookie_name)


def _decrypted(token: str, secrets: tuple[str, ...], cookie_name: str) -> bytes:
    if len(token) > MAX_TOKEN:
        raise TokenError("token too long")
    header = _header(token)
    enc = header.get("enc")
    if header.get("alg") != "dir" or enc not in KEY_BYTES or "zip" in header:
        raise TokenError("not an Auth.js v5 token")
    for secret in _candidates(header.get("kid"), secrets, cookie_name, enc):
        key = derive_key(secret, cookie_name)[: KEY_BYTES[enc]]
        try:
            plain = jwe.decrypt_compact(token, OctKey.import_key(key), algorithms=["dir", enc])
        except (JoseError, ValueError):
            continue
        return plain.plaintext or b""
    raise TokenError("no secret opens the token")


_remembered: Final = lru_cache(maxsize=2048)(_decrypted)


def encode(
    claims: Mapping[str, Any], *, secret: str, cookie_name: str, max_age: int = 2_592_000
) -> str:
    """A token as Auth.js would make it. For development and tests: OptiCRM signs people in."""
    now = int(time.time())
    payload = {"iat": now, "exp": now + max_age, "jti": str(uuid.uuid4())} | dict(claims)
    return encrypt(payload, secret=secret, cookie_name=cookie_name)


def encrypt(payload: Mapping[str, Any], *, secret: str, cookie_name: str) -> str:
    """Encrypt exactly this payload."""
    key = derive_key(secret, cookie_name)
    header = {"alg": "dir", "enc": "A256CBC-HS512", "kid": thumbprint(key)}
    return jwe.encrypt_compact(
        header,
        json.dumps(payload).encode(),
        OctKey.import_key(key),
        algorithms=["dir", "A256CBC-HS512"],
    )


@lru_cache(maxsize=64)
def derive_key(secret: str, cookie_name: str) -> bytes:
    """The 64-byte key of a secret for a cookie; its first half is the key for ``A256GCM``."""
    info = f"Auth.js Generated Encryption Key ({cookie_name})".encode()
    hkdf = HKDF(algorithm=hashes.SHA256(), length=64, salt=cookie_name.encode(), info=info)
    return hkdf.derive(secret.encode())


def thumbprint(key: bytes) -> str:
    """The key's RFC 7638 thumbprint, by SHA-512 for 64 bytes and SHA-256 for 32."""
    member = base64.urlsafe_b64encode(key).rstrip(b"=").decode()
    document = json.dumps({"k": member, "kty": "oct"}, separators=(",", ":")).encode()
    digest = hashlib.sha512(document) if len(key) == 64 else hashlib.sha256(document)
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()


def _candidates(kid: object, secrets: Sequence[str], cookie_name: str, enc: str) -> Sequence[str]:
    if kid is None:
        return secrets[:1]  # Auth.js tries only the first secret on a token without kid
    size = KEY_BYTES[enc]
    return [s for s in secrets if thumbprint(derive_key(s, cookie_name)[:size]) == kid]


def _header(token: str) -> dict[str, Any]:
    part = token.split(".", 1)[0]
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        header = json.loads(raw)
    except (binascii.Error, ValueError) as error:
        raise TokenError("unreadable header") from error
    if token.count(".") != 4 or not isinstance(header, dict):
        raise TokenError("not a compact JWE")
    return header


def _checked(plaintext: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(plaintext)
    except ValueError as error:
        raise TokenError("payload is not JSON") from error
    if not isinstance(payload, dict):
        raise TokenError("payload is not an object")
    now = time.time()
    if _instant(payload, "exp") + CLOCK_TOLERANCE <= now:
        raise TokenError("expired")
    if _instant(payload, "iat") - CLOCK_TOLERANCE > now:
        raise TokenError("issued in the future")
    if "nbf" in payload and _instant(payload, "nbf") - CLOCK_TOLERANCE > now:
        raise TokenError("not valid yet")
    return payload


def _instant(payload: Mapping[str, Any], name: str) -> int:
    value = payload.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        raise TokenError(f"{name} is missing")
    return int(value)


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    # OptiCRM's ids are text; a number is taken too, as Auth.js leaves claims as they are.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise TokenError(f"{name} is missing")
    if len(value) > _MAX_TEXT or _UNKEPT.search(value):
        raise TokenError(f"{name} is no text that could be kept")
    return value


def _optional(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    return _UNKEPT.sub("", value[:_MAX_TEXT]) if isinstance(value, str) else ""
