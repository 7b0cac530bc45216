"""Reads of messages."""

from optilearn.community.messages.selectors.conversations import (
    conversation,
    conversations,
    unread_counts,
)
from optilearn.community.messages.selectors.messages import messages, one_message, versions
from optilearn.community.messages.selectors.moderating import reports
from optilearn.community.messages.selectors.recipients import recipients
from optilearn.community.messages.selectors.settings import messaging_rules

__all__ = [
    "conversation",
    "conversations",
    "messages",
    "messaging_rules",
    "one_message",
    "recipients",
    "reports",
    "unread_counts",
    "versions",
]
