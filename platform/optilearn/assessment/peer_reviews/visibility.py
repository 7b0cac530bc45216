"""The moment from which authors see the reviews of their work."""

from __future__ import annotations

from optilearn.assessment.models import Assignment, Grade


def are_released(assignment: Assignment, enrollment_id: int) -> bool:
    """Return True if nothing holds the student's reviews back: they follow the grade. One query.

    A grade that waits to be released, or was hidden, hides them. Without one they wait where the
    assignment is released by hand.
    """
    grade = Grade.objects.filter(assignment=assignment, enrollment_id=enrollment_id).first()
    if grade is None or (grade.points is None and not grade.is_excused):
        return not assignment.posts_manually
    return grade.posted_at is not None
