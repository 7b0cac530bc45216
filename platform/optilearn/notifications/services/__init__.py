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
from optilearn.notifications.services.texts import problems_of_text, render_text

__all__ = [
    "DigestMessage",
    "Item",
    "lock_messages_of",
    "problems_of_text",
    "queue_for_digest",
    "render_text",
    "send",
    "send_bulk",
    "send_digests",
    "send_each",
    "send_test",
]
