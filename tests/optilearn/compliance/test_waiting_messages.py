"""Reminders that waited for the morning, and what became untrue meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from optilearn.notifications.delivery.outdated import outdated
from tests.support.compliance import DUE, Office
from tests.support.waiting import waiting


def late(office: Office, number: int, key: int, name: str = "tom", **data: Any) -> Any:
    given = {"requirementId": key, "dueAt": DUE.isoformat(), "overdueCount": 0} | data
    person = office.twin.people[name].pk
    return waiting(number, "COMPLIANCE_DUE_REMINDER", given, at=office.now, person_id=person)


def test_a_reminder_of_what_was_met_or_moved_is_not_sent(north: Office) -> None:
    key = north.require()
    north.meet(key, "uma")
    other = (DUE + timedelta(days=1)).isoformat()
    messages = [
        late(north, 1, key),
        late(north, 2, key, "uma"),
        late(north, 3, key, dueAt=other),
        late(north, 4, key, "hari", overdueCount=3),
    ]
    with north.inside():
        assert outdated(messages) == {2, 3, 4}  # nobody is late yet
    north.pass_days(60)
    with north.inside():
        assert outdated(messages[3:]) == set()
