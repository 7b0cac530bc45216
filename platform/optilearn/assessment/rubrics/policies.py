"""Permissions on rubrics."""

from __future__ import annotations

from optilearn.assessment import policies
from optilearn.assessment.models import Rubric
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal


def managed_rubric(principal: Principal, rubric_id: int, *, lock: bool = False) -> Rubric:
    """Return a rubric of a course that the principal manages.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    rows = Rubric.objects.select_for_update(no_key=True) if lock else Rubric.objects.all()
    found = rows.filter(pk=rubric_id).first()
    if found is None:
        raise not_found()
    policies.managed(principal, found.course_id)
    return found
