"""Requirements: their audience, changes, and what people owe by them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.compliance.models import Obligation, Requirement
from optilearn.compliance.services import assign_all
from optilearn.core.audit import LogQuery, entries
from optilearn.people.models import Person
from tests.support.compliance import DUE, TODAY, Office

TEACHERS = {"tom": "PENDING", "uma": "PENDING"}


def into_class(office: Office, name: str, class_id: str) -> None:
    with office.inside():
        Person.objects.filter(code=name).update(class_id=class_id)


def test_everybody_of_the_audience_owes_it_once(north: Office) -> None:
    into_class(north, "lena", "c6")
    people = [north.twin.people[name].pk for name in ("tom", "lena", "hari")]
    key = north.require(roles=["TEACHER", "STUDENT"], classIds=["c6"], personIds=people)
    assert sorted(north.owed(key)) == ["hari", "lena", "sven", "tom", "uma", "मीरा"]
    assert north.tick() == (0, 0)
    assert len(north.owed(key)) == 6
    found = north.done("asha", "GET", f"compliance/requirements/{key}")
    assert found["counts"] == {"met": 0, "open": 6, "overdue": 0, "waived": 0}
    assert found["personIds"] == sorted(people)


def test_parents_and_who_has_left_owe_nothing(north: Office) -> None:
    into_class(north, "pia", "c6")
    into_class(north, "lena", "c6")
    with north.inside():
        Person.objects.filter(code="uma").update(status="INACTIVE")
    key = north.require(roles=["TEACHER"], classIds=["c6"])
    assert sorted(north.owed(key)) == ["lena", "tom"]
    pia = north.twin.people["pia"].pk
    status, _error = north.ask(
        "asha",
        "POST",
        "compliance/requirements",
        title="x",
        acceptsEvidence=True,
        dueOn=DUE.isoformat(),
        personIds=[pia],
    )
    assert status == 404


def test_who_joins_owes_it_and_who_leaves_does_not(north: Office) -> None:
    key = north.require()
    north.meet(key, "uma")
    with north.inside():
        Person.objects.filter(code__in=["tom", "uma"]).update(role="LIBRARIAN")
        Person.objects.filter(code="finn").update(role="TEACHER")
    north.tick()
    assert north.owed(key) == {"tom": "WITHDRAWN", "uma": "MET", "finn": "PENDING"}
    with north.inside():
        Person.objects.filter(code="tom").update(role="TEACHER")
    north.tick()
    assert north.owed(key)["tom"] == "PENDING"


def test_who_comes_back_owes_what_was_overdue(north: Office) -> None:
    key = north.require()
    north.now += timedelta(days=50)
    with north.inside():
        Person.objects.filter(code="tom").update(status="INACTIVE")
    north.tick()
    assert north.owed(key)["tom"] == "WITHDRAWN"
    with north.inside():
        Person.objects.filter(code="tom").update(status="ACTIVE")
    north.tick()
    assert north.owed(key)["tom"] == "OVERDUE"


def test_a_sent_again_request_changes_nothing(north: Office) -> None:
    assert north.require(requestId="r1") == north.require(requestId="r1")
    with north.inside():
        assert Requirement.objects.count() == 1
        assert Obligation.objects.count() == 2


def test_a_moved_due_date_moves_what_is_open_and_leaves_what_was_met(north: Office) -> None:
    key = north.require(graceDays=2)
    north.meet(key, "uma")
    later = DUE + timedelta(days=10)
    status, found = north.change(key, dueOn=later.isoformat(), title="Safety")
    assert (status, found["dueOn"]) == (200, later.isoformat())
    assert north.due_dates(key, "tom") == [(later, False)]
    assert north.due_dates(key, "uma") == [(DUE, True)]
    shown = north.done("tom", "GET", "me/requirements")
    assert [(one["title"], one["overdueOn"]) for one in shown] == [
        ("Safety", (later + timedelta(days=3)).isoformat())
    ]


def test_more_grace_lets_what_was_overdue_wait(north: Office) -> None:
    key = north.require()
    north.now += timedelta(days=45)
    assert north.owed(key)["tom"] == "OVERDUE"
    assert north.change(key, graceDays=10)[0] == 200
    assert north.owed(key)["tom"] == "PENDING"


def test_a_period_follows_when_the_one_before_it_is_past(north: Office) -> None:
    key = north.require(rule="FREQ=MONTHLY")
    north.meet(key)
    north.now += timedelta(days=40)
    north.tick()
    assert len(north.due_dates(key)) == 1
    north.pass_days(1)
    north.tick()
    assert [met for _due, met in north.due_dates(key)] == [True, False]
    assert north.owed(key)["uma"] == "PENDING"
    assert [met for _due, met in north.due_dates(key, "uma")] == [False, False]


def test_a_worker_that_was_away_makes_the_periods_of_who_was_there(north: Office) -> None:
    key = north.require(rule="FREQ=MONTHLY")
    north.now += timedelta(days=100)
    with north.inside():
        Person.objects.filter(code="finn").update(role="TEACHER")
    north.tick()
    assert len(north.due_dates(key, "tom")) == 3
    assert len(north.due_dates(key, "finn")) == 1


def test_a_moved_date_of_a_series_moves_the_current_period_alone(north: Office) -> None:
    key = north.require(rule="FREQ=MONTHLY")
    north.now += timedelta(days=41)
    north.tick()
    first, second = (due for due, _met in north.due_dates(key))
    moved = second + timedelta(days=3)
    assert north.change(key, dueOn=moved.isoformat())[0] == 200
    assert [due for due, _met in north.due_dates(key)] == [first, moved]
    north.now += timedelta(days=40)
    north.tick()
    third = north.due_dates(key)[2][0]
    assert (third.day, third > moved) == (moved.day, True)


def test_an_archived_requirement_asks_nothing_any_more(north: Office) -> None:
    key = north.require()
    north.meet(key, "uma")
    for _again in range(2):
        north.done("asha", "POST", f"compliance/requirements/{key}/archive")
    assert north.owed(key) == {"tom": "WITHDRAWN", "uma": "MET"}
    assert north.done("asha", "GET", "compliance/requirements") == []
    archived = north.done("asha", "GET", "compliance/requirements?state=ARCHIVED")
    assert [one["id"] for one in archived] == [key]
    assert north.change(key, title="x")[0] == 409


def test_of_two_who_change_it_the_second_is_told(north: Office) -> None:
    key = north.require()
    path = f"compliance/requirements/{key}"
    assert north.ask("asha", "PATCH", path, version=1, title="One")[0] == 200
    status, error = north.ask("paul", "PATCH", path, version=1, title="Two")
    assert (status, error["code"], error["details"]) == (409, "CONFLICT", {"version": 2})


WRONG: list[tuple[dict[str, Any], int, str | None]] = [
    ({"acceptsEvidence": False}, 400, "/acceptsEvidence"),
    ({"roles": []}, 400, ""),
    ({"roles": ["PARENT"]}, 400, None),
    ({"dueOn": (TODAY - timedelta(days=1)).isoformat()}, 400, "/dueOn"),
    ({"rule": "FREQ=DAILY"}, 400, "/rule"),
    ({"classIds": ["nowhere"]}, 400, "/classIds"),
    ({"escalateDays": 3}, 400, "/escalateRoles"),
    ({"escalateRoles": ["HOD"]}, 400, "/escalateRoles"),
    ({"courseId": 10**9}, 404, None),
    ({"personIds": [10**9]}, 404, None),
]


@pytest.mark.parametrize(("values", "status", "path"), WRONG)
def test_what_nobody_could_meet_is_refused(
    north: Office, values: dict[str, Any], status: int, path: str | None
) -> None:
    given = {
        "title": "x",
        "acceptsEvidence": True,
        "roles": ["TEACHER"],
        "dueOn": DUE.isoformat(),
    } | values
    found, error = north.ask("asha", "POST", "compliance/requirements", **given)
    assert found == status
    if path is not None:
        assert error["details"][0]["path"] == path


def test_a_course_alone_is_for_students_and_once(north: Office) -> None:
    course = north.twin.courses["MATH"].pk
    base = {"title": "x", "courseId": course, "dueOn": DUE.isoformat()}
    for values in ({"roles": ["TEACHER"]}, {"roles": ["STUDENT"], "rule": "FREQ=YEARLY"}):
        status, error = north.ask("asha", "POST", "compliance/requirements", **base, **values)
        assert (status, error["details"][0]["path"]) == (400, "/acceptsEvidence")
    assert north.require(courseId=course, acceptsEvidence=False, roles=["STUDENT"])


def test_another_school_s_records_are_not_there(north: Office, south: Office) -> None:
    key = south.require()
    obligation = south.obligation(key)
    evidence = south.hand_in(key)
    for method, path, body in (
        ("GET", f"compliance/requirements/{key}", {}),
        ("GET", f"compliance/requirements/{key}/obligations", {}),
        ("GET", f"compliance/requirements/{key}/evidence", {}),
        ("PATCH", f"compliance/requirements/{key}", {"version": 1, "title": "x"}),
        ("POST", f"compliance/requirements/{key}/archive", {}),
        ("GET", f"compliance/obligations/{obligation}", {}),
        ("POST", f"compliance/obligations/{obligation}/waive", {"reason": "x"}),
        ("POST", f"compliance/evidence/{evidence}/accept", {}),
    ):
        assert north.ask("asha", method, path, **body)[0] == 404, path
    body = {"text": "x", "requestId": "r"}
    assert north.ask("tom", "POST", f"me/requirements/{obligation}/evidence", **body)[0] == 404
    foreign = {"courseId": south.twin.courses["MATH"].pk}
    given = {"title": "x", "acceptsEvidence": True, "roles": ["HOD"], "dueOn": DUE.isoformat()}
    assert north.ask("asha", "POST", "compliance/requirements", **given, **foreign)[0] == 404


def many(office: Office, number: int, prefix: str) -> None:
    with office.inside():
        Person.objects.bulk_create(
            Person(
                kind="STUDENT",
                role="STUDENT",
                crm_id=f"{prefix}-{n}",
                code=f"{prefix}-{n}",
                name=f"छात्र {n}",
            )
            for n in range(number)
        )


def test_five_thousand_people_cost_as_many_statements_as_three(north: Office) -> None:
    north.require(roles=["STUDENT"], courseId=north.twin.courses["MATH"].pk)
    counts = []
    for prefix, number in (("few", 3), ("many", 5_000)):
        many(north, number, prefix)
        with (
            north.inside(),
            CaptureQueriesContext(
                connection,
            ) as queries,
        ):
            assert assign_all() == 1
        counts.append(len(queries))
        with north.inside():
            assert Obligation.objects.filter(person__code__startswith=prefix).count() == number
    assert counts[0] == counts[1]


def test_lists_take_a_fixed_number_of_queries(north: Office) -> None:
    many(north, 30, "more")
    key = north.require(roles=["STUDENT"])
    path = f"compliance/requirements/{key}/obligations"
    counts = []
    for size in (1, 30):
        with CaptureQueriesContext(connection) as queries:
            found = north.done("asha", "GET", f"{path}?perPage={size}")
        assert len(found) == size
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_obligations_are_found_by_what_is_asked(north: Office) -> None:
    key = north.require(roles=["TEACHER", "STUDENT"])
    into_class(north, "lena", "c6")
    north.meet(key, "uma")
    north.hand_in(key, "tom")

    def asked(query: str) -> list[str]:
        found = north.done("asha", "GET", f"compliance/requirements/{key}/obligations?{query}")
        return sorted(one["person"]["code"] for one in found)

    assert asked("status=MET") == ["uma"]
    assert asked("classId=c6") == ["lena"]
    assert asked("role=TEACHER") == ["tom", "uma"]
    assert asked("hasEvidence=true") == ["tom"]
    assert asked("period=1") == []
    assert asked(f"personId={north.twin.people['sven'].pk}") == ["sven"]
    assert asked("status=OVERDUE") == []


def test_changes_are_in_the_audit_log(north: Office) -> None:
    key = north.require()
    north.change(key, title="Other")
    north.done("asha", "POST", f"compliance/requirements/{key}/archive")
    with north.inside():
        found, _total = entries(LogQuery(target=f"requirement:{key}"), slice(20))
    assert [one["action"] for one in reversed(found)] == [
        "requirement.create",
        "requirement.assign",
        "requirement.update",
        "requirement.archive",
        "requirement.assign",
    ]
    assert found[-2]["details"] == {"made": 2}
