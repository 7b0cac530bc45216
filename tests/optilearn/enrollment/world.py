"""Courses, students and calls for the tests of enrollments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.core.access.principal import Principal
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course, Lesson, Module
from optilearn.enrollment.models import Enrollment
from optilearn.people.models import Person
from tests.support.client import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
Answer = tuple[int, dict[str, Any]]


def ask(twin: Twin, name: str, method: str, path: str, body: Any = None) -> Answer:
    """One request of that person; the status and the envelope."""
    return call(method, f"/api{path}", token=token_of(twin, name), body=body)


def refused(answer: Answer) -> tuple[int, str]:
    """The status and code of a refusal."""
    return answer[0], answer[1]["error"]["code"]


def make_student(twin: Twin, code: str, **facts: Any) -> Person:
    """One more student."""
    with tenant_context(twin.id):
        person = Person.objects.create(
            kind="STUDENT",
            role="STUDENT",
            crm_id=facts.pop("crm_id", f"crm-{code}"),
            code=code,
            name=facts.pop("name", code.title()),
            **facts,
        )
    twin.people[code] = person
    return person


def make_course(twin: Twin, code: str, *lessons: dict[str, Any], **facts: Any) -> Course:
    """A PUBLISHED course of Tom's, with a module of these lessons."""
    with tenant_context(twin.id):
        course = Course.objects.create(
            code=code,
            title=facts.pop("title", f"{code.title()} for all"),
            creator=facts.pop("creator", twin.people["tom"]),
            status=facts.pop("status", "PUBLISHED"),
            **facts,
        )
        module = Module.objects.create(course=course, title="One", position=1)
        for position, lesson in enumerate(lessons, start=1):
            add_lesson(course, module, position=position, **lesson)
    twin.courses[code] = course
    return course


def add_lesson(course: Course, module: Module, **facts: Any) -> Lesson:
    """One more lesson; the tenant's context is open."""
    given = {"title": "Lesson", "kind": "TEXT", "position": 1} | facts
    return Lesson.objects.create(course=course, module=module, **given)


def lessons_of(twin: Twin, course: Course) -> list[Lesson]:
    """The lessons of a course in their order."""
    with tenant_context(twin.id):
        return list(Lesson.objects.filter(course=course).order_by("position", "id"))


def enroll(twin: Twin, name: str, course: Course, **facts: Any) -> Enrollment:
    """An enrollment as it lies in the table."""
    with tenant_context(twin.id):
        given = {"enrolled_at": datetime.fromisoformat("2026-01-12T09:00Z"), "source": "SELF"}
        return Enrollment.objects.create(
            student=twin.people[name], course=course, **(given | facts)
        )


def fresh(twin: Twin, enrollment: Enrollment | int) -> Enrollment:
    """The enrollment as it is now."""
    key = enrollment if isinstance(enrollment, int) else enrollment.pk
    with tenant_context(twin.id):
        return Enrollment.objects.get(pk=key)


def count_queries(twin: Twin, name: str, read: Callable[[Principal], object]) -> int:
    """How many statements a read by that person takes, the door's and savepoints aside."""
    principal = twin.principal(name)
    with tenant_context(twin.id), CaptureQueriesContext(connection) as asked:
        read(principal)
    return sum("SAVEPOINT" not in query["sql"] for query in asked.captured_queries)


def seats_agree(twin: Twin, course: Course) -> int:
    """The number of seats held, which the course has counted right."""
    with tenant_context(twin.id):
        held = Enrollment.objects.filter(course=course, status__in=["ACTIVE", "COMPLETED"]).count()
        assert Course.objects.get(pk=course.pk).enrolled_count == held
    return held
