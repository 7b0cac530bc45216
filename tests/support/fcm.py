"""An FCM on loopback: HTTP v1's ``messages:send``, and the OAuth server of its tokens."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.loopback import Answer, Faults, HttpLoopback, Request

PROJECT: Final = "optilearn-test"
_SEND: Final = re.compile(r"/v1/projects/([^/]+)/messages:send")
_FCM_ERROR: Final = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_SCOPES: Final = {
    f"https://www.googleapis.com/auth/{name}" for name in ("firebase.messaging", "cloud-platform")
}
_BAD_REQUEST: Final = "type.googleapis.com/google.rpc.BadRequest"


class Fault(StrEnum):
    """What goes wrong with a request or for a token."""

    UNREGISTERED = "unregistered"
    BAD_TOKEN = "bad_token"
    NEVER_A_TOKEN = "never_a_token"
    INVALID = "invalid"
    OTHER_PROJECT = "other_project"
    PUSH_CREDENTIAL = "push_credential"
    UNAUTHENTICATED = "401"
    DENIED = "403"
    BUSY = "429"
    BUSY_SILENT = "429_without_retry_after"
    UNAVAILABLE = "503"
    INTERNAL = "500"
    BAD_GATEWAY = "502"
    DROP = "drop"
    HANG = "hang"
    TAKE_AND_DROP = "take_and_drop"


@dataclass(frozen=True, slots=True)
class Pushed:
    """One message that was taken for a device."""

    token: str
    tag: str
    at: float
    message: dict[str, Any] | None
    """The whole message; None where the server keeps heads only."""


class FcmServer(HttpLoopback):
    """Takes pushes until the end of the block."""

    def __init__(self, *, port: int = 0, keep_bodies: bool = True, retry_after: int = 7) -> None:
        super().__init__(port=port)
        self.keep_bodies = keep_bodies
        self.retry_after = retry_after
        self.pushed: list[Pushed] = []
        self.asked = 0
        self.tokens: dict[str, Fault] = {}
        """What is the matter with a device's token."""
        self.faults: Faults[Fault] = Faults()
        self.grants = 0
        """How many OAuth tokens were given out."""
        self.revoked: set[str] = set()
        """OAuth tokens that aren't taken any more."""
        self.oauth_fault: Answer | None = None

    @property
    def credentials(self) -> str:
        """The JSON of a service account that this server knows."""
        return json.dumps(
            {
                "type": "service_account",
                "project_id": PROJECT,
                "private_key_id": "1",
                "private_key": _key(),
                "client_email": f"push@{PROJECT}.iam.gserviceaccount.com",
                "client_id": "1",
                "token_uri": f"{self.url}/token",
            }
        )

    def revoke(self) -> None:
        """Take no OAuth token that was given out so far."""
        self.revoked = {f"oauth-{number}" for number in range(1, self.grants + 1)}

    def answer(self, request: Request) -> Answer:
        if request.path == "/token":
            return self.oauth_fault or self._grant(request)
        self.asked += 1
        found = _SEND.fullmatch(request.path)
        if request.method != "POST" or not found or found.group(1) != PROJECT:
            return _error(404, "NOT_FOUND", "Requested entity was not found.")
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not bearer.startswith("oauth-") or bearer in self.revoked:
            return _error(401, "UNAUTHENTICATED", "Request had invalid credentials.")
        return self._send(request)

    def _grant(self, request: Request) -> Answer:
        claims = jwt.decode(
            parse_qs(request.body.decode())["assertion"][0], options={"verify_signature": False}
        )
        if not _SCOPES & set(claims["scope"].split()):
            return Answer(400, {"error": "invalid_scope"})
        self.grants += 1
        token = {"access_token": f"oauth-{self.grants}", "expires_in": 3600}
        return Answer(200, token | {"token_type": "Bearer"})

    def _send(self, request: Request) -> Answer:
        message = request.json["message"]
        fault = self.faults.next(request) or self.tokens.get(message["token"])
        if fault is Fault.BUSY:
            wait = {"Retry-After": str(self.retry_after)}
            return _error(429, "RESOURCE_EXHAUSTED", "Quota.", "QUOTA_EXCEEDED", headers=wait)
        if fault is not None and fault is not Fault.TAKE_AND_DROP:
            return _ANSWERS[fault]
        data = message.get("data", {})
        if not all(isinstance(value, str) for value in data.values()):
            return _ANSWERS[Fault.INVALID]
        kept = message if self.keep_bodies else None
        self.pushed.append(Pushed(message["token"], data.get("tag", ""), time.time(), kept))
        if fault is Fault.TAKE_AND_DROP:
            return Answer(drop=True)
        return Answer(200, {"name": f"projects/{PROJECT}/messages/{len(self.pushed)}"})


def _error(
    status: int,
    name: str,
    message: str,
    code: str = "",
    *,
    more: tuple[dict[str, Any], ...] = (),
    headers: dict[str, str] | None = None,
) -> Answer:
    details = [{"@type": _FCM_ERROR, "errorCode": code}] if code else []
    body = {"code": status, "status": name, "message": message, "details": [*details, *more]}
    return Answer(status, {"error": body}, headers or {})


def _violation(field: str) -> dict[str, Any]:
    return {"@type": _BAD_REQUEST, "fieldViolations": [{"field": field, "description": "Bad."}]}


_ANSWERS: Final = {
    Fault.UNREGISTERED: _error(404, "NOT_FOUND", "Not registered.", "UNREGISTERED"),
    Fault.BAD_TOKEN: _error(
        400,
        "INVALID_ARGUMENT",
        "The registration token is not valid.",
        "INVALID_ARGUMENT",
        more=(_violation("message.token"),),
    ),
    Fault.NEVER_A_TOKEN: _error(
        400,
        "INVALID_ARGUMENT",
        "The registration token is not a valid FCM registration token",
    ),
    Fault.INVALID: _error(
        400,
        "INVALID_ARGUMENT",
        "Invalid value.",
        "INVALID_ARGUMENT",
        more=(_violation("message.data[0].value"),),
    ),
    Fault.OTHER_PROJECT: _error(403, "PERMISSION_DENIED", "Sender.", "SENDER_ID_MISMATCH"),
    Fault.PUSH_CREDENTIAL: _error(401, "UNAUTHENTICATED", "APNs.", "THIRD_PARTY_AUTH_ERROR"),
    Fault.UNAUTHENTICATED: _error(401, "UNAUTHENTICATED", "Invalid credentials."),
    Fault.DENIED: _error(403, "PERMISSION_DENIED", "Permission denied on the project."),
    Fault.BUSY_SILENT: _error(429, "RESOURCE_EXHAUSTED", "Quota.", "QUOTA_EXCEEDED"),
    Fault.UNAVAILABLE: _error(
        503, "UNAVAILABLE", "Overloaded.", "UNAVAILABLE", headers={"Retry-After": "30"}
    ),
    Fault.INTERNAL: _error(500, "INTERNAL", "Internal error.", "INTERNAL"),
    Fault.BAD_GATEWAY: Answer(502, "<html><title>502</title><p>Bad Gateway</html>"),
    Fault.DROP: Answer(drop=True),
    Fault.HANG: Answer(hang=True),
}


@cache
def _key() -> str:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
