"""A week of the twins, for the tests of weekly digests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.models import Assignment, Submission
from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course
from optilearn.enrollment.models import Enrollment
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.definitions import Channel
from optilearn.notifications.digests.parents import send_parent_digests
from optilearn.notifications.digests.teachers import send_teacher_digests
from optilearn.notifications.models import Delivery, Notification
from optilearn.notifications.quiet import zone_of
from optilearn.notifications.registry import definition_of
from optilearn.notifications.rendering.reader import Reader
from optilearn.notifications.rendering.renderer import Renderer
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
EIGHT = datetime.fromisoformat("2026-11-23T08:00Z")
PARENT, TEACHER = "PARENT_WEEKLY_DIGEST", "TEACHER_WEEKLY_DIGEST"


def at(days: float = 0, **more: float) -> datetime:
    """So long after Monday at eight in London."""
    return EIGHT + timedelta(days=days, **more)


def scan_parents(twin: Twin, when: datetime) -> int:
    with tenant_context(twin.id), clock.frozen(when):
        return send_parent_digests(institution_by_id(twin.id))


def scan_teachers(twin: Twin, when: datetime) -> int:
    with tenant_context(twin.id), clock.frozen(when):
        return send_teacher_digests(institution_by_id(twin.id))


def said(twin: Twin, key: str) -> dict[str, Any]:
    """What each reader is told, by name."""
    with tenant_context(twin.id):
        found = Delivery.objects.filter(key=key).order_by("id")
        assert {row.channel for row in found} <= {Channel.EMAIL.value}
        return dict(found.values_list("person__code", "notification__data"))


def work(twin: Twin, course: Course, title: str, due_at: datetime | None = None) -> Assignment:
    with tenant_context(twin.id):
        return Assignment.objects.create(course=course, title=title, due_at=due_at, max_score=50)


def grade(twin: Twin, one: Assignment, name: str, graded_at: datetime | None) -> None:
    with tenant_context(twin.id):
        student = twin.people[name]
        Submission.objects.create(
            assignment=one,
            enrollment=Enrollment.objects.get(student=student, course_id=one.course_id),
            student=student,
            course_id=one.course_id,
            submitted_at=at(-6),
            score=None if graded_at is None else 41,
            status="SUBMITTED" if graded_at is None else "GRADED",
            graded_at=graded_at,
        )


def seen(twin: Twin, name: str, when: datetime | None, **facts: Any) -> None:
    with tenant_context(twin.id):
        rows = Enrollment.objects.filter(student=twin.people[name])
        rows.update(last_activity_at=when, **facts)


def is_written(twin: Twin, key: str) -> None:
    """The templates take what was made: its names are those of the definition's example."""
    with tenant_context(twin.id):
        institution = institution_by_id(twin.id)
        for row in Notification.objects.filter(key=key):
            reader = Reader(row.recipients[0], "Pia", "hi", zone_of("", "UTC"))
            assert Renderer(institution).render(key, Channel.EMAIL, row.data, reader).html
            _same_names(row.data, definition_of(key).example)


def _same_names(data: Any, example: Any) -> None:
    if isinstance(example, dict):
        assert data.keys() == example.keys()
        for name, value in data.items():
            _same_names(value, example[name])
    elif isinstance(example, list):
        for value in data:
            _same_names(value, example[0])


def cost(twin: Twin, scan: Any, when: datetime) -> int:
    with tenant_context(twin.id), CaptureQueriesContext(connection) as asked:
        scan(twin, when)
    return len(asked.captured_queries)
