"""One HTTP request to OptiCRM and its answer, as the client and the transport pass them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """A request to send; ``endpoint`` names it in error messages."""

    endpoint: str
    url: str
    headers: Mapping[str, str]
    method: str = "GET"
    content: bytes | None = None


@dataclass(frozen=True)
class Answer:
    """A complete answer; ``retry_after`` is in seconds."""

    status: int
    retry_after: float | None
    body: bytes
