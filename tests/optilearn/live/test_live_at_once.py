"""Live classes with everybody pressing at the same time: one start, one end, no report lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from pytest_django.plugin import DjangoDbBlocker

from optilearn.core import clock
from optilearn.core.errors import AppError
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.live.models import Attendance, LiveClass, LiveSeries, PresenceEvent
from optilearn.live.services import (
    Report,
    Scope,
    announce_starting,
    cancel,
    change,
    end,
    end_overdue,
    report_presence,
    start,
)
from optilearn.notifications.models import Notification
from tests.support.at_once import at_once, committed_twins
from tests.support.twins import Twin

pytestmark = pytest.mark.slow
ROUNDS = 4


@pytest.fixture(scope="module")
def twin(django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    with committed_twins("live", django_db_blocker) as twins:
        yield twins[0]


def a_class(twin: Twin, minutes: int = 0, **values: object) -> int:
    """A class of an hour that begins so many minutes from now."""
    begins = clock.now() + timedelta(minutes=minutes)
    return LiveClass.objects.create(
        course=twin.courses["MATH"],
        title="Fractions",
        starts_at=begins,
        ends_at=begins + timedelta(hours=1),
        host=twin.people["tom"],
        room=uuid4().hex,
        **values,
    ).pk


def entries(action: str, key: int) -> int:
    return AuditEntry.objects.filter(action=action, target=f"live-class:{key}").count()


def test_of_two_hosts_one_starts_and_one_ends(twin: Twin) -> None:
    hosts = [twin.principal("tom"), twin.principal("asha")]
    for _ in range(ROUNDS):
        with tenant_context(twin.id):
            key = a_class(twin)
        for action in (start, end):
            jobs = [partial(action, principal=who, class_id=key) for who in hosts]
            assert at_once(twin, jobs) == [None, None]
        with tenant_context(twin.id):
            assert (entries("live_class.start", key), entries("live_class.end", key)) == (1, 1)
            assert Attendance.objects.filter(live_class_id=key).count() == 2
            told = Notification.objects.filter(once__startswith=f"class:{key}:")
            assert told.filter(key="PARENT_CHILD_ABSENT").count() == 2


def test_two_workers_and_a_host_end_a_class_once(twin: Twin) -> None:
    for _ in range(ROUNDS):
        with tenant_context(twin.id):
            key = a_class(twin, -95, status="LIVE", started_at=clock.now() - timedelta(minutes=95))
        tom = twin.principal("tom")
        jobs = [end_overdue, end_overdue, partial(end, principal=tom, class_id=key)]
        answers = at_once(twin, jobs)
        assert not any(isinstance(one, Exception) for one in answers), answers
        with tenant_context(twin.id):
            assert entries("live_class.end", key) == 1
            assert Attendance.objects.filter(live_class_id=key).count() == 2


def test_two_workers_remind_once(twin: Twin) -> None:
    for _ in range(ROUNDS):
        with tenant_context(twin.id):
            LiveClass.objects.update(reminded_at=clock.now())
            key = a_class(twin, 5)
        answers = at_once(twin, [announce_starting, announce_starting])
        assert sum(answers) == 1, answers
        with tenant_context(twin.id):
            told = Notification.objects.filter(key="LIVE_CLASS_STARTING", data__sessionId=key)
            assert told.count() == 1


def test_starting_and_cancelling_are_one_after_the_other(twin: Twin) -> None:
    tom, asha = twin.principal("tom"), twin.principal("asha")
    for _ in range(ROUNDS):
        with tenant_context(twin.id):
            key = a_class(twin)
        answers = at_once(
            twin,
            [
                partial(start, principal=tom, class_id=key),
                partial(cancel, principal=asha, class_id=key, scope=Scope.ONE),
            ],
        )
        refused = [one for one in answers if one is not None]
        assert len(refused) == 1
        assert isinstance(refused[0], AppError), refused
        assert refused[0].code == "CONFLICT"


def test_changes_of_a_series_take_turns(twin: Twin) -> None:
    tom, asha = twin.principal("tom"), twin.principal("asha")
    for _ in range(ROUNDS):
        with tenant_context(twin.id):
            series = LiveSeries.objects.create(course=twin.courses["MATH"], rule="")
            keys = [a_class(twin, 1_440 * day, series=series) for day in range(1, 6)]
        later = clock.now() + timedelta(days=30)
        jobs = [
            partial(cancel, principal=asha, class_id=keys[4], scope=Scope.ALL),
            partial(
                change,
                principal=tom,
                class_id=keys[0],
                values={"starts_at": later},
                scope=Scope.ALL,
            ),
            partial(
                change,
                principal=asha,
                class_id=keys[3],
                values={"minutes": 30},
                scope=Scope.FOLLOWING,
            ),
        ]
        answers = [one for one in at_once(twin, jobs) if one is not None]
        assert all(isinstance(one, AppError) and one.code == "CONFLICT" for one in answers), answers
        with tenant_context(twin.id):
            found = LiveClass.objects.filter(series=series)
            assert {one.status for one in found} == {"CANCELLED"}


def test_the_same_report_from_many_requests_is_stored_once(twin: Twin) -> None:
    with tenant_context(twin.id):
        key = a_class(twin)
    lena = twin.principal("lena")
    report = Report(UUID(int=7), UUID(int=8), "JOIN")
    jobs = [partial(report_presence, principal=lena, class_id=key, report=report)] * 4
    assert at_once(twin, jobs) == [None] * 4
    with tenant_context(twin.id):
        assert PresenceEvent.objects.filter(live_class_id=key).count() == 1


def test_a_report_during_the_end_holds_up_nobody(twin: Twin) -> None:
    for number in range(ROUNDS):
        with tenant_context(twin.id):
            key = a_class(twin, status="LIVE", started_at=clock.now())
        tom, lena = twin.principal("tom"), twin.principal("lena")
        report = Report(UUID(int=number), UUID(int=8), "LEAVE")
        answers = at_once(
            twin,
            [
                partial(end, principal=tom, class_id=key),
                partial(report_presence, principal=lena, class_id=key, report=report),
            ],
        )
        assert answers == [None, None]
