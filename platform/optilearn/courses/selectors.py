"""Reads about courses."""

from __future__ import annotations

from django.db.models import Q

from optilearn.core.access.principal import Principal
from optilearn.courses.models import Course


def own_course_ids(principal: Principal) -> tuple[int, ...]:
    """The courses that a teacher created or co-teaches, ascending (domain.md §1)."""
    person = principal.person_id
    own = Course.objects.filter(Q(creator_id=person) | Q(co_teachers__person_id=person))
    return tuple(own.order_by("id").values_list("id", flat=True).distinct())
