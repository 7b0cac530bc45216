"""The interface of notifications for ``worker/``, which imports no other module of this app.

An import contract in pyproject.toml holds it.
"""

from optilearn.notifications.definitions import Channel
from optilearn.notifications.delivery.attachments import (
    Attachment,
    AttachmentsUnavailableError,
    attachments_of,
)
from optilearn.notifications.delivery.claims import Batch, Claim, claim_due
from optilearn.notifications.delivery.expansion import expand
from optilearn.notifications.delivery.in_app import deliver_all_in_app
from optilearn.notifications.delivery.results import (
    MAX_ATTEMPTS,
    Failure,
    record_attempt,
    record_failed,
    record_retry,
    record_sent,
    record_skipped,
    release,
)
from optilearn.notifications.delivery.retention import purge
from optilearn.notifications.devices.selectors import devices_of
from optilearn.notifications.devices.services import remove_tokens
from optilearn.notifications.digests.services import send_due_digests
from optilearn.notifications.links import delivery_token, unsubscribe_url
from optilearn.notifications.outbox.state import due_work
from optilearn.notifications.outbox.wake_ups import TASKS, acknowledge, wake_workers
from optilearn.notifications.producers.peer_reviews import notify_new_reviews
from optilearn.notifications.producers.recognition import remind_expiring_certificates
from optilearn.notifications.producers.reminders import (
    notify_low_grades,
    reengage,
    remind_due,
    remind_due_reviews,
    remind_expiring,
    remind_overdue,
)
from optilearn.notifications.rendering.errors import RenderingError
from optilearn.notifications.rendering.renderer import RenderedMessage, Renderer
from optilearn.notifications.rules import Rule
from optilearn.notifications.webhooks.resend import times_failed

__all__ = [
    "MAX_ATTEMPTS",
    "TASKS",
    "Attachment",
    "AttachmentsUnavailableError",
    "Batch",
    "Channel",
    "Claim",
    "Failure",
    "RenderedMessage",
    "Renderer",
    "RenderingError",
    "Rule",
    "acknowledge",
    "attachments_of",
    "claim_due",
    "deliver_all_in_app",
    "delivery_token",
    "devices_of",
    "due_work",
    "expand",
    "notify_low_grades",
    "notify_new_reviews",
    "purge",
    "record_attempt",
    "record_failed",
    "record_retry",
    "record_sent",
    "record_skipped",
    "reengage",
    "release",
    "remind_due",
    "remind_due_reviews",
    "remind_expiring",
    "remind_expiring_certificates",
    "remind_overdue",
    "remove_tokens",
    "send_due_digests",
    "times_failed",
    "unsubscribe_url",
    "wake_workers",
]
