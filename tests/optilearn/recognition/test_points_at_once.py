"""Achievements at the same time: no count is lost, no badge is missed, no circle of locks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course, Lesson, Module
from optilearn.enrollment.models import Enrollment
from optilearn.enrollment.services.completion import recompute_course, record_lesson_results
from optilearn.notifications.models import Notification
from optilearn.recognition.models import Badge, EarnedBadge, LearnerTotals, PointsEntry
from tests.optilearn.enrollment.world import enroll, make_course, make_student
from tests.support.at_once import at_once, committed_twins
from tests.support.certificates import awarding, complete
from tests.support.twins import Twin

pytestmark = pytest.mark.slow
COURSES = 6
NAMES = ("a", "b", "c")


@pytest.fixture(scope="module")
def twin(django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    with committed_twins("points", django_db_blocker) as twins:
        north = twins[0]
        for name in NAMES:
            make_student(north, name)
        for n in range(COURSES):
            course = make_course(north, f"C{n}", {})
            for name in NAMES:
                enroll(north, name, course)
            with tenant_context(north.id):
                awarding(north, f"C{n}")
        with tenant_context(north.id):
            for least in range(1, COURSES + 1):
                rule = {"all": [{"count": "coursesCompleted", "atLeast": least}]}
                Badge.objects.create(title=f"{least}", rule=rule)
        yield north


def test_courses_that_are_completed_at_once_miss_no_badge(twin: Twin) -> None:
    jobs = [partial(complete, twin, "a", f"C{n}") for n in range(COURSES)]
    assert all(isinstance(one, Enrollment) for one in at_once(twin, jobs))
    with tenant_context(twin.id):
        totals = LearnerTotals.objects.get(student=twin.people["a"])
        assert totals.courses_completed == COURSES
        assert totals.points == COURSES * 110
        assert EarnedBadge.objects.filter(student=twin.people["a"]).count() == COURSES
        sent = Notification.objects.filter(key="BADGE_EARNED")
        assert sent.filter(recipients=[twin.people["a"].pk]).count() == COURSES


def results(twin: Twin, course: str, **events: str) -> None:
    """Results of a lesson of several students, as a class that submits has them."""
    with transaction.atomic():
        own = Enrollment.objects.filter(course__code=course, student__code__in=events)
        keys = dict(own.values_list("student__code", "id"))
        record_lesson_results(
            lesson_id=Lesson.objects.get(course__code=course, title="Quiz").pk,
            events={keys[name]: event for name, event in events.items()},
        )


def test_classes_where_others_pass_wait_for_each_other_in_no_circle(twin: Twin) -> None:
    for name in ("d", "e"):
        make_student(twin, name)
    for n in range(COURSES):
        course = make_course(twin, f"Q{n}", {})
        for name in ("d", "e"):
            enroll(twin, name, course)
        with tenant_context(twin.id):
            Lesson.objects.create(
                course=course, module=Module.objects.filter(course=course)[0], title="Quiz",
                kind="QUIZ", position=9, completion="SUBMITTED", is_required=False,
            )  # fmt: skip
    orders = ({"d": "PASSED", "e": "SUBMITTED"}, {"e": "PASSED", "d": "SUBMITTED"})
    jobs = [partial(results, twin, f"Q{n}", **orders[n % 2]) for n in range(COURSES)]
    assert [one for one in at_once(twin, jobs) if isinstance(one, Exception)] == []
    with tenant_context(twin.id):
        for name in ("d", "e"):
            entries = PointsEntry.objects.filter(student=twin.people[name], kind="QUIZ_PASSED")
            assert entries.count() == COURSES / 2


def finish(course: Course) -> None:
    """All enrollments of a course at once, as a change of its lessons does it."""
    with transaction.atomic():
        recompute_course(course.pk)


def test_whole_courses_at_once_wait_for_each_other_in_no_circle(twin: Twin) -> None:
    with tenant_context(twin.id):
        courses = [Course.objects.get(code=f"C{n}") for n in range(COURSES)]
    jobs = [partial(complete, twin, name, f"C{n}") for n in range(COURSES) for name in ("b", "c")]
    jobs_of_courses = [partial(finish, course) for course in courses]
    answers = at_once(twin, [*jobs, *jobs_of_courses])
    assert [one for one in answers if isinstance(one, Exception)] == []
    with tenant_context(twin.id):
        for name in ("b", "c"):
            totals = LearnerTotals.objects.get(student=twin.people[name])
            assert (totals.courses_completed, totals.points) == (COURSES, COURSES * 110)
