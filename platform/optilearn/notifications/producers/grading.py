"""Notifications of grades and of work that is handed in or returned.

Handlers run inside the transaction of the event.
"""

from __future__ import annotations

from collections.abc import Sequence

from optilearn.assessment.events import GradesReleased, SubmissionsReceived, SubmissionsReturned
from optilearn.assessment.selectors import Grade, received, released
from optilearn.core.events import subscribe
from optilearn.notifications.audiences import ParentsOf, TeachersOf
from optilearn.notifications.payloads import instant_key, points
from optilearn.notifications.services import Item, send, send_each


def register() -> None:
    """Register the handlers; called once, when the app is ready."""
    subscribe(GradesReleased, notify_released)
    subscribe(SubmissionsReceived, notify_teachers)
    subscribe(SubmissionsReturned, notify_returned)


def notify_released(event: GradesReleased) -> None:
    """Notify of the grades of an event, as they are now."""
    notify_graded(released(event.grade_ids), students=not event.is_by_peers)


def notify_graded(grades: Sequence[Grade], *, students: bool = True) -> None:
    """Notify students and their parents, once, of grades that were released or changed.

    A corrected grade is sent again, even if the correction restores an earlier score: nobody
    is left with the score between. Parents are also notified of a low grade, after the
    school's grace period (``reminders.notify_low_grades``). Four statements at any number.
    """
    own, parents = [], []
    for grade in grades:
        once = f"{grade.id}:{points(grade.score)}:{instant_key(grade.graded_at)}"
        course = {
            "courseId": grade.course_id,
            "courseTitle": grade.course_title,
            "assignmentId": grade.assignment_id,
            "assignmentTitle": grade.assignment_title,
            "score": points(grade.score),
            "maxScore": points(grade.max_score),
        }
        child = {"childId": grade.student_id, "childName": grade.student_name}
        own.append(Item(grade.student_id, course, once, dedupe=once))
        parents.append(Item(ParentsOf(grade.student_id), child | course, once, dedupe=once))
    if students:
        send_each(key="ASSESS_GRADED", items=own)
    send_each(key="PARENT_CHILD_GRADED", items=parents)


def notify_teachers(event: SubmissionsReceived) -> None:
    """Notify the teachers of a course that a student handed something in.

    While marking is anonymous, neither the name nor the id of the student is in the message.
    """
    (work,) = received(event.submission_ids[:1])
    send(
        key="TEACHER_SUBMISSION_RECEIVED",
        to=TeachersOf(work.course_id),
        data={
            "courseId": work.course_id,
            "courseTitle": work.course_title,
            "assignmentId": work.assignment_id,
            "assignmentTitle": work.assignment_title,
            "studentId": None if work.is_hidden else work.student_id,
            "studentName": work.code if work.is_hidden else work.student_name,
        },
        once=f"submission:{work.id}",
        dedupe=f"submission:{work.id}",
    )


def notify_returned(event: SubmissionsReturned) -> None:
    """Notify students that their work was returned for revision, with the comment."""
    items = [
        Item(
            work.student_id,
            {
                "courseId": work.course_id,
                "courseTitle": work.course_title,
                "assignmentId": work.assignment_id,
                "assignmentTitle": work.assignment_title,
                "comment": event.comment,
            },
            f"submission:{work.id}",
        )
        for work in received(event.submission_ids)
    ]
    send_each(key="ASSESS_RETURNED", items=items)
