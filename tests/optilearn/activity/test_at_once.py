"""The same batch at the same time, in transactions that are really committed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import connections

from optilearn.activity.models import ActivityEvent
from optilearn.activity.services import Sent, take_events
from optilearn.config import env
from optilearn.core.tenancy.context import tenant_context
from optilearn.enrollment.models import Enrollment
from tests.support.database import migrated_database
from tests.support.twins import Twin, make_twins

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture(scope="module")
def north(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    """An institution in a database of its own, where nothing is rolled back."""
    with migrated_database("activity") as database, django_db_blocker.unblock():
        default = connections["default"]
        default.close()
        before = dict(default.settings_dict)
        default.settings_dict.update(
            env.database(database.urls.app, engine="optilearn.core.tenancy.backend")
        )
        try:
            yield make_twins()[0]
        finally:
            default.close()
            default.settings_dict.update(before)


def at_once(twin: Twin, jobs: list[Callable[[], Any]]) -> list[Any]:
    barrier = threading.Barrier(len(jobs))
    answers: list[Any] = []

    def run(job: Callable[[], Any]) -> None:
        try:
            with tenant_context(twin.id):
                barrier.wait(30)
                answers.append(job())
        except Exception as error:  # noqa: BLE001 - told by the assertion
            answers.append(error)
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


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
