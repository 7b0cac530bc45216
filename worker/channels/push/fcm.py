"""Push through Firebase Cloud Messaging (docs/protocols.md#fcm)."""

from __future__ import annotations

import json
import math
import uuid
from functools import partial
from time import monotonic
from typing import Any, Final

import firebase_admin
import requests
from firebase_admin import credentials as firebase_credentials
from firebase_admin import exceptions, messaging
from google.auth.exceptions import GoogleAuthError, TransportError
from google.auth.transport.requests import AuthorizedSession, Request
from urllib3.exceptions import NewConnectionError

from worker.channels.details import plain, seconds_of
from worker.channels.push.message import Device, Push
from worker.channels.push.outcomes import DeviceOutcome, DeviceStatus
from worker.channels.push.payload import message_for

PROVIDER: Final = "FCM"
_GOOGLE: Final = "https://fcm.googleapis.com"
_FCM_ERROR: Final = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST: Final = "type.googleapis.com/google.rpc.BadRequest"
_QUOTA_WAIT: Final = 60.0
_SHORTEST_WAIT: Final = 10.0
_NO_ANSWER: Final = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""Exceptions of the library over an answer that isn't JSON, or not the expected one."""
_FOR_ALL: Final = frozenset({"unreachable", "rate_limited", "misconfigured"})
"""Reasons that would stop the other devices too: asking on would only cost time."""


class Fcm:
    """A sender with a persistent connection. For one thread at a time.

    ``credentials`` is the JSON of a service account, whose ``token_uri`` is used for OAuth tokens;
    ``url`` is FCM's. Raises ``ValueError`` if the credentials can't be read.
    """

    def __init__(self, credentials: str, url: str, timeout: float) -> None:
        account = firebase_credentials.Certificate(json.loads(credentials))
        self._app = firebase_admin.initialize_app(
            account, {"httpTimeout": timeout}, name=f"push-{uuid.uuid4()}"
        )
        self._client = _HttpClient(account.get_credential(), url.rstrip("/"), timeout)
        # The library has no setting for its address nor for its retries, which would sleep
        # in a worker's lease, so its HTTP client is replaced by ours.
        service = messaging._get_messaging_service(self._app)  # noqa: SLF001
        service._client = self._client  # noqa: SLF001

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
        firebase_admin.delete_app(self._app)

    def send(self, push: Push, *, until: float = math.inf) -> dict[int, DeviceOutcome]:
        """Send it to each device; return the outcomes by the devices' ids.

        After ``until`` (of ``time.monotonic``) no further device is asked; the first one always
        is. Never raises for faults of the provider or the network.
        """
        outcomes: dict[int, DeviceOutcome] = {}
        for device in push.devices:
            outcome = self._send(push, device)
            outcomes[device.id] = outcome
            if outcome.kind is not DeviceStatus.LATER or outcome.reason not in _FOR_ALL:
                if monotonic() < until:
                    continue
                outcome = DeviceOutcome(DeviceStatus.LATER, "no_time")  # of those that are left
            left = (other.id for other in push.devices if other.id not in outcomes)
            return outcomes | dict.fromkeys(left, outcome)
        return outcomes

    def _send(self, push: Push, device: Device) -> DeviceOutcome:
        try:
            name = messaging.send(message_for(push, device), app=self._app)
        except exceptions.FirebaseError as error:
            return _outcome(error)
        except TransportError as error:
            return DeviceOutcome(DeviceStatus.LATER, "unreachable", plain(f"OAuth: {error}"))
        except GoogleAuthError as error:
            reason = "unreachable" if error.retryable else "misconfigured"
            return DeviceOutcome(DeviceStatus.LATER, reason, plain(f"OAuth: {error}"))
        except _NO_ANSWER as error:
            return DeviceOutcome(DeviceStatus.LATER, "no_reply", type(error).__name__)
        return DeviceOutcome(DeviceStatus.DELIVERED, message_id=name)


class _HttpClient:
    """Transport of the library's requests: one connection, no retries, our address."""

    def __init__(self, credential: Any, url: str, timeout: float) -> None:
        self._credential = credential
        self._url = url
        self._timeout = timeout
        self._tokens = requests.Session()
        self._oauth = Request(self._tokens)
        # Without retries of its own: we refresh once, and only if FCM itself didn't answer.
        self._session: requests.Session = AuthorizedSession(
            credential, refresh_status_codes=(), auth_request=self._oauth, refresh_timeout=timeout
        )  # type: ignore[no-untyped-call]  # google-auth has no types

    def close(self) -> None:
        self._session.close()
        self._tokens.close()

    def body(self, method: str, *, url: str, headers: dict[str, str], json: Any) -> Any:
        """Return the answer's JSON. Raises ``requests.RequestException`` as the library expects."""
        where = url.replace(_GOOGLE, self._url, 1)
        response = self._ask(method, where, headers, json)
        if response.status_code in {401, 403} and not _error_codes(_error_of(response)):
            # Without a limit of ours it would wait for two minutes.
            self._credential.refresh(partial(self._oauth, timeout=self._timeout))
            response = self._ask(method, where, headers, json)
        response.raise_for_status()
        return response.json()

    def _ask(self, method: str, url: str, headers: dict[str, str], body: Any) -> requests.Response:
        return self._session.request(
            method,
            url,
            headers=headers,
            json=body,
            timeout=self._timeout,
            allow_redirects=False,
        )


_ERROR_CODES: Final = {
    "UNREGISTERED": (DeviceStatus.REMOVE, "unregistered"),
    "SENDER_ID_MISMATCH": (DeviceStatus.REMOVE, "other_project"),
    "THIRD_PARTY_AUTH_ERROR": (DeviceStatus.KEEP, "push_credential"),
    "APNS_AUTH_ERROR": (DeviceStatus.KEEP, "push_credential"),
}
"""Outcomes of FCM's own error codes, whatever the status."""


def _outcome(error: exceptions.FirebaseError) -> DeviceOutcome:
    """Return the outcome of an error, by the table of docs/protocols.md#fcm."""
    response = error.http_response
    if response is None:
        return _without_answer(error)
    found = _error_of(response)
    codes = _error_codes(found)
    detail = plain(f"{response.status_code} {' '.join(sorted(codes))} {found.get('message', '')}")
    for code in codes & _ERROR_CODES.keys():
        return DeviceOutcome(*_ERROR_CODES[code], detail)
    wait = seconds_of(response.headers.get("Retry-After"))
    if response.status_code == 429 or "QUOTA_EXCEEDED" in codes:
        wait = _QUOTA_WAIT if wait is None else wait
        return DeviceOutcome(DeviceStatus.LATER, "rate_limited", detail, wait)
    if response.status_code >= 500:
        wait = max(wait or 0.0, _SHORTEST_WAIT)
        return DeviceOutcome(DeviceStatus.LATER, "unavailable", detail, wait)
    if response.status_code == 400:
        kind = (
            (DeviceStatus.REMOVE, "bad_token")
            if _names_the_token(found)
            else (DeviceStatus.KEEP, "invalid")
        )
        return DeviceOutcome(*kind, detail)
    # 401 and 403 without an error code of FCM, an unknown project, a redirect.
    return DeviceOutcome(DeviceStatus.LATER, "misconfigured", detail)


def _without_answer(error: exceptions.FirebaseError) -> DeviceOutcome:
    cause = error.cause
    kind = "unreachable" if _nothing_was_sent(cause) else "no_reply"
    return DeviceOutcome(DeviceStatus.LATER, kind, type(cause).__name__)


def _nothing_was_sent(cause: Any) -> bool:
    never = (
        requests.exceptions.ConnectTimeout,
        requests.exceptions.SSLError,
        requests.exceptions.ProxyError,
    )
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    return isinstance(cause, never) or isinstance(reason, NewConnectionError)


def _error_of(response: requests.Response) -> dict[str, Any]:
    """Return the ``error`` of an answer; empty where it is a proxy's page."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _details(error: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    details = _list_of(error.get("details"))
    return [one for one in details if isinstance(one, dict) and one.get("@type") == kind]


def _list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _error_codes(error: dict[str, Any]) -> set[str]:
    return {str(one.get("errorCode", "")) for one in _details(error, _FCM_ERROR)} - {""}


_NEVER_ONE: Final = "not a valid fcm registration token"
"""FCM's answer to a token that never was one, without any details."""


def _names_the_token(error: dict[str, Any]) -> bool:
    """Return True if the request is refused for its token, not for its content."""
    if _NEVER_ONE in str(error.get("message", "")).casefold():
        return True
    return any(
        violation.get("field") == "message.token"
        for one in _details(error, _BAD_REQUEST)
        for violation in _list_of(one.get("fieldViolations"))
        if isinstance(violation, dict)
    )
