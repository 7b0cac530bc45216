"""Notifications of grades. Called by the grading service, inside its transaction."""

from __future__ import annotations

from optilearn.assessment.selectors import Grade
from optilearn.notifications.audiences import ParentsOf
from optilearn.notifications.payloads import instant_key, points
from optilearn.notifications.services import send


def notify_graded(grade: Grade) -> None:
    """Notify the student and the parents, once, of a grade that was given or changed.

    A corrected grade is sent again, even if the correction restores an earlier score: nobody
    is left with the score between. Parents are also notified of a low grade, after the
    school's grace period (``reminders.notify_low_grades``).
    """
    once = f"{grade.id}:{points(grade.score)}:{instant_key(grade.graded_at)}"
    course = {
        "courseId": grade.course_id,
        "courseTitle": grade.course_title,
        "assignmentId": grade.assignment_id,
        "assignmentTitle": grade.assignment_title,
        "score": points(grade.score),
        "maxScore": points(grade.max_score),
    }
    send(key="ASSESS_GRADED", to=grade.student_id, data=course, once=once, dedupe=once)
    child = {"childId": grade.student_id, "childName": grade.student_name}
    parents = ParentsOf(grade.student_id)
    send(key="PARENT_CHILD_GRADED", to=parents, data=child | course, once=once, dedupe=once)
