"""Several scans at once: each digest is made by one of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.digests import readers
from optilearn.notifications.digests.items import send_item_digests
from optilearn.notifications.models import Delivery, Digest, Notification
from optilearn.notifications.producers.reminders import remind_due
from optilearn.notifications.services import queue_for_digest
from tests.optilearn.enrollment.world import enroll, make_course, make_student
from tests.optilearn.notifications.support import NOON, later, payload
from tests.support.at_once import at_once, committed_twins
from tests.support.twins import Twin

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

SCANS = 4
PEOPLE = 20


@pytest.fixture
def north(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Twin]:
    """North with a class, in a database of its own where nothing is rolled back."""
    monkeypatch.setattr("optilearn.notifications.services.sending.wake_workers", lambda _work: None)
    monkeypatch.setattr(readers, "PAGE", 6)
    with committed_twins("scans", django_db_blocker) as twins:
        for number in range(PEOPLE):
            make_student(twins[0], f"s{number}", email=f"s{number}@example.org")
        yield twins[0]


def test_concurrent_scans_send_everything_once(north: Twin) -> None:
    course = make_course(north, "SUMS")
    people = [f"s{number}" for number in range(PEOPLE)]
    for name in people:
        enroll(north, name, course)
    with tenant_context(north.id):
        course.assignments.create(title="Essay", due_at=later(hours=5))
        for number in range(3):
            data = payload("LESSON_NEW_CONTENT", lessonId=number + 1)
            ids = [north.people[name].pk for name in people]
            queue_for_digest(key="LESSON_NEW_CONTENT", to=ids, data=data)
        Delivery.objects.update(created_at=NOON - timedelta(hours=5))

    def scan() -> tuple[int, int]:
        with clock.frozen(NOON):
            return send_item_digests(institution_by_id(north.id)), remind_due()

    made = at_once(north, SCANS * [scan])
    assert [sum(numbers) for numbers in zip(*made, strict=True)] == [PEOPLE, PEOPLE]
    assert len(made) == SCANS
    with tenant_context(north.id):
        assert Digest.objects.count() == Delivery.objects.filter(key="DIGEST").count() == PEOPLE
        waiting = Delivery.objects.filter(key="LESSON_NEW_CONTENT", channel="EMAIL")
        assert not waiting.filter(carrier=None).exists()
        assert Notification.objects.filter(key="DIGEST", data__count=3).count() == PEOPLE
