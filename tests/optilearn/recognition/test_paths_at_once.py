"""A last course is completed while its path changes: either side sees the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connections, transaction
from pytest_django.plugin import DjangoDbBlocker

from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Lesson
from optilearn.enrollment.models import Enrollment
from optilearn.enrollment.services.completion import complete_lesson, lock_enrollment
from optilearn.recognition.models import Certificate, PathMember
from optilearn.recognition.paths import services
from tests.optilearn.enrollment.world import enroll, make_course
from tests.support.at_once import committed_twins
from tests.support.paths import member_of, path_with
from tests.support.twins import Twin

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def twin(django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    with committed_twins("paths", django_db_blocker) as twins:
        for code in ("FIRST", "SECOND", "THIRD", "FOURTH"):
            make_course(twins[0], code, {})
        yield twins[0]


def during_completion(twin: Twin, enrollment: Enrollment, change: Callable[[], object]) -> None:
    """Run ``change`` while a completion is done and not committed yet."""
    completed, changing = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def run(job: Callable[[], None], after: threading.Event) -> None:
        try:
            with tenant_context(twin.id):
                job()
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)
        finally:
            after.set()
            connections["default"].close()

    def complete() -> None:
        with transaction.atomic():
            lock_enrollment(enrollment.pk)
            complete_lesson(enrollment.pk, Lesson.objects.get(course=enrollment.course_id).pk)
            completed.set()
            changing.wait(1)  # the change may wait for this commit, so not for its end

    first = threading.Thread(target=run, args=(complete, completed))
    first.start()
    assert completed.wait(30)
    second = threading.Thread(target=run, args=(lambda: change() and None, changing))
    second.start()
    first.join(30)
    second.join(30)
    assert not failures, failures


def check_completed(twin: Twin) -> None:
    with tenant_context(twin.id):
        member = PathMember.objects.latest("id")
        assert member.completed_at is not None
        assert Certificate.objects.filter(path_member=member).count() == 1


def test_a_student_joins(twin: Twin) -> None:
    enrollment = enroll(twin, "lena", twin.courses["FIRST"])
    with tenant_context(twin.id):
        path = path_with(twin, "FIRST", title="A", is_open=True, awards_certificate=True)
    lena = twin.principal("lena")
    during_completion(twin, enrollment, lambda: services.join_path(principal=lena, path_id=path.pk))
    check_completed(twin)


def test_a_student_is_added(twin: Twin) -> None:
    enrollment = enroll(twin, "मीरा", twin.courses["SECOND"])
    with tenant_context(twin.id):
        path = path_with(twin, "SECOND", title="B", awards_certificate=True)
    given = {"path_id": path.pk, "student_ids": [twin.people["मीरा"].pk]}
    asha = twin.principal("asha")
    during_completion(twin, enrollment, lambda: services.add_members(principal=asha, **given))
    check_completed(twin)


def test_the_courses_change(twin: Twin) -> None:
    enrollment = enroll(twin, "sven", twin.courses["THIRD"])
    with tenant_context(twin.id):
        path = path_with(twin, "FOURTH", title="C", awards_certificate=True)
        member_of(path, twin, "sven")
    values = {"course_ids": [twin.courses["THIRD"].pk]}
    asha = twin.principal("asha")
    during_completion(
        twin,
        enrollment,
        lambda: services.update_path(principal=asha, path_id=path.pk, values=values),
    )
    check_completed(twin)
