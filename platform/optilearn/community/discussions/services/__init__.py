"""Writes of discussions."""

from optilearn.community.discussions.services.moderating import (
    dismiss_reports,
    hide_post,
    report_post,
    restore_post,
)
from optilearn.community.discussions.services.posting import (
    delete_post,
    edit_post,
    reply,
    start_thread,
)
from optilearn.community.discussions.services.reading import mark_thread_read, set_following
from optilearn.community.discussions.services.threads import choose_best_answer, update_thread

__all__ = [
    "choose_best_answer",
    "delete_post",
    "dismiss_reports",
    "edit_post",
    "hide_post",
    "mark_thread_read",
    "reply",
    "report_post",
    "restore_post",
    "set_following",
    "start_thread",
    "update_thread",
]
