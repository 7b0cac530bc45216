"""The public interface of notifications: the calls by which other apps send messages."""

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
    "queue_for_digest",
    "send",
    "send_bulk",
    "send_digests",
    "send_each",
    "send_test",
]
