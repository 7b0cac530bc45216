"""The same batch at the same time, in transactions that are really committed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.db import connection, transaction

from optilearn.activity.models import ActivityEvent, Statement
from optilearn.activity.services.events import Sent, receive_events
from optilearn.activity.xapi.services.rows import consistent_through
from optilearn.activity.xapi.services.statements import store_statements
from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.enrollment.models import Enrollment
from tests.support.at_once import at_once, committed_twins
from tests.support.twins import Twin
from tests.support.xapi import VOIDED, statement

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

LONG_AGO = (datetime.now(UTC) - timedelta(days=30)).isoformat()
"""Before what the others do."""


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
            [lambda o=order: receive_events(principal=principal, events=o) for order in orders],  # type: ignore[misc]
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


def test_a_statement_and_what_voids_it_sent_at_once(north: Twin) -> None:
    principal = north.principal("lena")
    for _ in range(8):
        own = str(uuid4())
        thing = {"objectType": "StatementRef", "id": own}
        both = [
            statement(north, id=own, timestamp=LONG_AGO),
            statement(north, verb={"id": VOIDED}, object=thing),
        ]
        texts = [json.dumps(one).encode() for one in both]
        answers = at_once(
            north,
            [lambda one=text: store_statements(principal=principal, raw=[one]) for text in texts],  # type: ignore[misc]
        )
        assert all(isinstance(answer, list) for answer in answers), answers
        with tenant_context(north.id):
            assert not ActivityEvent.objects.filter(client_id=own).exists()


def test_who_follows_statements_misses_none_that_is_being_written(north: Twin) -> None:
    with tenant_context(north.id):
        before = clock.now()
        assert consistent_through() >= before
        written, read = threading.Event(), threading.Event()

        def write() -> None:
            with tenant_context(north.id), transaction.atomic():
                one = json.dumps(statement(north, timestamp=LONG_AGO)).encode()
                store_statements(principal=north.principal("lena"), raw=[one])
                written.set()
                read.wait(30)
            connection.close()

        thread = threading.Thread(target=write)
        thread.start()
        assert written.wait(30)
        through = consistent_through()
        read.set()
        thread.join(30)
        newest = Statement.objects.latest("id").stored_at
        assert through <= newest
        assert consistent_through() > newest
