"""Reads of announcements."""

from optilearn.community.announcements.selectors.managing import (
    managed_announcement,
    managed_announcements,
    receipts,
    versions,
)
from optilearn.community.announcements.selectors.reading import (
    announcement,
    announcements,
    unread_count,
)

__all__ = [
    "announcement",
    "announcements",
    "managed_announcement",
    "managed_announcements",
    "receipts",
    "unread_count",
    "versions",
]
