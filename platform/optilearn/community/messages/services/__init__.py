"""Writes of messages."""

from optilearn.community.messages.services.moderating import (
    read_report,
    report_message,
    resolve_report,
)
from optilearn.community.messages.services.opening import open_conversation
from optilearn.community.messages.services.reading import (
    leave_conversation,
    mark_conversation_read,
    set_muted,
)
from optilearn.community.messages.services.settings import set_messaging_rules
from optilearn.community.messages.services.writing import (
    delete_message,
    edit_message,
    send_message,
)

__all__ = [
    "delete_message",
    "edit_message",
    "leave_conversation",
    "mark_conversation_read",
    "open_conversation",
    "read_report",
    "report_message",
    "resolve_report",
    "send_message",
    "set_messaging_rules",
    "set_muted",
]
