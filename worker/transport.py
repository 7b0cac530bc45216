"""The queue's transport: what isn't a task's message is refused, and the worker goes on.

Kombu takes what lies in a list of Valkey for what it put there itself: an item that isn't JSON,
or has no delivery tag, ends the worker.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from kombu.transport import redis
from kombu.transport.virtual import Message

log: Final = logging.getLogger(__name__)

_GONE: Final = tuple(e for e in redis.Transport.connection_errors if e is not KeyError)
"""What the worker connects anew for; Kombu counts a missing key among it, wherever that is."""


class MalformedMessageError(ValueError):
    """It isn't what a producer sends."""


class WholeMessage(Message):
    """A message of the shape that everything after it relies on."""

    def __init__(self, payload: Any, channel: Any = None, **options: Any) -> None:
        check_envelope(payload)
        super().__init__(payload, channel=channel, **options)  # type: ignore[no-untyped-call]


def check_envelope(raw: object) -> None:
    """Raise ``MalformedMessageError`` for what isn't an envelope of Celery's (protocol 2)."""
    envelope = _of(dict, raw, "message")
    headers = _of(dict, envelope.get("headers"), "headers")
    properties = _of(dict, envelope.get("properties"), "properties")
    delivery = _of(dict, properties.get("delivery_info"), "delivery_info")
    _of(str, envelope.get("body"), "body")
    for name in ("content-type", "content-encoding"):
        _of(str, envelope.get(name), name)
    for name in ("exchange", "routing_key"):
        _of(str, delivery.get(name), name)
    _of(str, properties.get("delivery_tag"), "delivery_tag")
    if "method" not in headers and "task" in headers:
        for name in ("task", "id"):
            _of(str, headers.get(name), name)
        _check_limits(headers.get("timelimit"))


def _check_limits(limits: object) -> None:
    """Celery unpacks them when it has a process for the task, and would lose that one."""
    if limits is None:
        return
    pair = _of(list, limits, "timelimit")
    if len(pair) != 2 or not all(one is None or type(one) in {int, float} for one in pair):
        raise MalformedMessageError("timelimit is no pair of numbers")


def _of(kind: type[Any], value: object, name: str) -> Any:
    if not isinstance(value, kind):
        raise MalformedMessageError(f"{name} is {type(value).__name__}, not {kind.__name__}")
    return value


class Channel(redis.Channel):
    """A channel that a malformed item doesn't end."""

    Message = WholeMessage

    def basic_consume(
        self, queue: str, no_ack: Any, callback: Callable[..., Any], *args: Any, **options: Any
    ) -> Any:
        """Consume, and take out of the queue for good what can't be handed to a task."""

        def handle(message: Message) -> Any:
            try:
                return callback(message)
            except _GONE:
                raise
            except Exception:
                log.exception("A message in %s can't be handled; it is dropped.", queue)
                message.reject_log_error(log, self.connection_errors)  # type: ignore[no-untyped-call]
                return None

        return super().basic_consume(queue, no_ack, handle, *args, **options)  # type: ignore[no-untyped-call]

    def _brpop_read(self, **options: Any) -> Any:
        return self._surviving(lambda: super(Channel, self)._brpop_read(**options))  # type: ignore[no-untyped-call]

    def _receive_one(self, client: Any) -> Any:
        return self._surviving(lambda: super(Channel, self)._receive_one(client))  # type: ignore[no-untyped-call]

    def _surviving(self, read: Callable[[], Any]) -> Any:
        """What is read is out of the queue already: there is only its line in the log to write."""
        try:
            return read()
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
            log.warning("An item in the queue is no message, and is dropped: %s", error)
            return True


class Transport(redis.Transport):
    """Valkey, by such channels."""

    Channel = Channel
