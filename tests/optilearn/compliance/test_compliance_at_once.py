"""Administrators, students and workers at the same time: nothing lost, nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from optilearn.compliance import services
from optilearn.compliance.models import Evidence, Obligation, Requirement
from optilearn.compliance.selectors.days import local_day
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Lesson
from optilearn.enrollment.services.completion import complete_lesson, lock_enrollment
from optilearn.notifications.models import Notification
from tests.optilearn.enrollment.world import enroll, make_student
from tests.support.at_once import at_once, committed_twins
from tests.support.twins import Twin

pytestmark = pytest.mark.slow
ROUNDS = 5


@pytest.fixture(scope="module")
def twin(django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    with committed_twins("compliance", django_db_blocker) as twins:
        yield twins[0]


def required(twin: Twin, **values: Any) -> int:
    with tenant_context(twin.id):
        given = {
            "title": "Safety",
            "accepts_evidence": True,
            "due_on": local_day() + timedelta(days=20),
        } | values
        return services.create_requirement(principal=twin.principal("asha"), values=given)


def changing(twin: Twin, name: str, key: int, **values: Any) -> Callable[[], object]:
    return partial(
        services.update_requirement,
        principal=twin.principal(name),
        requirement_id=key,
        values={"version": 1, **values},
    )


def test_of_two_administrators_who_change_it_one_is_told(twin: Twin) -> None:
    for _round in range(ROUNDS):
        key = required(twin, roles=["TEACHER"])
        jobs = [
            changing(twin, "asha", key, roles=["HOD"]),
            changing(twin, "paul", key, roles=["LIBRARIAN"]),
        ]
        refused = [one for one in at_once(twin, jobs) if one is not None]
        assert [one.code for one in refused] == [ErrorCode.CONFLICT]
        with tenant_context(twin.id):
            role = Requirement.objects.get(pk=key).roles[0]
            own = Obligation.objects.filter(requirement_id=key, withdrawn_at=None)
            assert set(own.values_list("person__role", flat=True)) == {role}


def test_workers_and_completions_leave_nothing_owed(twin: Twin) -> None:
    """Who completes the course while the requirement is made has met it, whoever was first."""
    course = twin.courses["MATH"]
    with tenant_context(twin.id):
        lesson = Lesson.objects.get(course=course)

    def completing(enrollment_id: int) -> None:
        with transaction.atomic():
            lock_enrollment(enrollment_id)
            complete_lesson(enrollment_id, lesson.pk)

    for number in range(ROUNDS):
        students = [
            make_student(twin, f"round-{number}-{n}", class_id=f"r{number}") for n in (1, 2)
        ]
        enrollments = [enroll(twin, one.code, course) for one in students]
        given = {
            "title": "Safety",
            "course_id": course.pk,
            "class_ids": [f"r{number}"],
            "due_on": local_day_of(twin) + timedelta(days=20),
        }
        jobs: list[Callable[[], object]] = [
            partial(completing, enrollments[0].pk),
            partial(completing, enrollments[1].pk),
            partial(services.create_requirement, principal=twin.principal("asha"), values=given),
            services.assign_all,
        ]
        answers = at_once(twin, jobs)
        assert not [one for one in answers if isinstance(one, Exception)], answers
        with tenant_context(twin.id):
            own = Obligation.objects.filter(person__in=students, requirement__course=course)
            assert list(own.values_list("met_by", flat=True)) == ["COURSE", "COURSE"]


def local_day_of(twin: Twin) -> Any:
    with tenant_context(twin.id):
        return local_day()


def test_workers_side_by_side_make_and_remind_once(twin: Twin) -> None:
    key = required(twin, roles=["TEACHER"], remind_days=[30])

    def run() -> None:
        services.assign_all()
        services.remind_due()

    assert at_once(twin, [run] * 4) == [None] * 4
    with tenant_context(twin.id):
        own = Obligation.objects.filter(requirement_id=key)
        assert own.count() == 2
        sent = Notification.objects.filter(key="COMPLIANCE_DUE_REMINDER", data__requirementId=key)
        assert sent.count() == 2


def test_of_accepting_and_rejecting_at_once_one_is_told(twin: Twin) -> None:
    for number in range(ROUNDS):
        key = required(twin, person_ids=[twin.people["tom"].pk])
        with tenant_context(twin.id):
            obligation = Obligation.objects.get(requirement_id=key)
            evidence = services.hand_in(
                principal=twin.principal("tom"),
                obligation_id=obligation.pk,
                handed=services.Handed(f"r{number}", "Done."),
            )
        jobs = [
            partial(act, principal=twin.principal(name), evidence_id=evidence, reason="Decided.")
            for act, name in ((services.accept, "asha"), (services.reject, "paul"))
        ]
        answers = at_once(twin, jobs)
        assert sorted(isinstance(one, AppError) for one in answers) == [False, True]
        with tenant_context(twin.id):
            obligation.refresh_from_db()
            is_accepted = Evidence.objects.get(pk=evidence).status == Evidence.Status.ACCEPTED
            assert is_accepted == (obligation.met_at is not None)


def test_one_request_sent_twice_at_once_is_one_requirement(twin: Twin) -> None:
    given = {
        "title": "Twice",
        "accepts_evidence": True,
        "roles": ["TEACHER"],
        "due_on": local_day_of(twin) + timedelta(days=20),
        "request_id": "twice",
    }
    make = partial(services.create_requirement, principal=twin.principal("asha"), values=given)
    first, second = at_once(twin, [make, make])
    assert first == second
