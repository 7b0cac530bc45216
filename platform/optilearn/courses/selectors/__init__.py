"""Reads about courses. What a caller may not see isn't there."""

from __future__ import annotations

from optilearn.courses.schemas import CourseStatus, LessonCompletion, LessonKind
from optilearn.courses.selectors.courses import (
    course_detail,
    courses_taught_by,
    facets,
    lesson_for_staff,
    outline,
    own_course_ids,
)
from optilearn.courses.selectors.listing import course_list

__all__ = [
    "CourseStatus",
    "LessonCompletion",
    "LessonKind",
    "course_detail",
    "course_list",
    "courses_taught_by",
    "facets",
    "lesson_for_staff",
    "outline",
    "own_course_ids",
]
