"""Due dates of requirements stand in the calendars of who owes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.compliance import DUE, TODAY, Office
from tests.support.twins import Twin


@pytest.fixture
def north(twins: tuple[Twin, Twin]) -> Office:
    return Office(twins[0])


def in_calendar(office: Office, name: str) -> list[dict[str, Any]]:
    until = DUE + timedelta(days=5)
    found = office.done(name, "GET", f"me/calendar?from={TODAY.isoformat()}&to={until.isoformat()}")
    return [one for one in found if one["kind"] == "REQUIREMENT_DUE"]


def test_it_is_a_whole_day_of_who_owes_it(north: Office) -> None:
    key = north.require(roles=["TEACHER", "STUDENT"])
    for name in ("tom", "lena"):
        (entry,) = in_calendar(north, name)
        assert (entry["title"], entry["startsOn"], entry["endsOn"]) == (
            "Child-safety training",
            DUE.isoformat(),
            DUE.isoformat(),
        )
        assert (entry["requirementId"], entry["at"], entry["isDone"]) == (key, None, False)
    assert in_calendar(north, "asha") == []


def test_what_was_met_is_done_and_what_was_waived_is_gone(north: Office) -> None:
    key = north.require()
    north.meet(key, "tom")
    waived = north.obligation(key, "uma")
    north.done("asha", "POST", f"compliance/obligations/{waived}/waive", reason="Away")
    assert [one["isDone"] for one in in_calendar(north, "tom")] == [True]
    assert in_calendar(north, "uma") == []


def test_a_moved_due_date_keeps_its_entry(north: Office) -> None:
    key = north.require()
    (before,) = in_calendar(north, "tom")
    north.change(key, dueOn=(DUE + timedelta(days=1)).isoformat())
    (after,) = in_calendar(north, "tom")
    assert (after["id"], after["startsOn"] > before["startsOn"]) == (before["id"], True)
