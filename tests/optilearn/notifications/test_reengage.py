"""Calling back who stays away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.enrollment.models import Enrollment
from optilearn.notifications.models import DeliveryMark, Notification
from optilearn.notifications.producers.reminders import reengage
from tests.optilearn.enrollment.world import enroll, make_course, make_student
from tests.optilearn.notifications.support import NOON, later
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


def scan(twin: Twin, moment: datetime = NOON) -> int:
    with tenant_context(twin.id), clock.frozen(moment):
        return reengage()


def away(twin: Twin, name: str, days: float, code: str = "SUMS", **facts: Any) -> Enrollment:
    """Somebody who was last in a course so many days ago."""
    course = twin.courses.get(code) or make_course(twin, code)
    seen = {"last_activity_at": later(days=-days), "enrolled_at": later(days=-90)}
    if name not in twin.people:
        make_student(twin, name)
    return enroll(twin, name, course, **(seen | facts))


def called(twin: Twin) -> list[tuple[int, int]]:
    """Who was called back, and to which course."""
    with tenant_context(twin.id):
        rows = Notification.objects.filter(key="REENGAGE_INACTIVE").order_by("id")
        return [(row.recipients[0], row.data["courseId"]) for row in rows]


def settings(twin: Twin, **values: Any) -> None:
    twin.institution.settings = {"notifications": values}
    twin.institution.save()


def test_who_was_in_no_course_for_two_weeks_is_called_to_the_last_one(twins: Twins) -> None:
    north, south = twins
    away(north, "sven", 20)
    away(north, "sven", 15, "ART2", progress_pct="40.90")
    away(north, "lena", 13)
    assert scan(north) == 1
    assert called(north) == [(north.people["sven"].pk, north.courses["ART2"].pk)]
    assert scan(south) == 0
    with tenant_context(north.id):
        row = Notification.objects.get()
        assert (row.data["daysAway"], row.data["progressPct"]) == (15, 40)


def test_an_absence_is_reminded_once_in_each_interval(twins: Twins) -> None:
    north, _ = twins
    away(north, "sven", 14)
    assert [scan(north, later(days=day)) for day in (-1, 0, 0.25, 13, 14, 27, 28, 42, 47)] == [
        0, 1, 0, 0, 1, 0, 1, 1, 0,
    ]  # fmt: skip


def test_who_is_gone_for_good_is_left_alone(twins: Twins) -> None:
    north, _ = twins
    away(north, "sven", 61)
    assert scan(north) == 0


def test_enrolling_is_a_sign_of_life(twins: Twins) -> None:
    north, _ = twins
    away(north, "sven", 40, enrolled_at=later(days=-3))
    away(north, "lena", 0, last_activity_at=None, enrolled_at=later(days=-15))
    away(north, "मीरा", 0, last_activity_at=None, enrolled_at=None)
    scan(north)
    assert called(north) == [(north.people["lena"].pk, north.courses["SUMS"].pk)]


def test_only_who_can_go_on_is_called(twins: Twins) -> None:
    north, _ = twins
    draft = make_course(north, "DRAFT", status="DRAFT")
    away(north, "done", 20, status="COMPLETED")
    away(north, "left", 20, status="WITHDRAWN")
    away(north, "over", 20, expires_at=later(days=-1))
    make_student(north, "gone", status="INACTIVE")
    away(north, "gone", 20)
    away(north, "made", 20, draft.code)
    away(north, "busy", 20)
    away(north, "busy", 5, "ART2", status="COMPLETED")
    assert scan(north) == 0


def test_who_was_called_lately_leaves_no_row(twins: Twins) -> None:
    north, _ = twins
    sven = away(north, "sven", 20).student
    with tenant_context(north.id):
        DeliveryMark.objects.create(
            person=sven, channel="EMAIL", mark="re-engage", at=later(days=-13), delivery_id=1
        )
    assert scan(north) == 0
    assert scan(north, later(days=2)) == 1


def test_the_school_may_turn_it_off_or_wait_longer(twins: Twins) -> None:
    north, _ = twins
    away(north, "sven", 20)
    settings(north, reengage=False)
    assert scan(north) == 0
    settings(north, inactiveDays=21)
    assert scan(north) == 0
    settings(north, inactiveDays=90)
    assert scan(north, later(days=69)) == 0
    settings(north, inactiveDays=7)
    assert scan(north) == 1


def test_it_costs_the_same_for_many(twins: Twins) -> None:
    north, _ = twins

    def cost(*names: str) -> int:
        for name in names:
            away(north, name, 20)
        with tenant_context(north.id), CaptureQueriesContext(connection) as asked:
            assert scan(north) == len(names)
        return len(asked.captured_queries)

    assert cost("one") == cost(*(f"s{number}" for number in range(40)))
