"""Writes of marking."""

from __future__ import annotations

from optilearn.assessment.marking.services.comments import add_comment, delete_comment
from optilearn.assessment.marking.services.marks import MarkGiven, decide_mark, mark_submission
from optilearn.assessment.marking.services.regrades import (
    answer_request,
    request_regrade,
    write_message,
)
from optilearn.assessment.marking.services.returning import return_work

__all__ = [
    "MarkGiven",
    "add_comment",
    "answer_request",
    "decide_mark",
    "delete_comment",
    "mark_submission",
    "request_regrade",
    "return_work",
    "write_message",
]
