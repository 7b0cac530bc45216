"""Which courses a caller may find: the one rule, in SQL, for lists, details and facets."""

from __future__ import annotations

from typing import Any

from django.db import connection

from optilearn.core.access.policies import STAFF
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
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


def is_visible(principal: Principal, course_id: int) -> bool:
    """Whether the principal may find that course."""
    condition, parameters = visible(principal)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM courses_course c WHERE {condition} AND c.id = %s",  # noqa: S608 - ours
            [*parameters, course_id],
        )
        return cursor.fetchone() is not None
