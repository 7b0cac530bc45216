"""Completions reach OptiCRM once, whatever dies in between."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import transaction

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.crm.completions import MAX_ATTEMPTS
from optilearn.crm.models import CompletionOutbox
from optilearn.crm.services import push_completions, queue_completion
from optilearn.demo.opticrm import CrmSchool, Kind, OptiCrmServer
from optilearn.demo.opticrm.server import API_KEY
from tests.support.database import ROOT, environment, migrated_database
from tests.support.services import redis_url
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
DONE_AT = datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be handed to a worker; the tests are the worker."""
    sent: list[str] = []
    monkeypatch.setattr("optilearn.crm.completions.enqueue", sent.append)
    return sent


def queue(twin: Twin, name: str = "lena", enrollment: int | None = None) -> bool:
    student = twin.people[name]
    own = next((e.pk for e in twin.enrollments if e.student_id == student.pk), 1)
    return queue_completion(
        enrollment_id=enrollment or own,
        student_id=student.pk,
        course_id=twin.courses["MATH"].pk,
        completed_at=DONE_AT,
        course_code="MATH",
        course_title="Maths",
    )


def box() -> CompletionOutbox:
    return CompletionOutbox.objects.get()


def test_a_completion_arrives(crm: OptiCrmServer, twins: Twins, handed_over: list[str]) -> None:
    north, south = twins
    with tenant_context(north.id):
        assert queue(north)
        assert not queue(north)
        assert handed_over == ["crm.push_completions"]
        assert push_completions() == 1
        assert push_completions() == 0
        row = box()
    assert (row.status, row.attempts, row.last_error) == ("SENT", 1, "")
    [asked] = crm.asked
    assert asked.idempotency_key == str(row.key)
    assert asked.slug == "north"
    assert asked.body == {
        "studentId": "crm-lena",
        "enrollmentId": str(row.enrollment_id),
        "courseId": str(north.courses["MATH"].pk),
        "courseCode": "MATH",
        "courseTitle": "Maths",
        "completedAt": "2026-03-01T10:00:00Z",
    }
    with tenant_context(south.id):
        assert push_completions() == 0
        assert not CompletionOutbox.objects.exists()


def test_it_stands_or_falls_with_the_callers_transaction(crm: OptiCrmServer, twins: Twins) -> None:
    with tenant_context(twins[0].id):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            queue(twins[0])
            raise ZeroDivisionError
        assert not CompletionOutbox.objects.exists()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": Kind.STATUS, "status": 500},
        {"kind": Kind.STATUS, "status": 429, "retry_after": "7200"},
        {"kind": Kind.STATUS, "status": 401},
        {"kind": Kind.DROP},
        {"kind": Kind.HALF},
        {"kind": Kind.NOT_JSON},
        {"kind": Kind.LYING},
    ],
)
def test_what_failed_is_sent_again_later(
    crm: OptiCrmServer, twins: Twins, fault: dict[str, Any]
) -> None:
    from optilearn.crm.client import opticrm

    crm.fail("completion", **fault)
    with tenant_context(twins[0].id):
        queue(twins[0])
        assert push_completions() == 0
        row = box()
        assert (row.status, row.attempts) == ("PENDING", 1)
        assert row.last_error.startswith("OptiCRM, completion: ")
        assert row.next_attempt_at > clock.now()
        if "retry_after" in fault:
            assert row.next_attempt_at > clock.now() + timedelta(minutes=119)
        crm.faults.clear()
        opticrm().breaker._ended(twins[0].id)
        assert push_completions() == 0  # not due yet
        with clock.frozen(row.next_attempt_at):
            assert push_completions() == 1
        assert box().status == "SENT"
    assert len(crm.schools["north"].completions) == 1
    assert {a.idempotency_key for a in crm.asked} == {str(row.key)}


def test_waits_grow_and_end(crm: OptiCrmServer, twins: Twins) -> None:
    crm.fail("completion", Kind.NOT_JSON)
    with tenant_context(twins[0].id):
        queue(twins[0])
        moment, waits = clock.now(), []
        while box().status == "PENDING":
            with clock.frozen(moment):
                push_completions()
                waits.append(box().next_attempt_at - moment)
            moment = max(box().next_attempt_at, moment)
        row = box()
    assert (row.status, row.attempts) == ("FAILED", MAX_ATTEMPTS)
    assert timedelta(seconds=15) <= waits[0] <= timedelta(seconds=30)
    assert timedelta(minutes=2) <= waits[3] <= timedelta(minutes=4)
    assert max(waits) <= timedelta(hours=6)


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_refusal_is_final(crm: OptiCrmServer, twins: Twins, status: int) -> None:
    crm.fail("completion", Kind.STATUS, status=status)
    with tenant_context(twins[0].id):
        queue(twins[0])
        push_completions()
        assert box().status == "FAILED"


def test_a_student_whom_opticrm_does_not_know(crm: OptiCrmServer, twins: Twins) -> None:
    del crm.schools["north"].students["crm-lena"]
    with tenant_context(twins[0].id):
        queue(twins[0])
        push_completions()
        assert box().status == "FAILED"


def test_an_institution_that_it_does_not_know_may_come_back(
    crm: OptiCrmServer, twins: Twins
) -> None:
    school = crm.schools.pop("north")
    with tenant_context(twins[0].id):
        queue(twins[0])
        push_completions()
        assert box().status == "PENDING"
        crm.schools["north"] = school
        with clock.frozen(box().next_attempt_at):
            assert push_completions() == 1


def test_one_bad_row_does_not_stop_the_others(crm: OptiCrmServer, twins: Twins) -> None:
    north, _ = twins
    del crm.schools["north"].students["crm-sven"]
    with tenant_context(north.id):
        queue(north, "sven", enrollment=10**9)
        queue(north, "lena")
        queue(north, "मीरा")
        assert push_completions() == 2
        assert dict(CompletionOutbox.objects.values_list("student_id", "status")) == {
            north.people["sven"].pk: "FAILED",
            north.people["lena"].pk: "SENT",
            north.people["मीरा"].pk: "SENT",
        }


def test_while_it_is_down_nothing_is_hammered(crm: OptiCrmServer, twins: Twins) -> None:
    north, _ = twins
    crm.fail("completion", Kind.STATUS, status=503)
    with tenant_context(north.id):
        for n in range(1, 30):
            queue(north, enrollment=n)
        for _ in range(20):
            push_completions()
    assert crm.count("completion") == 5


def test_without_opticrm_they_wait(twins: Twins) -> None:
    with tenant_context(twins[0].id):
        queue(twins[0])
        assert push_completions() == 0
        assert (box().status, box().attempts) == ("PENDING", 0)


@pytest.mark.slow
def test_killed_between_the_answer_and_the_commit() -> None:
    school = CrmSchool("crm-school", students={"s1": {"name": "Lena", "sectionId": "x"}})
    with migrated_database("completions") as database, OptiCrmServer({"school": school}) as crm:
        with psycopg.connect(database.superuser_url, autocommit=True) as admin:
            _insert(admin)
            variables = environment(database) | {
                "REDIS_URL": redis_url(),
                "OPTICRM_URL": crm.url,
                "OPTICRM_API_KEY": API_KEY,
                "OPTICRM_READ_MS": "60000",
                "OPTICRM_TOTAL_MS": "60000",
            }
            words = ["-m", "optilearn", "push_completions", "--institution", "school"]
            crm.fail("completion", Kind.SLOW, seconds=60)
            with subprocess.Popen([sys.executable, *words], env=variables, cwd=ROOT) as child:
                while not school.completions:
                    assert child.poll() is None
                    time.sleep(0.05)
                child.send_signal(signal.SIGKILL)
            assert _outbox(admin) == ("PENDING", 0)
            crm.faults.clear()
            subprocess.run([sys.executable, *words], env=variables, cwd=ROOT, check=True)
            assert _outbox(admin) == ("SENT", 1)
        assert crm.count("completion") == 2
        assert len(school.completions) == 1


def _insert(admin: psycopg.Connection[Any]) -> None:
    admin.execute(
        "INSERT INTO institutions_institution (id, slug, crm_id, name, time_zone, locale,"
        " first_weekday, min_group_size, settings, created_at) VALUES"
        " (1, 'school', 'crm-school', 'School', 'UTC', 'en', 1, 0, '{}', now())"
    )
    admin.execute(
        "INSERT INTO people_person (institution_id, id, kind, role, crm_id, code, name, email,"
        " class_id, class_name, section_id, section_name, status, locale, time_zone, attributes)"
        " VALUES (1, 1, 'STUDENT', 'STUDENT', 's1', 's1', 'Lena', '', '', '', '', '', 'ACTIVE',"
        " '', '', '{}')"
    )
    admin.execute(
        "INSERT INTO crm_completionoutbox (institution_id, enrollment_id, student_id, payload,"
        " key, status, attempts, next_attempt_at, last_error) VALUES (1, 7, 1,"
        ' \'{"courseId": "3", "courseCode": "M", "courseTitle": "M", "completedAt": "x"}\','
        " gen_random_uuid(), 'PENDING', 0, now(), '')"
    )


def _outbox(admin: psycopg.Connection[Any]) -> tuple[Any, ...]:
    row = admin.execute("SELECT status, attempts FROM crm_completionoutbox").fetchone()
    assert row is not None
    return tuple(row)
