"""The mapping of PostgreSQL's rows and columns to a snapshot's columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from pipelines.snapshots.zones import Offsets, local_day_sql, zone_named
from reports.snapshot.schema import (
    TABLES,
    TABLES_BY_NAME,
    AttributeDefinition,
    Column,
    Table,
    columns_of,
)

TOMBSTONES: Final = "core_tombstone"
ACTIVITY_KINDS: Final = ("VIEW", "PLAY", "DOWNLOAD", "POST", "ANSWER", "OTHER")
"""Names of ``activity_event.kind`` 1, 2, and so on."""

_SENT: Final[Mapping[tuple[str, str], str]] = {
    # What a teacher hasn't released, no file has: it can be in nobody's report.
    ("grades", "points"): "CASE WHEN posted_at IS NOT NULL THEN points END",
    ("grades", "raw_points"): "CASE WHEN posted_at IS NOT NULL THEN raw_points END",
    ("grades", "deducted"): "CASE WHEN posted_at IS NOT NULL THEN deducted END",
    ("grades", "is_excused"): "(posted_at IS NOT NULL AND is_excused)",
    ("grades", "graded_at"): "CASE WHEN posted_at IS NOT NULL THEN graded_at END",
    # A draft is its reviewer's until it is submitted.
    ("peer_reviews", "score"): "CASE WHEN submitted_at IS NOT NULL THEN score END",
    ("quiz_answers", "is_answered"): "(value IS NOT NULL)",
    # The streams' transactions began after the snapshot's own, so what had expired by then has.
    ("certificates", "status"): "CASE WHEN revoked_at IS NOT NULL THEN 'REVOKED'"
    " WHEN expires_at <= now() THEN 'EXPIRED' ELSE 'VALID' END",
    ("points", "earned_at"): "at",
    # Of a post that was deleted, or whose author was erased, the text is empty.
    ("discussion_posts", "status"): "CASE WHEN text = '' THEN 'DELETED'"
    " WHEN hidden_at IS NOT NULL THEN 'HIDDEN' ELSE 'VISIBLE' END",
    ("discussion_posts", "is_question"): "(number = 1)",
    ("compliance", "status"): "CASE WHEN met_at IS NOT NULL THEN 'MET'"
    " WHEN waived_at IS NOT NULL THEN 'WAIVED' WHEN overdue_on <= <today> THEN 'OVERDUE'"
    " ELSE 'PENDING' END",
}
"""Columns that aren't PostgreSQL's own, by table and column: the expressions for them.

``<today>`` is the day on which the snapshot is taken, on the institution's calendar.
"""

_HORIZON: Final = re.compile(r"(\d+):(\d+):(?:\d+(?:,\d+)*)?")


@dataclass(frozen=True)
class TableSource:
    """The PostgreSQL table behind a table of the snapshot, and which of its rows count."""

    table: Table
    relation: str
    where: str = ""
    large: bool = False
    """True if it may be too large for one stream."""
    turning: str = ""
    """The rows whose columns change by the passing of time, without being written: those that
    turned after ``<since>``, the time of the last snapshot, or its day ``<before>``, until now, or
    ``<today>``."""


def _source(
    name: str, relation: str, where: str = "", *, large: bool = False, turning: str = ""
) -> TableSource:
    return TableSource(TABLES_BY_NAME[name], relation, where, large, turning)


SOURCES: Final[tuple[TableSource, ...]] = (
    _source("terms", "institutions_term"),
    _source("staff", "people_person", "kind = 'USER'"),
    _source("students", "people_person", "kind = 'STUDENT'"),
    _source("courses", "courses_course"),
    _source("modules", "courses_module"),
    _source("lessons", "courses_lesson"),
    _source("enrollments", "enrollment_enrollment"),
    _source("lesson_progress", "enrollment_lessonprogress"),
    _source("assignments", "assessment_assignment"),
    _source("submissions", "assessment_submission"),
    _source("grades", "assessment_grade"),
    _source("questions", "assessment_question"),
    _source("quiz_attempts", "assessment_attempt"),
    _source("quiz_answers", "assessment_answer", large=True),
    _source("peer_reviews", "assessment_peerreview"),
    _source("attendance", "live_attendance"),
    _source(
        "certificates",
        "recognition_certificate",
        turning="expires_at > <since> AND expires_at <= now() AND revoked_at IS NULL",
    ),
    _source("points", "recognition_pointsentry"),
    _source("activity", "activity_event", large=True),
    _source("deliveries", "notifications_delivery", large=True),
    _source("discussion_posts", "community_discussionpost"),
    _source(
        "compliance",
        "compliance_obligation",
        "withdrawn_at IS NULL",
        turning="overdue_on > <before> AND overdue_on <= <today>"
        " AND met_at IS NULL AND waived_at IS NULL",
    ),
)

RELATIONS: Final = tuple(dict.fromkeys(source.relation for source in SOURCES))

if tuple(source.table for source in SOURCES) != TABLES:
    raise AssertionError("Every table of the snapshot needs its source, in the same order.")


def identifier(name: str) -> str:
    """Return a name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text quoted for SQL."""
    return "'" + text.replace("'", "''") + "'"


def changed_since(horizon: str) -> str:
    """Return the rows whose last change was not visible in an earlier ``pg_current_snapshot()``.

    A transaction id below the snapshot's xmin was finished then, so the index on row_xid
    narrows the search first. Raises ``ValueError`` if ``horizon`` is no such snapshot.
    """
    match = _HORIZON.fullmatch(horizon)
    if match is None:
        raise ValueError(f"Not a pg_snapshot: {horizon!r}")
    # From xmax on nothing was visible then; asking so first spares most rows the function.
    return (
        f"row_xid >= {match[1]} AND (row_xid >= {match[2]} OR "
        f"NOT pg_visible_in_snapshot(row_xid::text::xid8, {literal(horizon)}::pg_snapshot))"
    )


def day_of(moment: datetime, zone: str) -> date:
    """Return the day of an instant on an institution's calendar."""
    return moment.astimezone(zone_named(zone)).date()


def to_read_again(relation: str, horizon: str, since: datetime, days: tuple[date, date]) -> str:
    """Return the rows that are others than in an earlier snapshot: changed, or turned since.

    ``days`` are its day and today.
    """
    before, today = days
    moment = f"{literal(since.isoformat())}::timestamptz"
    turning = [s.turning.replace("<since>", moment) for s in SOURCES if s.relation == relation]
    parts = [changed_since(horizon), *(_with_days(s, today, before) for s in turning if s)]
    return "(" + " OR ".join(f"({part})" for part in parts) + ")"


def _with_days(expression: str, today: date, before: date | None = None) -> str:
    for name, day in (("<today>", today), ("<before>", before)):
        if day is not None:
            expression = expression.replace(name, f"DATE '{day.isoformat()}'")
    return expression


def next_xid_of(horizon: str) -> int:
    """Return the snapshot's xmax: the first transaction id not yet assigned when it was taken."""
    return int(horizon.split(":")[1])


def rows_sql(source: TableSource, institution_id: int, *conditions: str) -> str:
    """Return FROM and WHERE of the institution's rows."""
    parts = [f"institution_id = {int(institution_id)}", source.where, *conditions]
    return f"FROM {source.relation} WHERE " + " AND ".join(p for p in parts if p)


def select_sql(
    source: TableSource,
    institution_id: int,
    attributes: tuple[AttributeDefinition, ...],
    *conditions: str,
    today: date,
    ordered: bool = True,
) -> str:
    """Return the SELECT on the source, in id order unless ``ordered`` is False.

    ``today`` is the day of the snapshot.
    """
    columns = columns_of(source.table, attributes)
    wanted = ", ".join(
        _with_days(_sent(source.table, column), today)
        for column in columns
        if not _is_derived(column, columns)
    )
    order = " ORDER BY id" if ordered else ""
    return f"SELECT {wanted} {rows_sql(source, institution_id, *conditions)}{order}"


def arrival_sql(
    source: TableSource, attributes: tuple[AttributeDefinition, ...], zone: Callable[[str], Offsets]
) -> str:
    """Return the select list that makes a snapshot's columns from what PostgreSQL sent.

    ``zone`` gives the offsets to use for an instant's column.
    """
    columns = columns_of(source.table, attributes)
    return ", ".join(
        f"{_column_sql(source.table, column, columns, zone)} AS {identifier(column.name)}"
        for column in columns
    )


def moments(table: Table) -> tuple[tuple[str, str], ...]:
    """Return the table's instants, each with the column of its local date."""
    return tuple(
        (_instant_of(column), column.name)
        for column in table.columns
        if _is_derived(column, table.columns)
    )


def _instant_of(column: Column) -> str:
    return column.name.removesuffix("_on") + "_at"


def _is_derived(column: Column, columns: tuple[Column, ...]) -> bool:
    """Return True if the column is the local date of an instant in another column."""
    if column.type != "DATE" or not column.name.endswith("_on"):
        return False
    return any(other.name == _instant_of(column) for other in columns)


def _is_attribute(column: Column) -> bool:
    return column.name.startswith("attributes.")


def _sent(table: Table, column: Column) -> str:
    if _is_attribute(column):
        key = column.name.removeprefix("attributes.")
        return f"attributes ->> {literal(key)} AS {identifier(column.name)}"
    if expression := _SENT.get((table.name, column.name)):
        return f"{expression} AS {identifier(column.name)}"
    return identifier(column.name)


def _column_sql(
    table: Table, column: Column, columns: tuple[Column, ...], zone: Callable[[str], Offsets]
) -> str:
    name = identifier(column.name)
    if _is_derived(column, columns):
        instant = _instant_of(column)
        return local_day_sql(f"epoch_us({identifier(instant)})", zone(instant))
    if column.type == "TIMESTAMP":
        return f"make_timestamp(epoch_us({name}))"
    if (table.name, column.name) == ("activity", "kind"):
        return _activity_kind(name)
    if _is_attribute(column) and column.type != "VARCHAR":
        return f"CAST(nullif({name}, '') AS {column.type})"
    if column.type.startswith("DECIMAL"):
        return f"CAST({name} AS {column.type})"
    return name


def _activity_kind(name: str) -> str:
    """NULL for an unknown number, which the column then refuses."""
    names = ", ".join(literal(kind) for kind in ACTIVITY_KINDS)
    return f"([{names}])[{name}]"
