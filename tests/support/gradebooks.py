"""A course that is graded over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from optilearn.assessment.models import Assignment, Submission
from optilearn.core.tenancy.context import tenant_context
from tests.support.client import call, token_of
from tests.support.twins import Twin

DUE = datetime(2026, 2, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Course:
    """MATH of the first twin, taught by Tom, with Lena in it."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.id = twin.courses["MATH"].pk
        self.lena, self.meera = (one.pk for one in twin.enrollments)
        with tenant_context(twin.id):
            self.sums = Assignment.objects.get(course_id=self.id).pk

    def ask(self, who: str, method: str, path: str, /, **body: Any) -> tuple[int, Any]:
        status, answer = call(
            method, f"/api/{path}", token=token_of(self.twin, who), body=body or None
        )[:2]
        return status, answer.get("data") if status < 400 else answer["error"]

    def done(self, method: str, path: str, /, **body: Any) -> Any:
        status, data = self.ask("tom", method, path, **body)
        assert status in {200, 201}, data
        return data

    def add(self, title: str, **values: Any) -> int:
        with tenant_context(self.twin.id):
            return Assignment.objects.create(course_id=self.id, title=title, **values).pk

    def submit(self, assignment: int, late: timedelta) -> None:
        with tenant_context(self.twin.id):
            lena = self.twin.enrollments[0]
            Submission.objects.create(
                assignment_id=assignment,
                enrollment=lena,
                student_id=lena.student_id,
                course_id=self.id,
                submitted_at=DUE + late,
                is_late=late > timedelta(0),
            )

    def grade(self, assignment: int, version: int = 0, **body: Any) -> Any:
        path = f"assignments/{assignment}/grades/{self.lena}"
        return self.done("PUT", path, version=version, **body)

    def lenas(self) -> Any:
        return self.ask("lena", "GET", f"learning/courses/{self.id}/grades")[1]
