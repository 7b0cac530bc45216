"""What this app asks of OptiCRM and tells it, through the app that speaks with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from optilearn.crm import selectors, services


def is_overdue(student_crm_id: str) -> bool:
    """Whether OptiCRM says that the student's fees are overdue. One round trip.

    OptiCRM down is no answer, and no answer opens the gate (docs/rules.md#fees).
    """
    return selectors.fee_status(student_crm_id) == "OVERDUE"


@dataclass(frozen=True)
class Completion:
    """An enrollment whose course is completed."""

    enrollment_id: int
    student_id: int
    course_id: int
    completed_at: datetime
    code: str
    title: str


def tell_completion(done: Completion) -> None:
    """Queue a course's completion for OptiCRM in the open transaction, once an enrollment."""
    services.queue_completion(
        enrollment_id=done.enrollment_id,
        student_id=done.student_id,
        course_id=done.course_id,
        completed_at=done.completed_at,
        course_code=done.code,
        course_title=done.title,
    )
