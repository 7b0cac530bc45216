"""Writes of announcements."""

from optilearn.community.announcements.services.publishing import publish_due_announcements
from optilearn.community.announcements.services.reading import mark_read
from optilearn.community.announcements.services.writing import (
    create_announcement,
    update_announcement,
    withdraw_announcement,
)

__all__ = [
    "create_announcement",
    "mark_read",
    "publish_due_announcements",
    "update_announcement",
    "withdraw_announcement",
]
