"""Many grades at once, each set by a person, in a constant number of statements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optilearn.assessment.gradebook.exchange.cells import CellMark
from optilearn.assessment.gradebook.selectors.setup import late_policy, policy_of
from optilearn.assessment.gradebook.services.history import Cause, change, record, state_of
from optilearn.assessment.gradebook.services.lateness import deduct, newest
from optilearn.assessment.gradebook.services.setting import (
    begin,
    decide,
)
from optilearn.assessment.models import Assignment, Grade
from optilearn.core.access.principal import Principal
from optilearn.enrollment.models import Enrollment

_BATCH = 500
_WRITTEN = (
    *("raw_points", "deducted", "points", "is_excused", "grader_id", "graded_at", "posted_at"),
    "version",
)
_Key = tuple[int, int]
"""An enrollment's id and an assignment's."""


def give_many(principal: Principal, course_id: int, marks: Mapping[_Key, CellMark]) -> None:
    """Give these grades of a course, whose enrollments are locked, with their history.

    As if each were given by hand, with the cause IMPORT; comments and lateness stay.
    """
    if not marks:
        return
    grades, new = _grades(course_id, marks)
    submitted = newest([*grades.values()])
    rule = late_policy(policy_of(course_id))
    entries = []
    for key, mark in marks.items():
        grade, work = grades[key], submitted.get((key[1], key[0]))
        is_new = key in new
        if is_new:
            begin(grade, work)
        before = state_of(grade)
        grade.raw_points, grade.is_excused = mark.points, mark.is_excused
        deduct(grade, rule, work)
        decide(principal, grade, before, is_new=is_new)
        grade.version += 0 if is_new else 1
        says = None if is_new and before["points"] is None else before
        entries.append((grade, says))
    _save(grades, new)
    record([change(grade, says, Cause.IMPORT, principal) for grade, says in entries])


def _grades(course_id: int, marks: Mapping[_Key, Any]) -> tuple[dict[_Key, Grade], set[_Key]]:
    """The grades by enrollment and assignment, the known ones locked, and which are new."""
    enrollments = Enrollment.objects.in_bulk({key[0] for key in marks})
    assignments = Assignment.objects.in_bulk({key[1] for key in marks})
    known = Grade.objects.select_for_update().filter(
        enrollment_id__in=enrollments, assignment_id__in=assignments
    )
    grades = {(one.enrollment_id, one.assignment_id): one for one in known.order_by("id")}
    new = marks.keys() - grades.keys()
    for enrollment_id, assignment_id in new:
        grades[enrollment_id, assignment_id] = Grade(
            assignment_id=assignment_id,
            enrollment_id=enrollment_id,
            student_id=enrollments[enrollment_id].student_id,
            course_id=course_id,
        )
    for key, grade in grades.items():
        grade.assignment = assignments[key[1]]
    return {key: grades[key] for key in marks}, new


def _save(grades: Mapping[_Key, Grade], new: set[_Key]) -> None:
    Grade.objects.bulk_create([grades[key] for key in sorted(new)], batch_size=_BATCH)
    changed = [grade for key, grade in grades.items() if key not in new]
    Grade.objects.bulk_update(changed, _WRITTEN, batch_size=_BATCH)
