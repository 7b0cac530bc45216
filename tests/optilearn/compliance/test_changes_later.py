"""Requirements that are changed late: after dates have passed, people have left, all is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from optilearn.compliance.models import Obligation
from optilearn.people.models import Person
from optilearn.privacy import services as privacy
from tests.support.compliance import DUE, NOW, TODAY, Office


def days_after_due(office: Office, days: int) -> None:
    office.now = datetime.combine(DUE + timedelta(days=days), NOW.time(), UTC)


@pytest.mark.parametrize("rule", ["FREQ=MONTHLY", "FREQ=MONTHLY;UNTIL=20290501"])
def test_a_rule_that_is_changed_before_the_worker_came_loses_nothing(
    north: Office, rule: str
) -> None:
    key = north.require(rule="FREQ=MONTHLY")
    days_after_due(north, 95)  # no worker ran since
    assert north.change(key, rule=rule)[0] == 200
    north.tick()
    assert len(north.due_dates(key)) == 5


def test_a_due_date_that_is_moved_before_the_worker_came_keeps_the_past_one(north: Office) -> None:
    key = north.require(rule="FREQ=MONTHLY")
    days_after_due(north, 1)
    shown = north.done("asha", "GET", f"compliance/requirements/{key}")["dueOn"]
    moved = date.fromisoformat(shown) + timedelta(days=3)
    assert north.change(key, dueOn=moved.isoformat())[0] == 200
    assert [due for due, _ in north.due_dates(key)] == [DUE, moved]


@pytest.mark.parametrize("rule", ["", "FREQ=WEEKLY;UNTIL=20260418"])
def test_a_new_rule_asks_for_nothing_of_the_past(north: Office, rule: str) -> None:
    key = north.require(rule=rule)
    days_after_due(north, 365)
    north.tick()
    before = len(north.due_dates(key))
    assert north.change(key, rule="FREQ=WEEKLY")[0] == 200
    assert len(north.due_dates(key)) == before + 1
    north.pass_days(7)
    north.tick()
    assert len(north.due_dates(key)) == before + 2


def test_sending_back_what_was_read_changes_no_date(north: Office) -> None:
    key = north.require(rule="FREQ=MONTHLY", dueOn="2026-03-31")
    north.now = datetime(2026, 4, 10, 9, tzinfo=UTC)
    north.tick()
    shown = north.done("asha", "GET", f"compliance/requirements/{key}")["dueOn"]
    assert shown == "2026-04-30"
    assert north.change(key, title="New", dueOn=shown)[0] == 200
    north.now = datetime(2026, 5, 5, 9, tzinfo=UTC)
    north.tick()
    assert date(2026, 5, 31) in [due for due, _ in north.due_dates(key)]


def test_an_ended_series_takes_back_the_date_that_was_read(north: Office) -> None:
    key = north.require(rule="FREQ=MONTHLY;UNTIL=20260505", dueOn="2026-03-31")
    north.now = datetime(2026, 6, 10, 9, tzinfo=UTC)
    north.tick()
    shown = north.done("asha", "GET", f"compliance/requirements/{key}")["dueOn"]
    assert north.change(key, title="New", dueOn=shown)[0] == 200


@pytest.mark.parametrize("left", [{"status": "INACTIVE"}, {"role": "PARENT", "kind": "PARENT"}])
def test_named_people_who_left_keep_nobody_from_changes(
    north: Office, left: dict[str, Any]
) -> None:
    people = [north.twin.people[name].pk for name in ("tom", "uma")]
    key = north.require(roles=[], personIds=people)
    with north.inside():
        Person.objects.filter(code="tom").update(**left)
    assert north.change(key, title="New title")[0] == 200
    assert north.change(key, personIds=people[:1])[0] == 200


def test_a_class_that_is_gone_keeps_nobody_from_changes(north: Office) -> None:
    with north.inside():
        Person.objects.filter(code="lena").update(class_id="7a")
    key = north.require(classIds=["7a"])
    with north.inside():
        Person.objects.filter(code="lena").update(class_id="8a")
    assert north.change(key, title="New title")[0] == 200


@pytest.mark.parametrize("how", ["unwaive", "reopen"])
def test_nothing_is_owed_again_for_an_archived_requirement(north: Office, how: str) -> None:
    key = north.require(remindDays=[30], dueOn=(TODAY + timedelta(days=20)).isoformat())
    if how == "reopen":
        path = f"compliance/evidence/{north.meet(key)}/reopen"
    else:
        own = north.obligation(key)
        north.done("asha", "POST", f"compliance/obligations/{own}/waive", reason="On leave.")
        path = f"compliance/obligations/{own}/unwaive"
    north.done("asha", "POST", f"compliance/requirements/{key}/archive")
    assert north.ask("paul", "POST", path, reason="A mistake.")[0] == 409
    north.tick()
    assert north.owed(key)["tom"] in {"MET", "WAIVED"}
    assert not north.notices()


def test_nobody_decides_on_people_who_were_erased(north: Office) -> None:
    key = north.require()
    evidence = north.meet(key)
    with north.inside():
        privacy.erase_person(
            principal=north.twin.principal("asha"),
            person_id=north.twin.people["tom"].pk,
            reason="Asked for it.",
            confirm="tom",
        )
    path = f"compliance/evidence/{evidence}/reopen"
    assert north.ask("paul", "POST", path, reason="A mistake.")[0] == 409
    with north.inside():
        assert Obligation.objects.get(person_id=north.twin.people["tom"].pk).met_at is not None


def test_heads_hear_again_after_more_grace(north: Office) -> None:
    key = north.require(graceDays=0, escalateDays=1, escalateRoles=["HOD"])
    days_after_due(north, 3)
    assert north.tick()[1] == 1
    before = len(north.notices())
    assert north.change(key, graceDays=20)[0] == 200
    days_after_due(north, 30)
    assert north.tick()[1] == 1
    assert len(north.notices()) == before + 1


def test_a_head_who_comes_later_hears_of_it(north: Office) -> None:
    north.require(graceDays=0, escalateDays=1, escalateRoles=["HOD"])
    with north.inside():
        Person.objects.filter(role="HOD").update(status="INACTIVE")
    days_after_due(north, 3)
    assert north.tick()[1] == 0
    with north.inside():
        Person.objects.filter(role="HOD").update(status="ACTIVE")
    north.pass_days(1)
    assert north.tick()[1] == 1
    assert north.notices()
