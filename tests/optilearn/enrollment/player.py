"""A video player as the mobile apps have one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.enrollment.models import LessonProgress
from tests.optilearn.enrollment.world import Twins, ask, enroll, lessons_of, make_course

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


class Player:
    """Lena's player, in a video of a hundred seconds, opened at NOW."""

    def __init__(self, twins: Twins, *, opens: bool = True, **lesson: Any) -> None:
        self.north = twins[0]
        given = {"kind": "VIDEO", "completion": "WATCHED", "duration_seconds": 100} | lesson
        self.course = make_course(self.north, "FILM", given, {})
        self.enrollment = enroll(self.north, "lena", self.course)
        self.lesson = lessons_of(self.north, self.course)[0]
        self.path = f"/learning/lessons/{self.lesson.pk}"
        if opens:
            with clock.frozen(NOW):
                assert ask(self.north, "lena", "GET", self.path)[0] == 200

    def send(self, after: float, *watched: tuple[float, float], **more: Any) -> dict[str, Any]:
        body = {"watched": watched} | more
        with clock.frozen(NOW + timedelta(seconds=after)):
            status, answer = ask(self.north, "lena", "PUT", f"{self.path}/progress", body)
        assert status == 200, answer
        data: dict[str, Any] = answer["data"]
        return data

    def row(self) -> LessonProgress:
        with tenant_context(self.north.id):
            return LessonProgress.objects.get(enrollment=self.enrollment, lesson=self.lesson)
