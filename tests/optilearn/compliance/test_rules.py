"""The status of an obligation: the condition for the database, the function, the fragment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from optilearn.compliance.models import Obligation
from optilearn.compliance.rules import OPEN, Status, in_status, is_open, status_on
from optilearn.core.sql import rows
from tests.support.compliance import DUE, Office

AT = datetime(2026, 3, 5, tzinfo=UTC)
ENDS = ({}, {"met_at": AT, "met_by": "COURSE"}, {"waived_at": AT}, {"withdrawn_at": AT})


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_each_obligation_has_one_status_and_all_say_the_same(north: Office, days: int) -> None:
    people = ["tom", "uma", "lena", "asha"]
    key = north.require(personIds=[north.twin.people[name].pk for name in people], graceDays=3)
    today: date = DUE + timedelta(days=4 + days)
    with north.inside():
        own = Obligation.objects.filter(requirement_id=key)
        for name, values in zip(people, ENDS, strict=True):
            own.filter(person__code=name).update(**values)
        expected = {one.pk: status_on(one, today) for one in own}
        found = {
            one.pk: status.value
            for status in Status
            for one in own.filter(in_status(status, today))
        }
        by_sql = {
            one["id"] for one in rows(f"SELECT id FROM compliance_obligation o WHERE {is_open()}")
        }
        assert by_sql == set(own.filter(OPEN).values_list("id", flat=True))
    assert found == expected
    overdue = "PENDING" if days < 0 else "OVERDUE"
    assert sorted(found.values()) == sorted(["MET", "WAIVED", "WITHDRAWN", overdue])
