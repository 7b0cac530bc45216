"""Learning paths for tests; the tenant's context is open."""

from __future__ import annotations

from typing import Any

from optilearn.core.clock import now
from optilearn.courses.models import Course
from optilearn.recognition.models import LearningPath, PathCourse, PathMember
from tests.support.twins import Twin


def path_with(twin: Twin, *codes: str, title: str = "Mathematics", **values: Any) -> LearningPath:
    """A published path with these courses, in that order."""
    path = LearningPath.objects.create(title=title, **{"status": "PUBLISHED"} | values)
    for position, code in enumerate(codes, start=1):
        course = Course.objects.get(code=code)
        PathCourse.objects.create(path=path, course=course, position=position)
    return path


def member_of(path: LearningPath, twin: Twin, name: str) -> PathMember:
    """Let a student take the path, as if they had joined."""
    return PathMember.objects.create(path=path, student=twin.people[name], joined_at=now())
