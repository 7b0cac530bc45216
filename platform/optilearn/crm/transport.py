"""One request and its answer, within a time that holds however slowly the bytes come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Final

import httpx

from optilearn.core.clock import now
from optilearn.crm.errors import CrmAnswerError, CrmDown
from optilearn.crm.exchange import Answer, Request

MAX_BYTES: Final = 8 * 1024**2
"""Enough for a roster of thousands; OptiCRM answers nothing larger."""
_MAX_CONNECTIONS: Final = 20


class Transport:
    """Connections that are used again and again; safe for several threads, not after a fork.

    ``connect`` and ``read`` are seconds for connecting and for each wait for bytes.
    """

    def __init__(self, connect: float, read: float, clock: Callable[[], float] = monotonic) -> None:
        self._connect = connect
        self._read = read
        self._clock = clock
        self._client = httpx.Client(
            limits=httpx.Limits(
                max_connections=_MAX_CONNECTIONS, max_keepalive_connections=_MAX_CONNECTIONS
            ),
            follow_redirects=False,  # the key would travel along
            trust_env=False,  # what the environment says comes through the settings
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(self, request: Request, deadline: float) -> Answer:
        """The answer, by ``deadline`` on the clock.

        Raises ``CrmDown`` if there is none, or ``CrmAnswerError`` for one without an end.
        """
        left = deadline - self._clock()
        if left <= 0:
            raise CrmDown(request.endpoint, "there is no time left")
        timeout = httpx.Timeout(min(self._read, left), connect=min(self._connect, left))
        with (
            _explained(request.endpoint),
            self._client.stream(
                request.method,
                request.url,
                headers=dict(request.headers),
                content=request.content,
                timeout=timeout,
            ) as response,
        ):
            body = self._received(request, response, deadline)
        return Answer(response.status_code, _retry_after(response), body)

    def _received(self, request: Request, response: httpx.Response, deadline: float) -> bytes:
        parts, size = [], 0
        for part in response.iter_bytes():
            size += len(part)
            if size > MAX_BYTES:
                raise CrmAnswerError(request.endpoint, "the answer is too large")
            if self._clock() > deadline:
                raise CrmDown(request.endpoint, "the answer took too long")
            parts.append(part)
        return b"".join(parts)


@contextmanager
def _explained(endpoint: str) -> Iterator[None]:
    """Say in our words what httpx means; its own would name the person asked for."""
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise CrmDown(endpoint, "it can't be reached in time") from error
    except httpx.TimeoutException as error:
        raise CrmDown(endpoint, "it didn't answer in time") from error
    except httpx.DecodingError as error:
        raise CrmAnswerError(endpoint, "the answer can't be unpacked") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CrmDown(endpoint, f"the connection failed ({type(error).__name__})") from error


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds; given as such, or as a date."""
    text = response.headers.get("Retry-After", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
        return max((moment - now()).total_seconds(), 0.0)
    except (TypeError, ValueError):  # no date, or one without a zone
        return None
