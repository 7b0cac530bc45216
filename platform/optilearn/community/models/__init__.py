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
from optilearn.community.models.messages import (
    Conversation,
    ConversationMember,
    Message,
    MessageReport,
    MessageVersion,
    MessagingRules,
)

__all__ = [
    "Announcement",
    "AnnouncementCourse",
    "AnnouncementReceipt",
    "AnnouncementVersion",
    "Conversation",
    "ConversationMember",
    "DiscussionMention",
    "DiscussionPost",
    "DiscussionPostVersion",
    "DiscussionReader",
    "DiscussionReport",
    "DiscussionThread",
    "Message",
    "MessageReport",
    "MessageVersion",
    "MessagingRules",
]
