"""Publication: at once, or by the worker when the time has come; each announcement once."""

from __future__ import annotations

import logging
from typing import Final

from django.db.models import Q, QuerySet

from optilearn.community.announcements.policies import may_be_published
from optilearn.community.events import AnnouncementPublished
from optilearn.community.models import Announcement
from optilearn.core import audit, clock
from optilearn.core.events import publish
from optilearn.core.locking import each_alone

_logger: Final = logging.getLogger(__name__)
_AT_ONCE: Final = 500


def publish_announcement(announcement: Announcement) -> None:
    """Publish a SCHEDULED announcement, whose row the caller has locked, and notify its readers.

    State and outbox are written in one transaction: either both are there, or neither.
    """
    announcement.status = Announcement.Status.PUBLISHED
    announcement.published_at = clock.now()
    announcement.save(update_fields=["status", "published_at"])
    publish(AnnouncementPublished(announcement.pk))


def publish_due_announcements() -> int:
    """Publish what is due in the institution in force, the earliest first; return the number.

    One transaction for each, so a worker that is killed loses none and publishes none twice. One
    that expired while the worker was away stays unpublished, and one whose author couldn't write it
    today is withdrawn. Idempotent.
    """
    now = clock.now()
    due = Announcement.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now),
        status=Announcement.Status.SCHEDULED,
        publish_at__lte=now,
    )
    keys = list(due.order_by("publish_at", "id").values_list("id", flat=True)[:_AT_ONCE])
    return each_alone(keys, lambda key: _publish_due(due, key), _logger, "announcement")


def _publish_due(due: QuerySet[Announcement], key: int) -> bool:
    # Another worker, or its author, may have been faster.
    announcement = due.filter(pk=key).select_for_update(skip_locked=True).first()
    if announcement is None:
        return False
    if not may_be_published(announcement):
        _withdraw(announcement)
        return False
    publish_announcement(announcement)
    audit.record(action="announcement.publish", target=f"announcement:{key}")
    return True


def _withdraw(announcement: Announcement) -> None:
    announcement.status = Announcement.Status.WITHDRAWN
    announcement.withdrawn_at = clock.now()
    announcement.save(update_fields=["status", "withdrawn_at"])
    audit.record(action="announcement.withdraw", target=f"announcement:{announcement.pk}")
