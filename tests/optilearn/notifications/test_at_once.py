"""Several workers at the same rows: one takes each, and no rule is decided twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.services import change_setting
from optilearn.notifications import services
from optilearn.notifications.definitions import Channel
from optilearn.notifications.delivery import claims, expansion
from optilearn.notifications.models import DailyCount, Delivery, Notification
from tests.optilearn.notifications.support import payload, reach
from tests.support.at_once import at_once, committed_twins
from tests.support.twins import Twin

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

WORKERS = 6


@pytest.fixture(scope="module")
def _twin(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    """North, in a database of its own where nothing is rolled back."""
    with committed_twins("outbox", django_db_blocker) as twins:
        yield twins[0]


@pytest.fixture
def north(_twin: Twin, monkeypatch: pytest.MonkeyPatch) -> Twin:
    monkeypatch.setattr("optilearn.notifications.services.sending.wake_workers", lambda _work: None)
    quiet = {"enabled": False, "start": "21:00", "end": "07:00"}
    with tenant_context(_twin.id):
        Notification.objects.all().delete()
        DailyCount.objects.all().delete()
        change_setting(key="notifications", change=lambda _: {"quietHours": quiet})
    reach(_twin, "lena")
    return _twin


def drain(channel: Channel) -> list[int]:
    """What one worker gets until nothing is due."""
    claimed: list[int] = []
    while (batch := claims.claim_due(channel, limit=2, provider="SMTP")).seen:
        claimed += [one.id for one in batch.claims]
    return claimed


def test_each_delivery_is_claimed_by_one(north: Twin) -> None:
    with tenant_context(north.id):
        for n in range(60):
            data = payload("ASSESS_GRADED", assignmentId=n)
            services.send(key="ASSESS_GRADED", to=north.people["lena"].pk, data=data)
    found = at_once(north, WORKERS * [lambda: drain(Channel.EMAIL)])
    claimed = [one for worker in found for one in worker]
    assert len(claimed) == len(set(claimed)) == 60


def test_the_cap_holds_with_concurrent_workers(north: Twin) -> None:
    with tenant_context(north.id):
        for n in range(40):
            data = payload("ENROLL_WELCOME", courseId=n)
            services.send(key="ENROLL_WELCOME", to=north.people["lena"].pk, data=data)
    channels = iter([Channel.EMAIL, Channel.PUSH] * WORKERS)
    found = at_once(north, WORKERS * [lambda: drain(next(channels))])
    assert sum(len(worker) for worker in found) == 8
    with tenant_context(north.id):
        assert DailyCount.objects.get().count == 8


def test_one_of_many_that_are_the_same_goes_out(north: Twin) -> None:
    with tenant_context(north.id):
        for _ in range(40):
            services.send(
                key="ENROLL_WELCOME",
                to=north.people["lena"].pk,
                data=payload("ENROLL_WELCOME", courseTitle="Only once"),
            )
    found = at_once(north, WORKERS * [lambda: drain(Channel.EMAIL)])
    assert sum(len(worker) for worker in found) == 1
    with tenant_context(north.id):
        rules = Delivery.objects.filter(channel="EMAIL").values_list("rule", flat=True)
        assert sorted(rules) == [""] + 39 * ["duplicate"]


def test_a_bulk_message_is_expanded_by_one(north: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expansion, "CHUNK", 1)
    monkeypatch.setattr(expansion, "wake_workers", lambda _work: None)
    students = [north.people[name].pk for name in ("lena", "मीरा", "sven")]
    with tenant_context(north.id):
        data = payload("ENROLL_COURSE_PUBLISHED")
        services.send_bulk(key="ENROLL_COURSE_PUBLISHED", to=students, data=data)
    assert at_once(north, WORKERS * [expansion.expand]) == WORKERS * [False]
    with tenant_context(north.id):
        assert expansion.expand() is False
        assert Delivery.objects.count() == 9
        assert Notification.objects.get().status == "EXPANDED"
