"""Leaderboards of a course and of a class with 5,000 learners."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from benchmarks.report import Line, once
from benchmarks.world import World

_LEARNERS: Final = 5_000
_GOAL_SECONDS: Final = 0.02


def measure(world: World) -> Iterator[Line]:
    from optilearn.core.access.principal import Principal
    from optilearn.core.access.roles import Role
    from optilearn.core.tenancy.context import tenant_context
    from optilearn.recognition.points import selectors

    with tenant_context(world.institution_id):
        course_id, student_id = _fill()
        with world.superuser() as admin:
            admin.execute("ANALYZE")
        caller = Principal(
            institution_id=world.institution_id,
            institution_slug="bench",
            person_id=student_id,
            role=Role.STUDENT,
            name="",
            locale="en",
        )

        def of_course() -> None:
            selectors.course_leaderboard(caller, course_id)

        yield Line("a course of 5,000", min(once(of_course) for _ in range(41)), _GOAL_SECONDS, 1)

        def of_class() -> None:
            selectors.class_leaderboard(caller)

        yield Line("a class of 5,000", min(once(of_class) for _ in range(41)), _GOAL_SECONDS, 1)


def _fill() -> tuple[int, int]:
    """Make the learners; return the course, and the one with the fewest points."""
    from optilearn.courses.models import Course
    from optilearn.enrollment.models import Enrollment
    from optilearn.people.models import Person
    from optilearn.recognition.models import CoursePoints, LearnerTotals

    course = Course.objects.create(code="BOARD", title="Board", status="PUBLISHED")
    people = Person.objects.bulk_create(
        Person(
            kind="STUDENT",
            role="STUDENT",
            crm_id=f"board-{n}",
            code=f"board-{n}",
            name=f"Learner {n * 7919 % _LEARNERS}",
            class_id="10A",
        )
        for n in range(_LEARNERS)
    )
    Enrollment.objects.bulk_create(Enrollment(student=one, course=course) for one in people)
    CoursePoints.objects.bulk_create(
        CoursePoints(student=one, course=course, points=1 + n * 31 % 3_000)
        for n, one in enumerate(people)
    )
    LearnerTotals.objects.bulk_create(
        LearnerTotals(student=one, points=1 + n * 31 % 3_000, is_hidden=n % 20 == 1)
        for n, one in enumerate(people)
    )
    return course.pk, people[0].pk
