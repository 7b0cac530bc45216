"""Completions at the same time: one certificate each, numbers without gaps, no circle of locks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from optilearn.core.errors import AppError
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Lesson, Module
from optilearn.enrollment.models import Enrollment
from optilearn.enrollment.services.completion import complete_lesson, lock_enrollment
from optilearn.notifications.models import Notification
from optilearn.recognition.certificates import services
from optilearn.recognition.models import Certificate, CertificateTemplate
from tests.optilearn.enrollment.world import enroll, make_course, make_student
from tests.support.at_once import at_once, committed_twins
from tests.support.certificates import awarding, complete
from tests.support.paths import member_of, path_with
from tests.support.twins import Twin

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def twin(django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    with committed_twins("certificates", django_db_blocker) as twins:
        with tenant_context(twins[0].id):
            awarding(twins[0])
        yield twins[0]


def student(twin: Twin, code: str) -> Enrollment:
    make_student(twin, code)
    return enroll(twin, code, twin.courses["MATH"])


def completing(enrollment: Enrollment, lesson_id: int) -> Callable[[], object]:
    def run() -> None:
        with transaction.atomic():
            lock_enrollment(enrollment.pk)
            complete_lesson(enrollment.pk, lesson_id)

    return run


def test_two_last_lessons_give_one_certificate_and_one_message(twin: Twin) -> None:
    with tenant_context(twin.id):
        module = Module.objects.get(course=twin.courses["MATH"])
        second = Lesson.objects.create(
            course=twin.courses["MATH"], module=module, title="Two", kind="TEXT", position=2
        )
        lessons = list(Lesson.objects.filter(course=twin.courses["MATH"]))
    for n in range(5):
        enrollment = student(twin, f"two-{n}")
        jobs = [completing(enrollment, one.pk) for one in lessons for _again in range(2)]
        assert at_once(twin, jobs) == [None] * 4
        with tenant_context(twin.id):
            (found,) = Certificate.objects.filter(enrollment=enrollment)
            sent = Notification.objects.filter(once=f"certificate:{found.pk}")
            assert sent.count() == 1
    with tenant_context(twin.id):
        second.archived_at = enrollment.enrolled_at
        second.save()


def test_many_completions_at_once_leave_no_gap(twin: Twin) -> None:
    for n in range(8):
        student(twin, f"many-{n}")
    jobs = [partial(complete, twin, f"many-{n}") for n in range(8)]
    for answer in at_once(twin, jobs):
        assert isinstance(answer, Enrollment), answer
    with tenant_context(twin.id):
        numbers = Certificate.objects.order_by("number").values_list("number", flat=True)
        figures = [int(number.rsplit("-", 1)[1]) for number in numbers]
    assert figures == list(range(1, len(figures) + 1))


def test_issued_anew_twice_at_once_there_is_one_new_one(twin: Twin) -> None:
    enrollment = student(twin, "anew")
    with tenant_context(twin.id):
        complete(twin, "anew")
        found = Certificate.objects.get(enrollment=enrollment)
    anew = partial(
        services.reissue,
        principal=twin.principal("asha"),
        certificate_id=found.pk,
        reason="A new name.",
    )
    answers = at_once(twin, [anew, anew, anew])
    assert sum(isinstance(answer, int) for answer in answers) == 1
    assert sum(isinstance(answer, AppError) for answer in answers) == 2
    with tenant_context(twin.id):
        valid = Certificate.objects.filter(enrollment=enrollment, revoked_at=None)
        assert valid.count() == 1


def test_two_default_templates_leave_one(twin: Twin) -> None:
    principal = twin.principal("asha")

    def adding(name: str) -> Callable[[], object]:
        return partial(
            services.add_template, principal=principal, values={"name": name, "is_default": True}
        )

    for n in range(5):
        found = at_once(twin, [adding(f"first {n}"), adding(f"second {n}")])
        assert all(isinstance(one, int) for one in found), found
        with tenant_context(twin.id):
            assert CertificateTemplate.objects.filter(is_default=True).count() == 1


def test_two_last_courses_complete_the_path_once(twin: Twin) -> None:
    courses = [make_course(twin, code, {}) for code in ("LEFT", "RIGHT")]
    with tenant_context(twin.id):
        lessons = {one.course_id: one.pk for one in Lesson.objects.filter(course__in=courses)}
        path = path_with(twin, "LEFT", "RIGHT", awards_certificate=True)
    for n in range(5):
        make_student(twin, f"path-{n}")
        own = [enroll(twin, f"path-{n}", course) for course in courses]
        with tenant_context(twin.id):
            member = member_of(path, twin, f"path-{n}")
        jobs = [completing(one, lessons[one.course_id]) for one in own]
        assert at_once(twin, jobs) == [None] * 2
        with tenant_context(twin.id):
            member.refresh_from_db()
            assert member.completed_at is not None
            assert Certificate.objects.filter(path_member=member).count() == 1
