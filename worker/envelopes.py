"""The format of a task's message: Celery's protocol 2, as our producers send it.

Celery parses some of these values only after it has reserved a process for the task: a value of a
wrong type costs it that process permanently, until the worker accepts no more tasks. So the type
of each value that is read before the task runs is checked here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=7 * 24 * 3600)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**31)]


class MalformedMessageError(ValueError):
    """The message isn't in the format of our producers."""


class DeliveryInfo(msgspec.Struct):
    """The route of a message."""

    exchange: str
    routing_key: str


class Properties(msgspec.Struct):
    """The properties that the queue reads."""

    delivery_tag: str
    delivery_info: DeliveryInfo
    body_encoding: str | None = None
    correlation_id: str | None = None
    reply_to: str | None = None
    priority: int | None = None


class Headers(msgspec.Struct):
    """The headers of any message. Compressed ones are refused: a small one may become huge."""

    compression: None = None


class Envelope(
    msgspec.Struct, rename={"content_type": "content-type", "content_encoding": "content-encoding"}
):
    """Any message: a task's, or a control message to workers."""

    body: str
    content_type: str
    content_encoding: str
    headers: Headers
    properties: Properties


class TaskHeaders(msgspec.Struct):
    """The headers that the worker reads before it runs a task."""

    task: Name
    id: Name
    lang: str | None = None
    shadow: str | None = None
    eta: datetime | None = None
    expires: datetime | None = None
    group: str | None = None
    group_index: Count | None = None
    retries: Count | None = None
    timelimit: tuple[Seconds | None, Seconds | None] | None = None
    root_id: str | None = None
    parent_id: str | None = None
    argsrepr: str | None = None
    kwargsrepr: str | None = None
    origin: str | None = None
    ignore_result: bool | None = None
    replaced_task_nesting: Count | None = None
    stamped_headers: list[str] | None = None
    stamps: dict[str, Any] | None = None


class Further(msgspec.Struct, forbid_unknown_fields=True):
    """The messages to send after the task."""

    callbacks: list[dict[str, Any]] | None = None
    errbacks: list[dict[str, Any]] | None = None
    chain: list[dict[str, Any]] | None = None
    chord: dict[str, Any] | None = None


TaskBody = tuple[list[Any], dict[str, Any], Further]


def check_envelope(raw: object) -> None:
    """Raise ``MalformedMessageError`` for what isn't a message at all."""
    _held_to(Envelope, raw, "message")


def check_task(headers: object, body: object) -> None:
    """Raise ``MalformedMessageError`` for what isn't a task's, of whichever task."""
    _held_to(TaskHeaders, headers, "headers")
    _held_to(TaskBody, body, "body")


def _held_to(kind: Any, value: object, name: str) -> None:
    try:
        msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise MalformedMessageError(f"{name}: {error}") from None
