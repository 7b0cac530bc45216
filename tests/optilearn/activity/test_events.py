"""Batches of events: whose count, when they happened, and how often they are written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.activity.models import ActivityEvent
from optilearn.activity.services.events import Sent, receive_events
from optilearn.core import clock
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Lesson
from optilearn.enrollment.models import Enrollment
from tests.support.client import call, token_of
from tests.support.plans import ALIASES, plan_of
from tests.support.twins import Twin

PATH = "/api/activity/events"
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
MATH_EARLIER = datetime(2026, 1, 20, 8, tzinfo=UTC)


@pytest.fixture
def north(twins: tuple[Twin, Twin]) -> Iterator[Twin]:
    with tenant_context(twins[0].id), clock.frozen(NOON):
        yield twins[0]


def event(twin: Twin, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "kind": "VIEW",
        "courseId": twin.courses["MATH"].pk,
        "occurredAt": (NOON - timedelta(minutes=5)).isoformat(),
    } | changes


def send(
    twin: Twin, *events: dict[str, Any], name: str = "lena", **more: Any
) -> tuple[int, dict[str, Any]]:
    status, body = call(
        "POST", PATH, token=token_of(twin, name), body={"events": list(events)} | more
    )
    return status, body["data"] if status == 200 else body["error"]


def written(sent: dict[str, Any]) -> ActivityEvent:
    return ActivityEvent.objects.get(client_id=sent["id"])


def codes(data: dict[str, Any]) -> dict[str, str]:
    return {rejected["id"]: rejected["code"] for rejected in data["rejected"]}


def enrollment(twin: Twin, name: str = "lena") -> Enrollment:
    return Enrollment.objects.get(student=twin.people[name], course=twin.courses["MATH"])


class TestWriting:
    def test_an_event_is_written_whole(self, north: Twin) -> None:
        lesson = Lesson.objects.get(course=north.courses["MATH"])
        sent = event(north, kind="PLAY", lessonId=lesson.pk, clicks=3, seconds=41)
        assert send(north, sent) == (200, {"accepted": 1, "duplicates": 0, "rejected": []})
        row = written(sent)
        assert (row.kind, row.clicks, row.seconds) == (ActivityEvent.Kind.PLAY, 3, 41)
        assert (row.lesson_id, row.course_id) == (lesson.pk, lesson.course_id)
        assert (row.student_id, row.enrollment_id) == (
            north.people["lena"].pk,
            enrollment(north).pk,
        )
        assert row.occurred_at == NOON - timedelta(minutes=5)

    @pytest.mark.parametrize("kind", ["VIEW", "PLAY", "DOWNLOAD", "POST", "ANSWER", "OTHER"])
    def test_every_kind(self, north: Twin, kind: str) -> None:
        sent = event(north, kind=kind)
        send(north, sent)
        assert ActivityEvent.Kind(written(sent).kind).name == kind

    def test_what_is_left_out(self, north: Twin) -> None:
        sent = event(north, lessonId=None, seconds=None)
        assert send(north, sent, sentAt=None)[1]["accepted"] == 1
        row = written(sent)
        assert (row.lesson_id, row.seconds, row.clicks) == (None, None, 1)

    def test_a_student_with_a_hindi_name(self, north: Twin) -> None:
        sent = event(north)
        assert send(north, sent, name="मीरा")[1]["accepted"] == 1
        assert written(sent).student_id == north.people["मीरा"].pk

    def test_again_and_twice_in_one_call(self, north: Twin) -> None:
        one, two = event(north), event(north)
        assert send(north, one, two, one)[1] == {"accepted": 2, "duplicates": 1, "rejected": []}
        assert send(north, two, one)[1] == {"accepted": 0, "duplicates": 2, "rejected": []}
        assert ActivityEvent.objects.filter(client_id__in=[one["id"], two["id"]]).count() == 2

    def test_the_last_activity_only_moves_on(self, north: Twin) -> None:
        early, late = NOON - timedelta(days=3), NOON - timedelta(minutes=1)
        send(north, event(north, occurredAt=late.isoformat()))
        assert enrollment(north).last_activity_at == late
        send(north, event(north, occurredAt=early.isoformat()))
        assert enrollment(north).last_activity_at == late
        assert enrollment(north, "मीरा").last_activity_at is None

    def test_rows_without_a_client_id_are_no_duplicates_of_each_other(self, north: Twin) -> None:
        assert ActivityEvent.objects.filter(client_id=None).count() == 2

    def test_the_same_id_in_two_institutions(self, north: Twin, twins: tuple[Twin, Twin]) -> None:
        one = event(north)
        assert send(north, one)[1]["accepted"] == 1
        other = event(twins[1], id=one["id"])
        assert send(twins[1], other)[1]["accepted"] == 1


class TestWhoseCount:
    def test_refusals_are_told_one_by_one(self, north: Twin, twins: tuple[Twin, Twin]) -> None:
        lesson_of_art = Lesson.objects.get(course=north.courses["ART"]).pk
        with tenant_context(twins[1].id):
            strange = Lesson.objects.get(course=twins[1].courses["MATH"])
        good = event(north)
        not_mine = event(north, courseId=north.courses["ART"].pk)
        nowhere = event(north, courseId=2**63 - 1)
        theirs = event(north, courseId=strange.course_id)
        wrong_lesson = event(north, lessonId=lesson_of_art)
        strange_lesson = event(north, lessonId=strange.pk)
        no_lesson = event(north, lessonId=2**62)
        old = event(north, occurredAt="2019-01-01T00:00:00Z")
        sent = [not_mine, good, nowhere, theirs, wrong_lesson, strange_lesson, no_lesson, old]
        status, data = send(north, *sent)
        assert (status, data["accepted"], data["duplicates"]) == (200, 1, 0)
        assert codes(data) == {
            not_mine["id"]: "ENROLLMENT_REQUIRED",
            nowhere["id"]: "ENROLLMENT_REQUIRED",
            theirs["id"]: "ENROLLMENT_REQUIRED",
            wrong_lesson["id"]: "NOT_FOUND",
            strange_lesson["id"]: "NOT_FOUND",
            no_lesson["id"]: "NOT_FOUND",
            old["id"]: "VALIDATION_ERROR",
        }
        assert all(rejected["message"] for rejected in data["rejected"])

    @pytest.mark.parametrize("name", ["asha", "tom", "sven", "pia"])
    def test_who_is_not_enrolled(self, north: Twin, name: str) -> None:
        sent = event(north)
        status, data = send(north, sent, name=name)
        assert (status, data["accepted"], codes(data)) == (
            200,
            0,
            {sent["id"]: "ENROLLMENT_REQUIRED"},
        )

    @pytest.mark.parametrize(
        ("change", "taken"),
        [
            ({"status": "ACTIVE"}, [True, True]),
            ({"status": "ACTIVE", "expires_at": NOON - timedelta(hours=1)}, [True, False]),
            ({"status": "EXPIRED", "expires_at": NOON - timedelta(hours=1)}, [True, False]),
            ({"status": "EXPIRED"}, [False, False]),
            ({"status": "COMPLETED", "completed_at": NOON - timedelta(days=9)}, [True, True]),
            ({"status": "WITHDRAWN", "withdrawn_at": NOON - timedelta(hours=1)}, [True, False]),
            ({"status": "WITHDRAWN", "withdrawn_at": None}, [False, False]),
            ({"status": "ENDED"}, [False, False]),
        ],
    )
    def test_an_enrollment_counts_for_as_long_as_it_was_in_force(
        self, north: Twin, change: dict[str, Any], taken: list[bool]
    ) -> None:
        Enrollment.objects.filter(pk=enrollment(north).pk).update(**change)
        before = event(north, occurredAt=(NOON - timedelta(hours=2)).isoformat())
        after = event(north, occurredAt=(NOON - timedelta(minutes=2)).isoformat())
        _, data = send(north, before, after)
        assert [e["id"] not in codes(data) for e in (before, after)] == taken
        assert set(codes(data).values()) <= {"ENROLLMENT_REQUIRED"}
        assert data["accepted"] == sum(taken)

    def test_who_acts_as_a_student_leaves_no_activity_of_theirs(self, north: Twin) -> None:
        from dataclasses import replace

        acting = replace(north.principal("lena"), actor_id=north.people["asha"].pk)
        sent = Sent(uuid4(), "VIEW", north.courses["MATH"].pk, None, NOON)
        with pytest.raises(AppError) as caught:
            receive_events(principal=acting, events=[sent])
        assert caught.value.code is ErrorCode.FORBIDDEN


class TestClocks:
    def sent(self, twin: Twin, occurred_at: str, sent_at: str | None) -> datetime:
        one = event(twin, occurredAt=occurred_at)
        status, data = send(twin, one, sentAt=sent_at)
        assert (status, data["accepted"]) == (200, 1)
        return written(one).occurred_at

    def test_a_clock_that_is_an_hour_fast(self, north: Twin) -> None:
        found = self.sent(north, "2026-03-29T12:50:00Z", "2026-03-29T13:00:00Z")
        assert found == NOON - timedelta(minutes=10)

    def test_a_clock_that_is_years_slow(self, north: Twin) -> None:
        found = self.sent(north, "1970-01-01T00:10:00Z", "1970-01-01T00:11:00Z")
        assert found == NOON - timedelta(minutes=1)

    def test_never_into_the_future(self, north: Twin) -> None:
        assert self.sent(north, "2026-03-29T15:00:00Z", None) == NOON
        assert self.sent(north, "2026-03-29T12:30:00Z", "2026-03-29T12:00:00Z") == NOON

    def test_zones_and_summer_time_do_not_matter(self, north: Twin) -> None:
        """North is in London, whose clocks went forward that night: an hour has no name."""
        assert self.sent(north, "2026-03-29T01:30:00+01:00", "2026-03-29T17:30:00+05:30") == (
            datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
        )

    @pytest.mark.parametrize(
        ("occurred_at", "sent_at"),
        [
            ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
            ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"),
            ("9999-12-31T23:59:59-14:00", None),
            ("0001-01-01T00:00:00+14:00", None),
        ],
    )
    def test_the_ends_of_time(self, north: Twin, occurred_at: str, sent_at: str | None) -> None:
        one = event(north, occurredAt=occurred_at)
        status, data = send(north, one, sentAt=sent_at)
        assert status == 200
        assert data["accepted"] + len(data["rejected"]) == 1


class TestBatches:
    def test_five_hundred_and_one_more(self, north: Twin) -> None:
        sent = [event(north) for _ in range(501)]
        status, error = send(north, *sent)
        assert (status, error["code"]) == (400, "VALIDATION_ERROR")
        assert ActivityEvent.objects.exclude(client_id=None).count() == 0
        assert send(north, *sent[:500])[1]["accepted"] == 500
        assert send(north)[0] == 400

    def test_the_same_queries_whatever_the_size(self, north: Twin) -> None:
        counts = []
        for size in (1, 10, 500):
            events = [
                Sent(uuid4(), "VIEW", north.courses["MATH"].pk, None, NOON) for _ in range(size)
            ]
            with CaptureQueriesContext(connection) as queries:
                receive_events(principal=north.principal("lena"), events=events)
            counts.append([q["sql"] for q in queries if "SAVEPOINT" not in q["sql"]])
        assert [len(statements) for statements in counts] == [1, 1, 1]

    @pytest.mark.parametrize(
        "change",
        [
            {"id": "x"},
            {"id": None},
            {"kind": "view"},
            {"kind": 1},
            {"courseId": 0},
            {"courseId": 2**63},
            {"courseId": None},
            {"lessonId": -1},
            {"occurredAt": "2026-03-29T12:00:00"},
            {"occurredAt": "yesterday"},
            {"occurredAt": None},
            {"clicks": -1},
            {"clicks": 10_001},
            {"seconds": 86_401},
            {"seconds": 0.5},
            {"studentId": 1},
        ],
    )
    def test_what_is_no_event(self, north: Twin, change: dict[str, Any]) -> None:
        assert send(north, event(north, **change))[0] == 400


@pytest.mark.django_db(databases=ALIASES)
def test_the_index_holds_all_partitions_and_is_used(north: Twin) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_index WHERE indisunique AND indisvalid AND indpred IS NOT NULL"
            " AND indrelid IN (SELECT inhrelid FROM pg_inherits"
            " WHERE inhparent = 'activity_event'::regclass)"
        )
        assert cursor.fetchone() == (16,)
    enrollment = north.enrollments[0]
    events = [
        ActivityEvent(
            enrollment_id=enrollment.pk,
            student_id=enrollment.student_id,
            course_id=enrollment.course_id,
            occurred_at=NOON,
            client_id=uuid4(),
        )
        for _ in range(2000)
    ]
    statement = "SELECT 1 FROM activity_event WHERE institution_id = %s AND client_id = %s"
    plan = plan_of(events, statement, [north.id, UUID(int=1)])
    assert "client_id" in plan
    assert plan.count("Scan") == 1  # of one partition
