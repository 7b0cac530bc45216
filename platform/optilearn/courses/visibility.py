"""Which courses a caller may find or read: the one rule, in SQL, for lists, details and facets."""

from __future__ import annotations

from typing import Any

from django.db import connection

from optilearn.core.access.policies import STAFF
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.courses.models import Course
from optilearn.people.selectors import placement

Condition = tuple[str, list[Any]]
"""SQL about the course ``c``, and its parameters."""


def visible(principal: Principal) -> Condition:
    """Staff see all courses. Everybody else sees what is PUBLISHED and meant for them.

    A course without targets is meant for everyone, a targeted one for the students of its
    classes and sections, and then for nobody else.
    """
    own = "c.institution_id = %s"
    if principal.role in STAFF:
        return own, [principal.institution_id]
    meant = "cardinality(c.target_class_ids) + cardinality(c.target_section_ids) = 0"
    parameters: list[Any] = [principal.institution_id]
    if principal.role is Role.STUDENT:
        for column, value in zip(
            ("target_class_ids", "target_section_ids"),
            placement(principal.person_id),
            strict=True,
        ):
            if value:
                meant += f" OR c.{column} @> ARRAY[%s]"
                parameters.append(value)
    return f"{own} AND c.status = 'PUBLISHED' AND ({meant})", parameters


def readable(principal: Principal, course_id: int) -> Condition:
    """That a course is the one of that id, if the principal may find it or is a student in it.

    Who is or was enrolled keeps what they learned from: archived, or aimed at others by now.
    """
    condition, parameters = visible(principal)
    if principal.role is Role.STUDENT and _is_taken(principal, course_id):
        condition, parameters = "c.institution_id = %s", [principal.institution_id]
    return f"{condition} AND c.id = %s", [*parameters, course_id]


def _is_taken(principal: Principal, course_id: int) -> bool:
    live = (Course.Status.PUBLISHED, Course.Status.ARCHIVED)
    taken = Course.objects.filter(pk=course_id, status__in=live)
    return taken.filter(enrollments__student_id=principal.person_id).exists()


def is_readable(principal: Principal, course_id: int) -> bool:
    """Whether the principal may read about that course."""
    condition, parameters = readable(principal, course_id)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM courses_course c WHERE {condition}",  # noqa: S608 - ours
            parameters,
        )
        return cursor.fetchone() is not None
