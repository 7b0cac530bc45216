"""The tables of the community."""

from optilearn.community.models.announcements import (
    Announcement,
    AnnouncementCourse,
    AnnouncementReceipt,
    AnnouncementVersion,
)
from optilearn.community.models.discussions import (
    DiscussionMention,
    DiscussionPost,
    DiscussionPostVersion,
    DiscussionReader,
    DiscussionReport,
    DiscussionThread,
)

__all__ = [
    "Announcement",
    "AnnouncementCourse",
    "AnnouncementReceipt",
    "AnnouncementVersion",
    "DiscussionMention",
    "DiscussionPost",
    "DiscussionPostVersion",
    "DiscussionReader",
    "DiscussionReport",
    "DiscussionThread",
]
