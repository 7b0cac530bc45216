"""What is told when work is graded. Called by who grades, inside that transaction."""

from __future__ import annotations

from optilearn.assessment.selectors import Grade
from optilearn.notifications.audiences import ParentsOf
from optilearn.notifications.producers.facts import points, stamp
from optilearn.notifications.services import send


def tell_graded(grade: Grade) -> None:
    """Tell the student and the parents of a grade that was given or changed; once.

    One that is corrected is told again, also when it is what it was before the correction:
    nobody is left with the number between. Parents of a low grade hear of it apart
    from this, after the school's grace period (``reminders.tell_low_grades``).
    """
    once = f"{grade.id}:{points(grade.score)}:{stamp(grade.graded_at)}"
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
