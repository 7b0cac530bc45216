"""What waited for the morning and isn't true any more isn't sent; what is still true is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.models import Assignment, Submission
from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import tenant_context
from optilearn.enrollment.models import Enrollment
from optilearn.notifications import services
from optilearn.notifications.definitions import Channel
from optilearn.notifications.delivery import in_app, results
from optilearn.notifications.models import Preference
from optilearn.notifications.producers import reminders
from optilearn.people.models import Person
from tests.optilearn.enrollment.world import enroll, make_course, make_student
from tests.optilearn.notifications.support import claim, notified, outcome, payload, reach
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
EVENING = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
DUE_AT = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


class Night:
    """Sven's course, its essay of tomorrow, and what a night may change of them."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.sven = reach(twin, "sven")
        self.course = make_course(twin, "SUMS")
        self.enrollment = enroll(twin, "sven", self.course)
        self.work = Assignment.objects.create(course=self.course, title="Essay", due_at=DUE_AT)

    def hand_in(self) -> None:
        Submission.objects.create(
            assignment=self.work,
            enrollment=self.enrollment,
            student=self.sven,
            course=self.course,
            submitted_at=EVENING,
        )

    def move(self) -> None:
        Assignment.objects.filter(pk=self.work.pk).update(due_at=DUE_AT + timedelta(days=2))

    def leave(self) -> None:
        Enrollment.objects.filter(pk=self.enrollment.pk).update(status="WITHDRAWN")

    def sleep(self) -> None:
        """Nothing happens."""


@pytest.fixture
def night(twins: Twins) -> Any:
    with tenant_context(twins[0].id):
        yield Night(twins[0])


def morning_of(person: Person, change: Callable[[], None]) -> tuple[str, str]:
    """What becomes of the mail that waited, where this happened at night."""
    with frozen(EVENING):
        assert claim() == []
        in_app.deliver_in_app()
    (mail,) = notified(person)
    assert outcome(mail) == ("DEFERRED", "quiet_hours")
    change()
    with frozen(MORNING):
        claim()
    assert {outcome(row)[0] for row in notified(person, Channel.IN_APP)} <= {"SENT"}  # true then
    return outcome(mail)


def changed(rows: Any, **values: Any) -> None:
    rows.update(**values)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("sleep", ("PENDING", "")),
        ("hand_in", ("SKIPPED", "outdated")),
        ("move", ("SKIPPED", "outdated")),
        ("leave", ("SKIPPED", "outdated")),
    ],
)
def test_a_reminder_of_the_evening(night: Night, what: str, expected: tuple[str, str]) -> None:
    with frozen(EVENING):
        assert reminders.remind_due() == 1
    assert morning_of(night.sven, getattr(night, what)) == expected


@pytest.mark.parametrize(
    ("score", "expected"), [(5, ("PENDING", "")), (45, ("SKIPPED", "outdated"))]
)
def test_a_grade_that_is_corrected_at_night(
    night: Night, twins: Twins, score: int, expected: tuple[str, str]
) -> None:
    pia = reach(twins[0], "pia")
    night.hand_in()
    rows = Submission.objects.filter(assignment=night.work)
    rows.update(score=5, graded_at=EVENING, status="GRADED")
    data = payload(
        "PARENT_CHILD_LOW_GRADE",
        assignmentId=night.work.pk,
        childId=night.sven.pk,
        score="5",
    )
    with frozen(EVENING):
        services.send(key="PARENT_CHILD_LOW_GRADE", to=pia.pk, data=data)
    assert morning_of(pia, lambda: changed(rows, score=score)) == expected


@pytest.mark.parametrize(
    ("days", "expected"), [(0, ("PENDING", "")), (30, ("SKIPPED", "outdated"))]
)
def test_an_access_that_is_prolonged(night: Night, days: int, expected: tuple[str, str]) -> None:
    rows = Enrollment.objects.filter(pk=night.enrollment.pk)
    rows.update(expires_at=DUE_AT)
    with frozen(EVENING):
        assert reminders.remind_expiring() == 1
    change = {"expires_at": DUE_AT + timedelta(days=days)}
    assert morning_of(night.sven, lambda: changed(rows, **change)) == expected


@pytest.mark.parametrize(
    ("seen_at", "expected"),
    [(None, ("PENDING", "")), (EVENING + timedelta(hours=1), ("SKIPPED", "outdated"))],
)
def test_who_came_back(night: Night, seen_at: datetime | None, expected: tuple[str, str]) -> None:
    rows = Enrollment.objects.filter(pk=night.enrollment.pk)
    with frozen(EVENING):
        services.send(
            key="REENGAGE_INACTIVE",
            to=night.sven.pk,
            data=payload("REENGAGE_INACTIVE", courseId=night.course.pk),
        )
    change = {"last_activity_at": seen_at}
    assert morning_of(night.sven, lambda: changed(rows, **change)) == expected


def test_what_may_have_arrived_is_not_looked_at_again(night: Night) -> None:
    with frozen(EVENING - timedelta(hours=4)):
        reminders.remind_due()
        (claimed,) = claim()
        results.record_retry(claimed, results.Failure("timeout", maybe_accepted=True))
    night.hand_in()
    with frozen(EVENING - timedelta(hours=3)):
        assert len(claim()) == 1


def test_what_an_administrator_wants_to_see_comes_now(twins: Twins) -> None:
    """At night, whatever else they chose, and though the example is about nobody."""
    asha = reach(twins[0], "asha")
    with tenant_context(twins[0].id), frozen(EVENING):
        key = "LESSON_ASSIGNMENT_DUE_REMINDER"
        Preference.objects.create(person=asha, key=key, email=False)
        principal = twins[0].principal("asha")
        services.send_test(principal=principal, key=key, channel=Channel.EMAIL)
        with frozen(EVENING + timedelta(hours=1)):  # the worker was away
            assert len(claim()) == 1


def test_it_costs_the_same_for_many(night: Night) -> None:
    def claiming(moment: datetime) -> int:
        with (
            frozen(moment),
            CaptureQueriesContext(
                connection,
            ) as queries,
        ):
            assert claim()
        return len(queries)

    with frozen(EVENING):
        reminders.remind_due()
    one = claiming(MORNING)
    for n in range(20):
        make_student(night.twin, f"s{n}", email=f"s{n}@example.org")
        enroll(night.twin, f"s{n}", night.course)
    with frozen(EVENING + timedelta(minutes=1)):
        reminders.remind_due()
    assert claiming(MORNING + timedelta(seconds=1)) == one
