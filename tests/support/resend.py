"""A Resend on loopback: idempotency keys are honoured, reports are left to the tests."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tests.support.loopback import Answer, Faults, HttpLoopback, Request

API_KEY: Final = "re_" + "test"


class Fault(StrEnum):
    """What goes wrong with a request."""

    HANG = "hang"
    """No answer; the message isn't taken."""
    TAKE_AND_HANG = "take_and_hang"
    DROP = "drop"
    """The connection ends; the message isn't taken."""
    TAKE_AND_DROP = "take_and_drop"
    BUSY = "429"
    DAILY_QUOTA = "daily_quota"
    ERROR = "500"
    """500 before it is taken."""
    TAKE_AND_ERROR = "take_and_500"
    BAD_GATEWAY = "502"
    """A proxy's page of HTML."""
    UNAUTHORIZED = "401"
    UNVERIFIED = "403"
    INVALID = "422"
    BAD_REQUEST = "400"
    IN_PROGRESS = "409"


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that was taken."""

    key: str
    id: str
    at: float
    """Seconds of the epoch."""
    to: str
    message_id: str
    subject: str
    digest: bytes
    """Of the request's body."""
    body: dict[str, Any] | None
    """The whole request; None where the server keeps heads only."""


class ResendServer(HttpLoopback):
    """Takes messages until the end of the block, one for each idempotency key."""

    def __init__(self, *, port: int = 0, keep_bodies: bool = True, retry_after: float = 1) -> None:
        super().__init__(port=port)
        self.keep_bodies = keep_bodies
        self.retry_after = retry_after
        self.taken: dict[str, Taken] = {}
        """By idempotency key."""
        self.asked: Counter[str] = Counter()
        """How often each key came."""
        self.faults: Faults[Fault] = Faults()

    def answer(self, request: Request) -> Answer:
        key = request.headers.get("idempotency-key", "")
        self.asked[key] += 1
        fault = self.faults.next(request)
        if fault in _BEFORE:
            return _BEFORE[fault]
        if fault is Fault.BUSY:
            wait = {"retry-after": str(self.retry_after)}
            return _error(429, "rate_limit_exceeded", "Too many requests.", wait)
        if request.headers.get("authorization") != f"Bearer {API_KEY}":
            return _error(403, "invalid_api_key", "API key is invalid.")
        if (request.method, request.path) != ("POST", "/emails"):
            return _error(404, "not_found", "The requested endpoint does not exist.")
        answer = self._take(key, request)
        return _AFTER.get(fault, answer) if fault else answer

    def _take(self, key: str, request: Request) -> Answer:
        digest = hashlib.sha256(request.body).digest()
        known = self.taken.get(key) if key else None
        if known:
            if known.digest != digest:
                said = "Same idempotency key used with a different request payload."
                return _error(409, "invalid_idempotent_request", said)
            return Answer(200, {"id": known.id})
        body = request.json
        if not body.get("to") or not body.get("from"):
            return _error(422, "missing_required_field", "The request body is missing a field.")
        taken = Taken(
            key=key,
            id=str(uuid.uuid4()),
            at=time.time(),
            to=_address(body["to"][0]),
            message_id=body.get("headers", {}).get("Message-ID", ""),
            subject=body.get("subject", ""),
            digest=digest,
            body=body if self.keep_bodies else None,
        )
        self.taken[key or taken.id] = taken
        return Answer(200, {"id": taken.id})


def _error(status: int, name: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    body = {"statusCode": status, "name": name, "message": message}
    return Answer(status, body, headers or {})


def _address(mailbox: str) -> str:
    return mailbox.rpartition("<")[2].rstrip(">")


_BEFORE: Final[dict[Fault | None, Answer]] = {
    Fault.HANG: Answer(hang=True),
    Fault.DROP: Answer(drop=True),
    Fault.DAILY_QUOTA: _error(429, "daily_quota_exceeded", "You reached your daily quota."),
    Fault.ERROR: _error(500, "internal_server_error", "An unexpected error occurred."),
    Fault.BAD_GATEWAY: Answer(502, "<html><h1>502 Bad Gateway</h1></html>"),
    Fault.UNAUTHORIZED: _error(401, "missing_api_key", "Missing API key."),
    Fault.UNVERIFIED: _error(403, "validation_error", "The domain.com domain is not verified."),
    Fault.INVALID: _error(422, "validation_error", "Invalid `to` field: lena@@example.test"),
    Fault.BAD_REQUEST: _error(400, "validation_error", "We found an error with a field."),
    Fault.IN_PROGRESS: _error(409, "concurrent_idempotent_requests", "Still in progress."),
}
_AFTER: Final = {
    Fault.TAKE_AND_HANG: Answer(hang=True),
    Fault.TAKE_AND_DROP: Answer(drop=True),
    Fault.TAKE_AND_ERROR: _error(500, "internal_server_error", "An unexpected error occurred."),
}
