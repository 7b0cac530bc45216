"""Extensions: who has longer, what that does to lateness, and the arithmetic of days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from optilearn.assessment.assignments.rules import due_for
from optilearn.assessment.assignments.selectors.times import times_for
from optilearn.assessment.assignments.timing import Moved, Times, days_later
from optilearn.assessment.gradebook.services.lateness import deduct_anew_of
from optilearn.assessment.models import Assignment, Extension, Grade
from optilearn.assessment.selectors import missing, still_missing
from optilearn.core.sql import compose, rows
from optilearn.people.models import Person
from tests.support.assignments import Classroom, an_assignment, handed_in
from tests.support.twins import Twin

DUE = datetime(2026, 3, 27, 17, tzinfo=UTC)
"""A Friday in London; on Sunday the clocks go forward."""
ZONES = ["Europe/London", "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe", "UTC"]
moments = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
maybe = st.none() | moments
moved = st.builds(Moved, maybe, maybe)


@pytest.fixture
def room(twins: tuple[Twin, Twin]) -> Classroom:
    return Classroom(twins[0], DUE - timedelta(days=1))


@pytest.fixture
def essay(room: Classroom) -> Assignment:
    with room.inside():
        return an_assignment(room.twin, dueAt=DUE.isoformat(), closesAt=DUE.isoformat())


def extend(room: Classroom, essay: Assignment, **values: Any) -> tuple[int, Any]:
    return room.ask("tom", "PUT", f"assignments/{essay.pk}/extensions", **values)


def test_days_keep_the_time_of_day_of_the_school(room: Classroom, essay: Assignment) -> None:
    lena = room.twin.people["lena"].pk
    status, listed = extend(room, essay, studentId=lena, days=3, reason="Ill")
    assert status == 200
    assert listed[0]["dueAt"] == "2026-03-30T16:00:00Z"  # 17:00 in London, as on Friday
    assert extend(room, essay, studentId=lena, days=3)[1][0]["dueAt"] == listed[0]["dueAt"]
    shown = room.done("lena", "GET", f"learning/assignments/{essay.pk}")
    assert (shown["dueAt"], shown["isExtended"]) == ("2026-03-30T16:00:00Z", True)
    other = room.done("मीरा", "GET", f"learning/assignments/{essay.pk}")
    assert (other["dueAt"], other["isExtended"]) == ("2026-03-27T17:00:00Z", False)


def test_who_has_longer_hands_in_after_the_close_and_is_not_late(
    room: Classroom, essay: Assignment
) -> None:
    lena = room.twin.people["lena"].pk
    extend(room, essay, studentId=lena, dueAt=(DUE + timedelta(days=2)).isoformat())
    room.now = DUE + timedelta(days=1)
    with room.inside():
        assert handed_in(room.twin, essay).is_late is False
    path = f"learning/assignments/{essay.pk}/submissions"
    assert room.ask("मीरा", "POST", path, requestId="a", text="<p>x</p>")[0] == 403


def test_of_a_students_and_their_sections_extension_the_later_counts(
    room: Classroom, essay: Assignment
) -> None:
    with room.inside():
        lena = room.twin.people["lena"]
        Person.objects.filter(pk=lena.pk).update(section_id="7B")
        for values in (
            {"student": lena, "due_at": DUE + timedelta(days=1)},
            {"section_id": "7B", "due_at": DUE + timedelta(days=4)},
        ):
            Extension.objects.create(assignment=essay, course_id=room.course, **values)
        assert times_for(essay, lena.pk, "7B").due_at == DUE + timedelta(days=4)
        assert times_for(essay, lena.pk, "").due_at == DUE + timedelta(days=1)


@pytest.mark.parametrize("own_due", [DUE, None])
def test_sql_and_python_agree_on_due_dates(room: Classroom, own_due: datetime | None) -> None:
    statement = compose(
        "SELECT p.id, <due> AS due_at FROM assessment_assignment a, people_person p"
        " WHERE a.id = %s AND p.institution_id = a.institution_id",
        due=due_for("a", "p.id", "p.section_id"),
    )
    with room.inside():
        lena, meera, sven = (room.twin.people[name] for name in ("lena", "मीरा", "sven"))
        Person.objects.filter(pk__in=[lena.pk, sven.pk]).update(section_id="7B")
        essay = Assignment.objects.create(course_id=room.course, title="Essay", due_at=own_due)
        for days, values in (
            (3, {"student": lena}),
            (-3, {"student": meera}),
            (2, {"section_id": "7B"}),
            (9, {"section_id": "8A"}),
        ):
            Extension.objects.create(
                assignment=essay, course_id=room.course, due_at=DUE + timedelta(days), **values
            )
        found = {one["id"]: one["due_at"] for one in rows(statement, [essay.pk])}
        for person in Person.objects.all():
            assert found[person.pk] == times_for(essay, person.pk, person.section_id).due_at
    days = {} if own_due is None else {lena.pk: 3, sven.pk: 2, meera.pk: 0}
    assert {key: found[key] for key in days} == {key: DUE + timedelta(n) for key, n in days.items()}


def test_more_time_after_grading_gives_points_back_and_taking_it_back_costs_them(
    room: Classroom,
) -> None:
    room.done("tom", "PATCH", f"courses/{room.course}/grading", latePercent=10)
    with room.inside():
        essay = an_assignment(room.twin, dueAt=DUE.isoformat())
    room.now = DUE + timedelta(hours=1)
    with room.inside():
        works = [handed_in(room.twin, essay, who) for who in ("lena", "मीरा")]
    for work in works:
        room.done("tom", "PUT", f"submissions/{work.pk}/mark", points=10, version=0)
    lena = room.twin.people["lena"].pk
    made = extend(room, essay, studentId=lena, days=1)[1]
    with room.inside():
        points = {one.student_id: one.points for one in Grade.objects.filter(assignment=essay)}
        works[0].refresh_from_db()
    assert points[lena] == 10
    assert sorted(points.values()) == [Decimal("9.00"), Decimal("10.00")]
    assert (works[0].is_late, works[0].score) == (False, Decimal("10.00"))
    changes = room.done(
        "tom", "GET", f"courses/{room.course}/grade-changes?assignmentId={essay.pk}"
    )
    assert changes[0]["cause"] == "ASSIGNMENT"
    assert room.done("tom", "DELETE", f"extensions/{made[0]['id']}") == []
    with room.inside():
        assert Grade.objects.get(assignment=essay, student_id=lena).points == Decimal("9.00")


def test_times_are_applied_anew_in_fifteen_statements(room: Classroom) -> None:
    room.done("tom", "PATCH", f"courses/{room.course}/grading", latePercent=10)
    with room.inside():
        essay = an_assignment(room.twin, dueAt=DUE.isoformat())
    room.now = DUE + timedelta(hours=1)
    with room.inside():
        works = [handed_in(room.twin, essay, who) for who in ("lena", "मीरा")]
    for work in works:
        room.done("tom", "PUT", f"submissions/{work.pk}/mark", points=10, version=0)
    with room.inside(), transaction.atomic():
        Assignment.objects.filter(pk=essay.pk).update(due_at=DUE + timedelta(days=1))
        with CaptureQueriesContext(connection) as seen:
            deduct_anew_of(room.twin.principal("tom"), essay)
        assert set(Grade.objects.filter(assignment=essay).values_list("points")) == {(10,)}
    assert len(seen) == 15  # four of them write messages about released grades


def test_work_is_missing_after_the_students_own_due_date(
    room: Classroom, essay: Assignment
) -> None:
    lena, meera = room.twin.people["lena"].pk, room.twin.people["मीरा"].pk
    room.done("tom", "PATCH", f"courses/{room.course}/grading", missingPercent=0)
    extend(room, essay, studentId=lena, days=3)

    def found(since: datetime, until: datetime) -> set[int]:
        listed = missing(since, until, after=(0, 0), limit=100)
        return {one.student_id for one in listed if one.assignment_id == essay.pk}

    def is_missing(who: int) -> bool:
        rows = room.done("tom", "GET", f"courses/{room.course}/gradebook")
        row = next(one for one in rows if one["student"]["id"] == who)
        marks = {one["assignmentId"]: one["isMissing"] for one in row["marks"]}
        return bool(marks[essay.pk])

    room.now = DUE + timedelta(days=1)
    with room.inside():
        assert found(DUE - timedelta(hours=1), room.now) == {meera}
        assert still_missing([(essay.pk, lena)])[(essay.pk, lena)] > room.now
    assert (is_missing(lena), is_missing(meera)) == (False, True)
    room.now = DUE + timedelta(days=4)
    with room.inside():
        assert found(DUE + timedelta(days=1), room.now) == {lena}
    assert (is_missing(lena), is_missing(meera)) == (True, True)


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"studentId": 999_999, "days": 1}, 404),
        ({"sectionId": "none such", "days": 1}, 400),
        ({"days": 1}, 400),
        ({"studentId": 1, "sectionId": "7B", "days": 1}, 400),
        ({"sectionId": "7B"}, 400),
        ({"studentId": 1, "days": 1, "dueAt": DUE.isoformat()}, 400),
        ({"studentId": 1, "days": 0}, 400),
    ],
)
def test_bad_extensions_are_refused(
    room: Classroom, essay: Assignment, values: dict[str, Any], status: int
) -> None:
    assert extend(room, essay, **values)[0] == status


def test_an_extension_never_gives_less(room: Classroom, essay: Assignment) -> None:
    lena = room.twin.people["lena"].pk
    status, error = extend(room, essay, studentId=lena, dueAt=(DUE - timedelta(days=1)).isoformat())
    assert (status, error["details"][0]["path"]) == (400, "/dueAt")
    with room.inside():
        free = an_assignment(room.twin)
    assert extend(room, free, studentId=lena, days=1)[0] == 400


@given(moments, st.integers(0, 400), st.sampled_from(ZONES))
def test_days_keep_the_wall_clock(moment: datetime, days: int, name: str) -> None:
    zone = ZoneInfo(name)
    local, later = moment.astimezone(zone), days_later(moment, days, zone)
    wanted = local.replace(tzinfo=None) + timedelta(days=days)
    skipped = later.astimezone(zone).replace(tzinfo=None) - wanted
    assert timedelta(0) <= skipped <= timedelta(hours=1)
    assert skipped == timedelta(0) or not exists(wanted, zone)
    assert days > 0 or later == moment


def exists(local: datetime, zone: ZoneInfo) -> bool:
    """Return True if the clocks of the zone show that time on that day."""
    there = local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return there.replace(tzinfo=None) == local


@given(maybe, maybe, st.lists(moved, max_size=4))
def test_extensions_give_never_less_in_any_order(
    due_at: datetime | None, closes_at: datetime | None, given_: list[Moved]
) -> None:
    own = Times(None, due_at, closes_at)
    extended = own.extended(given_)
    assert extended == own.extended(reversed(given_))
    assert (extended.due_at is None) == (due_at is None)
    assert (extended.closes_at is None) == (closes_at is None)
    if due_at is not None and extended.due_at is not None:
        assert extended.due_at == max([due_at, *(m.due_at for m in given_ if m.due_at)])
    if closes_at is not None and extended.closes_at is not None:
        assert all(m.due_at is None or extended.closes_at >= m.due_at for m in given_)
        assert extended.closes_at >= closes_at
