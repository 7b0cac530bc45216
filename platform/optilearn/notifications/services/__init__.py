"""What other apps and the workers call."""

from optilearn.notifications.services.expanding import expand
from optilearn.notifications.services.in_app import deliver_all_in_app, deliver_in_app
from optilearn.notifications.services.purging import purge
from optilearn.notifications.services.replaying import replay
from optilearn.notifications.services.sending import (
    Carrier,
    Item,
    carry,
    queue_for_digest,
    send,
    send_bulk,
    send_each,
    send_test,
)
from optilearn.notifications.services.settling import (
    Failure,
    again,
    asking,
    failed,
    release,
    sent,
    skipped,
)
from optilearn.notifications.services.taking import Batch, Taken, take
from optilearn.notifications.services.waking import awake, wake

__all__ = [
    "Batch",
    "Carrier",
    "Failure",
    "Item",
    "Taken",
    "again",
    "asking",
    "awake",
    "carry",
    "deliver_all_in_app",
    "deliver_in_app",
    "expand",
    "failed",
    "purge",
    "queue_for_digest",
    "release",
    "replay",
    "send",
    "send_bulk",
    "send_each",
    "send_test",
    "sent",
    "skipped",
    "take",
    "wake",
]
