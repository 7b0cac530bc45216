"""The public interface of notifications: the calls by which other apps send messages."""

from optilearn.notifications.outbox.erasure import lock_messages_of
from optilearn.notifications.services.sending import (
    DigestMessage,
    Item,
    queue_for_digest,
    send,
    send_bulk,
    send_digests,
    send_each,
    send_test,
)

__all__ = [
    "DigestMessage",
    "Item",
    "lock_messages_of",
    "queue_for_digest",
    "send",
    "send_bulk",
    "send_digests",
    "send_each",
    "send_test",
]
