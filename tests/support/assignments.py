"""Assignments, rubrics and submissions for tests, through the API's own services."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from typing import Any, Final

from optilearn.assessment.assignments import services
from optilearn.assessment.assignments.schemas import AssignmentIn
from optilearn.assessment.models import Assignment, Submission
from optilearn.assessment.rubrics.schemas import RubricIn
from optilearn.assessment.rubrics.services import add_rubric
from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.files.models import File
from tests.support.client import call, token_of
from tests.support.twins import Twin

_requests: Final = count(1)


class Classroom:
    """MATH of one twin, taught by Tom, at a time that a test moves."""

    def __init__(self, twin: Twin, now: datetime) -> None:
        self.twin = twin
        self.now = now
        self.course = twin.courses["MATH"].pk

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The institution's context, at the room's time."""
        with clock.frozen(self.now), tenant_context(self.twin.id):
            yield

    def ask(self, who: str, method: str, path: str, /, **body: Any) -> tuple[int, Any]:
        """The status, and the data or the error."""
        with clock.frozen(self.now):
            status, answer = call(
                method, f"/api/{path}", token=token_of(self.twin, who), body=body or None
            )[:2]
        return status, answer["data"] if status < 400 else answer["error"]

    def done(self, who: str, method: str, path: str, /, **body: Any) -> Any:
        """The data of a request that succeeds."""
        status, data = self.ask(who, method, path, **body)
        assert status in {200, 201}, data
        return data


SOURCES: Final[dict[str, Any]] = {
    "key": "sources",
    "title": "Sources",
    "levels": [
        {"key": "good", "title": "Two or more", "points": 4},
        {"key": "none", "title": "None", "points": 0},
    ],
}
STYLE: Final[dict[str, Any]] = {
    "key": "style",
    "title": "Style",
    "isRange": True,
    "levels": [
        {"key": "clear", "title": "Clear", "points": 6},
        {"key": "rough", "title": "Rough", "points": 2},
    ],
}


def an_assignment(twin: Twin, course: str = "MATH", **settings: Any) -> Assignment:
    """Add an assignment to a course, as Tom; by default a text of 10 points."""
    wanted = AssignmentIn.model_validate({"title": "Essay", "maxScore": 10} | settings)
    key = services.add_assignment(
        principal=twin.principal("tom"),
        course_id=twin.courses[course].pk,
        values=wanted.model_dump(),
    )
    return Assignment.objects.get(pk=key)


def a_rubric(twin: Twin, *criteria: dict[str, Any], course: str = "MATH") -> int:
    """Add a rubric of 10 points to a course, as Tom; its id."""
    read = RubricIn.model_validate(
        {"title": "Essays", "criteria": list(criteria or (SOURCES, STYLE))}
    )
    return add_rubric(
        principal=twin.principal("tom"),
        course_id=twin.courses[course].pk,
        title=read.title,
        criteria=read.criteria,
    )


def handed_in(
    twin: Twin,
    assignment: Assignment,
    who: str = "lena",
    text: str = "<p>My essay.</p>",
    **more: Any,
) -> Submission:
    """Hand in as a student."""
    key = services.submit_work(
        principal=twin.principal(who),
        assignment_id=assignment.pk,
        work=services.Work(f"request-{next(_requests)}", text=text, **more),
    )
    return Submission.objects.get(pk=key)


def a_file(twin: Twin, who: str = "lena", **values: Any) -> int:
    """A file that somebody has uploaded to hand it in; its id."""
    number = next(_requests)
    made = File.objects.create(
        **{
            "owner": twin.people[who],
            "category": "submissions",
            "key": f"lms/{twin.id}/submissions/{number}.pdf",
            "name": f"{who} {number}.pdf",
            "content_type": "application/pdf",
            "size_bytes": 9,
            "status": File.Status.READY,
            "ready_at": clock.now(),
        }
        | values
    )
    return made.pk
