"""Visibility of courses: the conditions of lists, details and facets, from ``rules``."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

from optilearn.core.access.policies import STAFF
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.courses.models import Course
from optilearn.courses.rules import LIVE, discoverable
from optilearn.people.selectors import placement

_OWN: Final = "c.institution_id = %s"
_DISCOVERABLE: Final = discoverable("%s::text", "%s::text")

Condition = tuple[str, list[Any]]
"""SQL about the course ``c``, and its parameters."""


def visible(principal: Principal) -> Condition:
    """Staff see all courses. Everybody else sees what is PUBLISHED and meant for them.

    A course without targets is meant for everyone, a targeted one for the students of its
    classes and sections, and then for nobody else.
    """
    if principal.role in STAFF:
        return _OWN, [principal.institution_id]
    is_student = principal.role is Role.STUDENT
    class_id, section_id = placement(principal.person_id) if is_student else ("", "")
    placed = [class_id, class_id, section_id, section_id]
    return f"{_OWN} AND {_DISCOVERABLE}", [principal.institution_id, *placed]


def readable(principal: Principal, course_id: int) -> Condition:
    """That a course is the one of that id, if the principal may find it or is a student in it.

    Who is or was enrolled keeps what they learned from: archived, or aimed at others by now.
    """
    condition, parameters = visible(principal)
    if principal.role is Role.STUDENT and _is_enrolled(principal, course_id):
        condition, parameters = _OWN, [principal.institution_id]
    return f"{condition} AND c.id = %s", [*parameters, course_id]


def _is_enrolled(principal: Principal, course_id: int) -> bool:
    live = Course.objects.filter(pk=course_id, status__in=LIVE)
    return live.filter(enrollments__student_id=principal.person_id).exists()


def is_readable(principal: Principal, course_id: int) -> bool:
    """Return True if the principal may read about that course."""
    condition, parameters = readable(principal, course_id)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM courses_course c WHERE {condition}",  # noqa: S608 - ours
            parameters,
        )
        return cursor.fetchone() is not None
