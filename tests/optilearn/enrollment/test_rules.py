"""Each rule about enrollments is one rule: its SQL and its Python agree on random rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optilearn.enrollment import rules

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
moments = st.sampled_from([None, *(NOW + timedelta(days=d) for d in (-400, -1, 0, 1, 400))])


@dataclass(frozen=True)
class Row:
    """The columns that the rules read."""

    status: str
    expires_at: datetime | None
    withdrawn_at: datetime | None
    completed_at: datetime | None
    last_activity_at: datetime | None
    enrolled_at: datetime | None


rows = st.builds(Row, st.sampled_from(rules.Status.values), *[moments] * 5)

TWINS: dict[str, tuple[str, Callable[[Row], Any]]] = {
    "holds a seat": (rules.holds_seat("e"), lambda r: rules.is_holding(r.status)),
    "in force": (
        rules.in_force("e"),
        lambda r: rules.is_in_force(r.status, r.expires_at, NOW),
    ),
    "opens lessons": (
        rules.opening("e"),
        lambda r: rules.opens_lessons(r.status, r.expires_at, NOW),
    ),
    "withdrawn": (rules.withdrawn("e"), lambda r: rules.is_withdrawn(r.status)),
    "status today": (
        rules.status_at("e"),
        lambda r: rules.status_on(r.status, r.expires_at, NOW),
    ),
    "was in force": (
        f"coalesce({rules.was_in_force('e', '%(now)s')}, false)",
        lambda r: rules.had_access(r.status, r.expires_at, r.withdrawn_at, NOW),
    ),
    "completed once": (
        rules.completed_once("e"),
        lambda r: rules.has_completed_once(r.status, r.completed_at),
    ),
    "last seen": (
        rules.last_seen("e"),
        lambda r: rules.seen_last(r.last_activity_at, r.enrolled_at),
    ),
}

_TABLE = """
SELECT {fragment} FROM (VALUES (%(row)s::text, %(r1)s::timestamptz, %(r2)s::timestamptz,
       %(r3)s::timestamptz, %(r4)s::timestamptz, %(r5)s::timestamptz))
    AS e (status, expires_at, withdrawn_at, completed_at, last_activity_at, enrolled_at)
"""


def in_sql(fragment: str, row: Row) -> Any:
    status, *instants = astuple(row)
    values = {"now": NOW, "row": status} | {f"r{n}": v for n, v in enumerate(instants, start=1)}
    with connection.cursor() as cursor:
        cursor.execute(_TABLE.format(fragment=fragment), values)
        return cursor.fetchone()[0]


@pytest.mark.django_db
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=rows)
def test_sql_and_python_agree(row: Row) -> None:
    for name, (fragment, decide) in TWINS.items():
        assert in_sql(fragment, row) == decide(row), name


@given(row=rows)
def test_what_opens_lessons_holds_a_seat_today(row: Row) -> None:
    """ACTIVE ones open lessons while they are in force; COMPLETED ones until their end."""
    opens = rules.opens_lessons(row.status, row.expires_at, NOW)
    assert not opens or rules.is_holding(rules.status_on(row.status, row.expires_at, NOW))
    if row.status == rules.Status.ACTIVE:
        assert opens == rules.is_in_force(row.status, row.expires_at, NOW)
