"""Look up the people of an audience, when the message is sent."""

from __future__ import annotations

from typing import assert_never

from optilearn.community.announcements.selectors.messages import readers_of
from optilearn.community.discussions.selectors.messages import concerned_by
from optilearn.courses.selectors.messages import teacher_ids
from optilearn.crm.parents import parents_of
from optilearn.enrollment.selectors.reminding import candidates_for, learners_of, students_of
from optilearn.notifications.audiences import (
    Audience,
    CandidatesFor,
    ConcernedBy,
    LearnersOf,
    ParentsOf,
    People,
    ReadersOf,
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
            found = list(ids)
        case StudentsOf(course_id):
            found = students_of(course_id)
        case LearnersOf(course_id):
            found = learners_of(course_id)
        case CandidatesFor(course_id):
            found = candidates_for(course_id)
        case TeachersOf(course_id):
            found = teacher_ids(course_id)
        case ConcernedBy(post_id):
            found = concerned_by(post_id)
        case ReadersOf(announcement_id):
            found = readers_of(announcement_id)
        case ParentsOf(student_id):
            found = parents_of(student_id)
        case _:
            assert_never(audience)
    return found
