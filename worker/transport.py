"""The queue's transport: malformed messages are dropped, and the worker goes on.

Kombu trusts the items in a list of Valkey: one that isn't JSON, or has no delivery tag, ends the
worker.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from kombu.transport import redis
from kombu.transport.virtual import Message

from optilearn.core.queue import QUEUES
from worker.envelopes import check_envelope, check_task

log: Final = logging.getLogger(__name__)

_GONE: Final = tuple(e for e in redis.Transport.connection_errors if e is not KeyError)
"""Errors after which the worker reconnects; Kombu counts any ``KeyError`` among them."""


class WholeMessage(Message):
    """A message whose format has been checked."""

    def __init__(self, payload: Any, channel: Any = None, **options: Any) -> None:
        check_envelope(payload)
        super().__init__(payload, channel=channel, **options)  # type: ignore[no-untyped-call]


class Channel(redis.Channel):
    """A channel that survives malformed items."""

    Message = WholeMessage

    def basic_consume(
        self, queue: str, no_ack: Any, callback: Callable[..., Any], *args: Any, **options: Any
    ) -> Any:
        """Consume a queue, and drop messages that can't be handled."""
        is_for_tasks = queue in QUEUES

        def handle(message: Message) -> Any:
            try:
                if is_for_tasks:
                    check_task(message.headers, message.payload)
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
        """Log a malformed item: it is out of the queue already."""
        try:
            return read()
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
            log.warning("An item in the queue is no message, and is dropped: %s", error)
            return True


class Transport(redis.Transport):
    """The transport to Valkey with these channels."""

    Channel = Channel
