"""The signature of webhooks (Standard Webhooks, as Svix makes it; docs/protocols.md#webhooks)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
from collections.abc import Iterable, Mapping
from typing import Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from optilearn.core import clock
from optilearn.core.errors import AppError, ErrorCode

log = logging.getLogger(__name__)

TOLERANCE_SECONDS: Final = 300
"""Tolerance in both directions; older messages may be replays."""
_MAX_DIGITS: Final = 20
_NAMES: Final = ("svix", "webhook")


class BadSignatureError(Exception):
    """The signature is wrong, or the message is too old."""


def signed_body(request: HttpRequest, secrets: Iterable[str]) -> tuple[str, bytes]:
    """Return the id of a signed message and its body, as it came: the signature is over its bytes.

    Raises ``AppError``: SERVICE_UNAVAILABLE without a secret, AUTH_REQUIRED for another signature.
    """
    body = request.body
    known = tuple(secrets)
    if not known:
        log.error("A webhook came to %s, and no secret is set for it.", request.path)
        raise AppError(ErrorCode.SERVICE_UNAVAILABLE, _("Webhooks aren't set up here."))
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        return verify(known, headers, body, clock.now().timestamp()), body
    except BadSignatureError as error:
        log.warning("A webhook was refused: %s", error)
        raise AppError(ErrorCode.AUTH_REQUIRED, _("The signature is wrong.")) from error


def verify(secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: float) -> str:
    """Verify that one of the secrets signed the message; return its id.

    ``headers`` by names in lower case; ``now`` in seconds of the epoch. While a secret is being
    changed there are two of them, and two signatures. Raises ``BadSignatureError``, and
    ``ValueError`` if a secret can't be decoded.
    """
    keys = [_key(secret) for secret in secrets]
    message_id, sent_at, signatures = _parts(headers)
    is_number = sent_at.isdecimal() and len(sent_at) <= _MAX_DIGITS
    if not is_number or abs(int(sent_at) - now) > TOLERANCE_SECONDS:
        raise BadSignatureError("The timestamp is not of now.")
    signed = f"{message_id}.{sent_at}.".encode() + body
    good = [hmac.new(key, signed, hashlib.sha256).digest() for key in keys]
    for signed_by in signatures.split():
        version, _, sent = signed_by.partition(",")
        if version != "v1":
            continue
        try:
            signature = base64.b64decode(sent, validate=True)
        except (binascii.Error, ValueError):
            continue
        if any(hmac.compare_digest(signature, one) for one in good):
            return message_id
    raise BadSignatureError("No signature fits.")


def _parts(headers: Mapping[str, str]) -> tuple[str, str, str]:
    for name in _NAMES:
        found = [headers.get(f"{name}-{part}", "") for part in ("id", "timestamp", "signature")]
        if all(found):
            return found[0], found[1], found[2]
    raise BadSignatureError("The signature's headers are missing.")


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.strip().removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("A webhook's secret is base64.") from error
    if not key:
        raise ValueError("A webhook's secret is empty.")
    return key
