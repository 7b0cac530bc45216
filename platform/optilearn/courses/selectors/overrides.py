"""The overrides of a lesson's times, as staff see them."""

from __future__ import annotations

from django.db.models import F

from optilearn.core.http.pages import PageQuery
from optilearn.core.sql import Row
from optilearn.courses.models import LessonOverride


def overrides_of(lesson_id: int, query: PageQuery) -> tuple[list[Row], int]:
    """Return a page of what is moved in a lesson, and the number of all. Two queries."""
    found = LessonOverride.objects.filter(lesson_id=lesson_id)
    page = found.order_by(F("student_id").asc(nulls_first=True), "section_id", "id").values(
        "id", "student_id", "student__name", "section_id", "unlock_at", "closes_at", "reason"
    )[query.window]
    return [dict(one) for one in page], found.count()
