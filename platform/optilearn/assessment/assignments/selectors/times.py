"""The times of students: the assignment's, with their extensions."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from optilearn.assessment.assignments.timing import Moved, Times
from optilearn.assessment.models import Assignment, Extension


def times_of(assignment: Assignment) -> Times:
    """Return the assignment's own times."""
    return Times(assignment.opens_at, assignment.due_at, assignment.closes_at)


def times_for(assignment: Assignment, student_id: int, section_id: str) -> Times:
    """Return a student's times for an assignment. One query."""
    return times_for_all([assignment], student_id, section_id)[assignment.pk]


def times_for_all(
    assignments: Iterable[Assignment], student_id: int, section_id: str
) -> dict[int, Times]:
    """Return a student's times by assignment. One query."""
    wanted = {one.pk: times_of(one) for one in assignments}
    mine = Q(student_id=student_id)
    if section_id:
        mine |= Q(section_id=section_id)
    moved: dict[int, list[Moved]] = {}
    for one in Extension.objects.filter(mine, assignment_id__in=wanted):
        moved.setdefault(one.assignment_id, []).append(Moved(one.due_at, one.closes_at))
    return {key: own.extended(moved.get(key, ())) for key, own in wanted.items()}


def times_by_student(assignment: Assignment, students: dict[int, str]) -> dict[int, Times]:
    """Return the times of students, whose sections are given, for one assignment. One query."""
    found = list(Extension.objects.filter(assignment_id=assignment.pk))
    own = times_of(assignment)
    return {
        student_id: own.extended(
            Moved(one.due_at, one.closes_at)
            for one in found
            if one.student_id == student_id or (one.section_id and one.section_id == section_id)
        )
        for student_id, section_id in students.items()
    }
