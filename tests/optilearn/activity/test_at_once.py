"""The same batch at the same time, in transactions that are really committed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from optilearn.activity.models import ActivityEvent
from optilearn.activity.services import Sent, take_events
from optilearn.core.tenancy.context import tenant_context
from optilearn.enrollment.models import Enrollment
from tests.support.at_once import at_once, committed_twins
from tests.support.twins import Twin

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture(scope="module")
def north(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    """An institution in a database of its own, where nothing is rolled back."""
    with committed_twins("activity", django_db_blocker) as twins:
        yield twins[0]


def test_one_batch_sent_many_times_at_once_is_written_once(north: Twin) -> None:
    principal = north.principal("lena")
    with tenant_context(north.id):
        for name in ("ART",):
            Enrollment.objects.create(student=north.people["lena"], course=north.courses[name])
    start = datetime.now(UTC) - timedelta(hours=9)
    for _ in range(5):
        events = [
            Sent(
                uuid4(),
                "VIEW",
                north.courses["MATH" if n % 2 else "ART"].pk,
                None,
                start + timedelta(seconds=n),
            )
            for n in range(200)
        ]
        orders = [events, events[::-1], events[100:] + events[:100], events]
        answers = at_once(
            north,
            [lambda o=order: take_events(principal=principal, events=o) for order in orders],  # type: ignore[misc]
        )
        assert all(isinstance(answer, dict) for answer in answers), answers
        assert sum(answer["accepted"] for answer in answers) == 200
        assert sum(answer["duplicates"] for answer in answers) == 600
        with tenant_context(north.id):
            ids = [event.client_id for event in events]
            assert ActivityEvent.objects.filter(client_id__in=ids).count() == 200
    with tenant_context(north.id):
        last = Enrollment.objects.get(student=north.people["lena"], course=north.courses["MATH"])
        assert last.last_activity_at == start + timedelta(seconds=199)
