"""Writes about enrollments, and what other apps ask of them."""

from __future__ import annotations

from optilearn.courses.services.overrides import OverrideFor, OverrideTimes
from optilearn.enrollment.services.bulk import enroll_list
from optilearn.enrollment.services.completion import (
    hold_completions,
    recompute_course,
    record_lesson_results,
)
from optilearn.enrollment.services.enrolling import (
    enroll_from_path,
    enroll_self,
    enroll_students,
)
from optilearn.enrollment.services.learning import (
    Report,
    complete_by_hand,
    open_lesson,
    report_progress,
)
from optilearn.enrollment.services.lifecycle import (
    change_enrollment,
    expire_enrollments,
    return_to_course,
    withdraw,
)
from optilearn.enrollment.services.overrides import put_override, remove_override
from optilearn.enrollment.services.ratings import rate_course, remove_rating
from optilearn.enrollment.services.seats import assign_free_seats_of, recount
from optilearn.enrollment.services.waiting import (
    join_waiting_list,
    leave_waiting_list,
    remove_from_waiting_list,
    reorder_waiting_list,
)

__all__ = [
    "OverrideFor",
    "OverrideTimes",
    "Report",
    "assign_free_seats_of",
    "change_enrollment",
    "complete_by_hand",
    "enroll_from_path",
    "enroll_list",
    "enroll_self",
    "enroll_students",
    "expire_enrollments",
    "hold_completions",
    "join_waiting_list",
    "leave_waiting_list",
    "open_lesson",
    "put_override",
    "rate_course",
    "recompute_course",
    "record_lesson_results",
    "recount",
    "remove_from_waiting_list",
    "remove_override",
    "remove_rating",
    "reorder_waiting_list",
    "report_progress",
    "return_to_course",
    "withdraw",
]
