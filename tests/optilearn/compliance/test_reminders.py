"""Reminders and escalations: each once, and only what is still true."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from optilearn.compliance.models import Obligation
from optilearn.people.models import Person
from tests.support.compliance import DUE, Office


def ahead(office: Office, days: int) -> None:
    """Move the clock to so many days before the due date."""
    office.now += DUE - timedelta(days=days) - office.now.date()


def days_told(office: Office) -> list[str]:
    return [str(one.once).rsplit(":", 1)[-1] for one in office.notices()]


def test_each_reminder_is_sent_once_to_who_owes_it(north: Office) -> None:
    key = north.require(remindDays=[1, 30, 7])
    north.meet(key, "uma")
    ahead(north, 31)
    assert north.tick() == (0, 0)
    for days in (30, 30, 20, 7, 1, 1, 0):
        ahead(north, days)
        north.tick()
    assert days_told(north) == ["30", "7", "1"]
    tom = north.twin.people["tom"].pk
    assert {tuple(one.recipients) for one in north.notices()} == {(tom,)}
    assert north.notices()[0].data["dueAt"] == DUE.isoformat()


def test_a_late_run_sends_the_newest_alone(north: Office) -> None:
    north.require(personIds=[north.twin.people["tom"].pk], remindDays=[30, 7, 1])
    ahead(north, 5)
    assert [north.tick()[0] for _ in range(3)] == [1, 0, 0]
    assert days_told(north) == ["7"]


def test_nobody_is_reminded_of_what_is_past_waived_or_not_owed(north: Office) -> None:
    key = north.require(remindDays=[30])
    obligation = north.obligation(key)
    north.done("asha", "POST", f"compliance/obligations/{obligation}/waive", reason="Away")
    with north.inside():
        Person.objects.filter(code="uma").update(status="INACTIVE")
    ahead(north, 10)
    assert north.tick() == (0, 0)
    north.done("asha", "POST", f"compliance/obligations/{obligation}/unwaive", reason="Back")
    ahead(north, -1)
    assert north.tick() == (0, 0)


def test_a_moved_due_date_is_a_new_reminder(north: Office) -> None:
    key = north.require(personIds=[north.twin.people["tom"].pk], remindDays=[7])
    ahead(north, 7)
    assert north.tick()[0] == 1
    assert north.change(key, title="Other")[0] == 200
    assert north.tick()[0] == 0
    assert north.change(key, dueOn=(DUE + timedelta(days=30)).isoformat())[0] == 200
    assert north.tick()[0] == 0
    ahead(north, -23)
    assert north.tick()[0] == 1
    assert len(north.notices()) == 2


def late(office: Office, **values: Any) -> int:
    """Required of teachers, with two days of grace; heads are told three days after that."""
    given = {"graceDays": 2, "escalateDays": 3, "escalateRoles": ["HOD", "PRINCIPAL"]}
    return office.require(**(given | values))


def test_heads_are_told_once_and_by_numbers(north: Office) -> None:
    key = late(north)
    north.meet(key, "uma")
    ahead(north, -4)
    assert north.tick() == (0, 0)
    ahead(north, -5)
    assert [north.tick()[1] for _ in range(3)] == [1, 0, 0]
    ahead(north, -50)
    assert north.tick() == (0, 0)
    (notice,) = north.notices()
    assert sorted(notice.recipients) == sorted(north.twin.people[n].pk for n in ("hari", "paul"))
    assert (notice.data["overdueCount"], notice.data["owedCount"]) == (1, 2)
    assert "Tom" not in str(notice.data)


def test_nobody_is_told_of_what_was_met_in_time(north: Office) -> None:
    key = late(north)
    for name in ("tom", "uma"):
        north.meet(key, name)
    ahead(north, -50)
    assert north.tick() == (0, 0)


def test_a_worker_that_is_killed_leaves_reminder_and_mark_to_the_next(
    north: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = late(north, remindDays=[30])
    ahead(north, 30)
    with monkeypatch.context() as patched:
        patched.setattr("optilearn.compliance.services.reminding.publish", lambda _event: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            north.tick()
        ahead(north, -5)
        with north.inside():
            from optilearn.compliance.services import escalate_overdue

            assert escalate_overdue() == 0
    with north.inside():
        own = Obligation.objects.filter(requirement_id=key)
        assert set(own.values_list("reminded_days", "escalated_at")) == {(None, None)}
    ahead(north, 29)
    assert north.tick() == (2, 0)
    ahead(north, -5)
    assert north.tick() == (0, 1)
    assert len(north.notices()) == 3


def test_one_school_s_worker_leaves_the_other_s(north: Office, south: Office) -> None:
    north.require(remindDays=[30])
    south.now += timedelta(days=30)
    assert south.tick() == (0, 0)
    assert north.notices() == []
