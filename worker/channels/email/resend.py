"""E-mail through Resend's API (docs/protocols.md#resend)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Final

import httpx

from worker.channels.details import plain, seconds_of
from worker.channels.email.message import Email
from worker.channels.email.mime import one_line, quoted
from worker.channels.outcomes import Accepted, Later, Outcome, Rejected

PROVIDER: Final = "RESEND"

_NOTHING_WAS_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)
_SETTINGS: Final = frozenset(
    {
        "missing_api_key",
        "invalid_api_key",
        "restricted_api_key",
        "invalid_access",
        "invalid_from_address",
        "invalid_region",
        "not_found",
        "method_not_allowed",
    }
)
"""Errors that are about our settings and not about this message."""
_QUOTAS: Final = frozenset({"daily_quota_exceeded", "monthly_quota_exceeded"})
_QUOTA_WAIT: Final = 3_600.0


class Resend:
    """A sender with a persistent connection. For one thread at a time."""

    def __init__(self, api_key: str, url: str, timeout: float) -> None:
        self._client = httpx.Client(
            base_url=url,
            timeout=timeout,
            headers={"Authorization": f"Bearer {api_key}"},
            follow_redirects=False,  # the key is for this host alone
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def send(self, email: Email) -> Outcome:
        """Send one message. Never raises for faults of the provider or the network."""
        try:
            response = self._client.post(
                "/emails", json=_body(email), headers={"Idempotency-Key": email.idempotency_key}
            )
        except _NOTHING_WAS_SENT as error:
            return Later("unreachable", type(error).__name__, PROVIDER)
        except httpx.TimeoutException as error:
            return Later("timeout", type(error).__name__, PROVIDER, maybe_accepted=True)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            return Later("misconfigured", type(error).__name__, PROVIDER)
        except httpx.RequestError as error:
            return Later("no_reply", type(error).__name__, PROVIDER, maybe_accepted=True)
        return _outcome(response)


def _body(email: Email) -> dict[str, Any]:
    body: dict[str, Any] = {
        "from": _mailbox(email.from_name, email.from_address),
        "to": [_mailbox(email.to_name, email.to_address)],
        "subject": one_line(email.subject),
        "html": email.html,
        "text": email.text,
        "headers": {"Message-ID": one_line(email.message_id)}
        | {name: one_line(value) for name, value in email.headers.items()},
        "tags": [{"name": name, "value": value} for name, value in email.tags.items()],
    }
    if email.attachments:
        body["attachments"] = [
            {
                "filename": one_line(one.name),
                "content": b64encode(one.content).decode(),
                "content_type": one.content_type,
            }
            for one in email.attachments
        ]
    if email.reply_to:
        body["reply_to"] = one_line(email.reply_to)
    return body


def _mailbox(name: str, address: str) -> str:
    said, where = one_line(name), one_line(address)
    return f"{quoted(said)} <{where}>" if said else where


def _outcome(response: httpx.Response) -> Outcome:
    """Return the outcome of an answer, by Resend's list of errors."""
    status, answer = response.status_code, _json(response)
    if response.is_success:
        return _accepted(answer, status)
    name = str(answer.get("name", ""))
    detail = plain(f"{status} {name} {answer.get('message', '')}")
    if status == 409:
        return _conflict(name, detail)
    if status == 429:
        return _too_many(name, detail, seconds_of(response.headers.get("retry-after")))
    if status >= 500 or status == 408:
        # It may have failed after it accepted the message: a retry with the same key is safe.
        wait = seconds_of(response.headers.get("retry-after"))
        return Later("unavailable", detail, PROVIDER, retry_after=wait, maybe_accepted=True)
    if status in {401, 403, 404, 405} or status < 400 or name in _SETTINGS:
        return Later("misconfigured", detail, PROVIDER)
    return Rejected("refused", detail, PROVIDER)


def _accepted(answer: dict[str, Any], status: int) -> Outcome:
    if message_id := answer.get("id"):
        return Accepted(PROVIDER, str(message_id))
    # A success without a message id: a proxy's page, or another server at a wrong address.
    return Later("no_reply", f"{status} without an id", PROVIDER, maybe_accepted=True)


def _conflict(name: str, detail: str) -> Outcome:
    if name == "invalid_idempotent_request":
        # The key was used up by an earlier attempt with another text (a template or a name
        # changed in between). One delivery has one key, so this message is already on its way.
        return Accepted(PROVIDER)
    return Later("in_progress", detail, PROVIDER, maybe_accepted=True)


def _too_many(name: str, detail: str, wait: float | None) -> Later:
    if name in _QUOTAS:  # nothing can be sent until tomorrow or next month
        return Later("quota_exceeded", detail, PROVIDER, retry_after=wait or _QUOTA_WAIT)
    return Later("rate_limited", detail, PROVIDER, retry_after=wait)


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except (ValueError, RecursionError):  # a proxy's page
        return {}
    return answer if isinstance(answer, dict) else {}
