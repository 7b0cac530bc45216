"""The feed of a calendar with 500 entries: read whole, and by a program that has it already."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from benchmarks.report import Line, median_of
from benchmarks.world import World

_ENTRIES: Final = 500
_GOAL_SECONDS: Final = 0.03
_GOAL_KNOWN: Final = 0.003


def measure(world: World) -> Iterator[Line]:
    from django.db import transaction
    from django.test import Client

    from optilearn.calendars.services import create_feed
    from optilearn.core.tenancy.context import tenant_context
    from optilearn.institutions.selectors import institution_by_id
    from optilearn.people.authentication import principal_of_person

    with tenant_context(world.institution_id), transaction.atomic():
        person_id = _busy_student()
        principal = principal_of_person(institution_by_id(world.institution_id), person_id)
        path = f"/api/calendars/{create_feed(principal=principal)}.ics"
        client = Client()
        response = client.get(path)
        assert response.content.count(b"BEGIN:VEVENT") >= _ENTRIES, response.content[:300]
        whole = median_of(lambda: client.get(path))
        yield Line(f"a feed of {_ENTRIES} entries", whole, _GOAL_SECONDS, 1)
        tag = {"If-None-Match": response["ETag"]}
        assert client.get(path, headers=tag).status_code == 304
        known = median_of(lambda: client.get(path, headers=tag))
        yield Line("the same for who has it already", known, _GOAL_KNOWN, 1)
        transaction.set_rollback(True)


def _busy_student() -> int:
    """A student with so many assignments, in one of their courses."""
    from optilearn.assessment.models import Assignment
    from optilearn.core import clock
    from optilearn.enrollment.models import Enrollment

    enrollment = Enrollment.objects.filter(course__status="PUBLISHED").earliest("id")
    Enrollment.objects.filter(pk=enrollment.pk).update(status="ACTIVE", expires_at=None)
    now = clock.now()
    Assignment.objects.bulk_create(
        Assignment(
            course_id=enrollment.course_id,
            title=f"Assignment {number}, with a title of the usual length",
            due_at=now + timedelta(hours=number),
        )
        for number in range(_ENTRIES)
    )
    return enrollment.student_id
