"""Look up the people of an audience, when the message is sent."""

from __future__ import annotations

from typing import assert_never

from optilearn.courses.selectors.messages import teacher_ids
from optilearn.crm.parents import parents_of
from optilearn.enrollment.selectors.reminding import candidates_for, students_of
from optilearn.notifications.audiences import (
    Audience,
    CandidatesFor,
    ParentsOf,
    People,
    StudentsOf,
    TeachersOf,
)


def resolve(audience: Audience) -> list[int]:
    """Return our ids of its people, each once.

    Raises ``CrmError`` where OptiCRM has to be asked and doesn't answer: try again later. Only
    the message's own recipients are stored of its answer.
    """
    match audience:
        case People(ids):
            return list(ids)
        case StudentsOf(course_id):
            return students_of(course_id)
        case CandidatesFor(course_id):
            return candidates_for(course_id)
        case TeachersOf(course_id):
            return teacher_ids(course_id)
        case ParentsOf(student_id):
            return parents_of(student_id)
        case _:
            assert_never(audience)
