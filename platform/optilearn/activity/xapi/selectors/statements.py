"""Reading statements back, each by who may (docs/rules.md#activity).

Administrators and analysts read all of their institution, teachers those about their own courses,
and everybody their own: what somebody answered is nobody else's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from optilearn.activity.xapi.selectors.queries import Cursor, OneStatement, StatementQuery
from optilearn.core.access.policies import ADMINS, not_found
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.selectors import own_course_ids

READ_ALL: Final = ADMINS | {Role.ANALYST}
MAX_BYTES: Final = 4 * 1024**2
"""Of a page, but for its last statement."""
_LONGEST: Final = "5s"
"""That a question may take: it waits on a thread of the plain requests."""
_IS_VOIDED: Final = """NOT {s}.is_voiding AND EXISTS (
    SELECT FROM activity_statement v
     WHERE v.institution_id = %(institution)s AND v.refers_to = {s}.statement_id AND v.is_voiding
       AND v.student_id = {s}.student_id)"""
# A statement that refers to one which matches is one that matches, and so on; since, until and
# the limit are of the statement itself (Communication 2.1.3, "StatementRefs").
_REFERRING: Final = """
WITH RECURSIVE referring AS (
    SELECT r.statement_id FROM activity_statement r
      JOIN activity_statement t ON t.institution_id = %(institution)s
       AND t.statement_id = r.refers_to AND {reach_t} AND {filters_t}
     WHERE r.institution_id = %(institution)s AND r.refers_to IS NOT NULL AND {reach_r}
     UNION
    SELECT r.statement_id FROM referring
      JOIN activity_statement r ON r.institution_id = %(institution)s
       AND r.refers_to = referring.statement_id AND {reach_r}
)
"""
# Statements may be long, so a page ends with the one that fills it.
_LIST: Final = """
SELECT id, body, stored_at, student_id, found FROM (
    SELECT p.*, count(*) OVER () AS found,
           sum(octet_length(body)) OVER (ORDER BY stored_at {order}, id {order})
             - octet_length(body) AS before
      FROM (
        SELECT s.id, s.body, s.stored_at, s.student_id FROM activity_statement s
         WHERE s.institution_id = %(institution)s AND s.body <> '' AND {reach} AND {bounds}
           AND ({filters}) AND NOT ({voided})
         ORDER BY s.stored_at {order}, s.id {order} LIMIT %(limit)s
      ) p
) q WHERE before < %(most)s ORDER BY stored_at {order}, id {order}
"""
_ONE: Final = """
SELECT s.id, s.body, s.stored_at, s.student_id FROM activity_statement s
 WHERE s.institution_id = %(institution)s AND s.statement_id = %(id)s AND s.body <> ''
   AND {reach} AND {state}
"""


@dataclass(frozen=True)
class StoredStatement:
    """A statement as it is stored."""

    row_id: int
    body: str
    stored_at: datetime
    student_id: int


@dataclass(frozen=True)
class Found:
    """A page of statements, and where the next one begins."""

    statements: list[StoredStatement]
    next: Cursor | None


def one_statement(principal: Principal, asked: OneStatement) -> StoredStatement:
    """Return a single one. Raises ``AppError`` NOT_FOUND."""
    reach, values = _reach(principal)
    voided = _IS_VOIDED.format(s="s")
    state = voided if asked.is_voided else f"NOT ({voided})"
    with connection.cursor() as cursor:
        cursor.execute(
            _ONE.format(reach=reach.format(s="s"), state=state), values | {"id": asked.id}
        )
        row = cursor.fetchone()
    if row is None:
        raise not_found()
    return StoredStatement(*row)


def find_statements(principal: Principal, query: StatementQuery) -> Found:
    """Return those asked for that the principal may read, newest first.

    Raises ``AppError`` VALIDATION_ERROR for a question that takes too long.
    """
    reach, values = _reach(principal)
    filters, more = _filters(query)
    bounds, ends = _bounds(query)
    mine, condition, recursive = reach.format(s="s"), filters.format(s="s"), ""
    if more:
        recursive = _REFERRING.format(
            reach_t=reach.format(s="t"),
            reach_r=reach.format(s="r"),
            filters_t=filters.format(s="t"),
        )
        condition += (
            " OR s.refers_to IS NOT NULL AND s.statement_id IN (SELECT statement_id FROM referring)"
        )
    text = recursive + _LIST.format(
        reach=mine,
        bounds=bounds,
        filters=condition,
        voided=_IS_VOIDED.format(s="s"),
        order="ASC" if query.ascending else "DESC",
    )
    values |= more | ends | {"limit": query.limit + 1, "most": MAX_BYTES}
    with _bounded(), connection.cursor() as cursor:
        cursor.execute(text, values)
        rows = cursor.fetchall()
    stored = [StoredStatement(*row[:-1]) for row in rows[: query.limit]]
    last = stored[-1] if stored and rows[0][-1] > len(stored) else None
    return Found(stored, Cursor(last.stored_at, last.row_id) if last else None)


def _reach(principal: Principal) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {
        "institution": principal.institution_id,
        "reader": principal.person_id,
    }
    if principal.role in READ_ALL:
        return "TRUE", values
    if principal.role is Role.TEACHER:
        courses = {"courses": list(own_course_ids(principal))}
        return (
            "({s}.student_id = %(reader)s OR {s}.course_id = ANY(%(courses)s::bigint[]))",
            values | courses,
        )
    return "{s}.student_id = %(reader)s", values


def _filters(query: StatementQuery) -> tuple[str, dict[str, Any]]:
    """SQL that is true of what has the names that are asked for."""
    agent = "%(agent)s = ANY({s}.people)" if query.related_agents else (
        "({s}.actor_key = %(agent)s OR %(agent)s = ANY({s}.object_people))"
    )  # fmt: skip
    activity = (
        "%(activity)s = ANY({s}.activities)"
        if query.related_activities
        else "{s}.activity = %(activity)s"
    )
    known = {
        "agent": (query.agent, agent),
        "verb": (query.verb, "{s}.verb = %(verb)s"),
        "activity": (query.activity, activity),
        "registration": (query.registration, "{s}.registration = %(registration)s"),
    }
    given = {name: (value, sql) for name, (value, sql) in known.items() if value is not None}
    text = " AND ".join(sql for _value, sql in given.values()) or "TRUE"
    return text, {name: value for name, (value, _sql) in given.items()}


def _bounds(query: StatementQuery) -> tuple[str, dict[str, Any]]:
    """Of the instants at which they were stored: ``since`` is left out, ``until`` is in."""
    beyond = ">" if query.ascending else "<"
    parts = ["TRUE"]
    if query.since:
        parts.append("s.stored_at > %(since)s")
    if query.until:
        parts.append("s.stored_at <= %(until)s")
    if query.cursor:
        parts.append(f"(s.stored_at, s.id) {beyond} (%(stored)s, %(row)s)")
    values: dict[str, Any] = {"since": query.since, "until": query.until}
    if query.cursor:
        values |= {"stored": query.cursor.stored_at, "row": query.cursor.row_id}
    return " AND ".join(parts), values


@contextmanager
def _bounded() -> Iterator[None]:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{_LONGEST}'")
            yield
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        words = _("This takes too long. Narrow it with since and until.")
        raise AppError(ErrorCode.VALIDATION_ERROR, words) from error
