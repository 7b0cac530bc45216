"""The rows of statements: written once, taken back by others, consistent for who follows them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection

from optilearn.activity.xapi.format.instants import whole
from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.core.sql import compose
from optilearn.courses.rules import COURSES
from optilearn.people.directory import lock_person

_LOCKS: Final = 0x78415049
"""Of ours among PostgreSQL's advisory locks: "xAPI"."""
_FIRST: Final = 1_577_836_800
"""2020 in seconds: what is locked is the seconds since, in four bytes."""
# What is new is written, and what was there is answered with its digest.
_STORE: Final = compose(
    """
INSERT INTO activity_statement (
    institution_id, student_id, stored_at, statement_id, course_id, digest, body, actor_key, verb,
    activity, registration, refers_to, is_voiding, activities, people, object_people)
SELECT %(institution)s, %(student)s, %(now)s, g.statement_id,
       (SELECT c.id FROM <courses>
         WHERE c.institution_id = %(institution)s AND c.id = g.course_id),
       g.digest, g.body, g.actor_key, g.verb, g.activity, g.registration, g.refers_to,
       g.is_voiding, g.activities, g.people, g.object_people
  FROM jsonb_to_recordset(%(rows)s) AS g (
       statement_id uuid, course_id bigint, digest text, body text, actor_key text, verb text,
       activity text, registration uuid, refers_to uuid, is_voiding boolean, activities text[],
       people text[], object_people text[])
 ORDER BY g.statement_id
ON CONFLICT (institution_id, statement_id) DO NOTHING
RETURNING statement_id
""",
    courses=COURSES.aliased("c"),
)
_STORED: Final = """
SELECT statement_id, digest, student_id FROM activity_statement
 WHERE institution_id = %(institution)s AND statement_id = ANY(%(ids)s::uuid[])
"""
# What one voids is its sender's own, no voiding statement itself.
_UNCOUNT: Final = """
DELETE FROM activity_event e USING activity_statement s
 WHERE s.institution_id = %(institution)s AND s.student_id = %(student)s
   AND s.statement_id = ANY(%(ids)s::uuid[]) AND NOT s.is_voiding
   AND e.institution_id = %(institution)s AND e.client_id = s.statement_id
   AND e.student_id = %(student)s
"""
_VOIDED: Final = """
SELECT refers_to FROM activity_statement
 WHERE institution_id = %(institution)s AND student_id = %(student)s AND is_voiding
   AND refers_to = ANY(%(ids)s::uuid[])
"""
_UNDER_WAY: Final = """
SELECT min(objid::bigint) FROM pg_locks
 WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass(frozen=True)
class Row:
    """A statement as it is kept."""

    statement_id: UUID
    course_id: int | None
    digest: str
    body: str
    actor_key: str
    verb: str
    activity: str
    registration: UUID | None
    refers_to: UUID | None
    is_voiding: bool
    activities: tuple[str, ...]
    people: tuple[str, ...]
    object_people: tuple[str, ...]


def open_storing() -> datetime:
    """Return the instant at which statements of this transaction are stored.

    Until it ends a lock says since when there may be statements that nobody sees yet.
    """
    second = int(clock.now().timestamp()) - _FIRST
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [_LOCKS, second])
    return whole(clock.now())


def consistent_through() -> datetime:
    """Return the instant up to which every stored statement can be read."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_WAY, [_LOCKS])
        second = cursor.fetchone()[0]
    return now if second is None else min(now, datetime.fromtimestamp(_FIRST + second, UTC))


def hold_voiding(principal: Principal) -> None:
    """Wait for the caller's statements that are being written, and let others wait.

    Every row refers to its student, so a statement and the one that voids it are never written
    at once without knowing of each other.
    """
    lock_person(principal.person_id)


def store(
    principal: Principal, rows: Sequence[Row], now: datetime
) -> tuple[set[UUID], Mapping[UUID, tuple[str, int]]]:
    """Write what isn't there: the new ids, and the digest and student of all."""
    values = _values(principal, [row.statement_id for row in rows])
    encoded = msgspec.json.encode([asdict(row) for row in rows]).decode()
    with connection.cursor() as cursor:
        cursor.execute(_STORE, values | {"now": now, "rows": encoded})
        new = {row[0] for row in cursor.fetchall()}
        cursor.execute(_STORED, values)
        return new, {row[0]: (row[1], row[2]) for row in cursor.fetchall()}


def delete_voided_events(principal: Principal, ids: Collection[UUID | None]) -> None:
    """Take back the activity of the caller's statements that are voided, whichever came first."""
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_UNCOUNT, _values(principal, ids))


def voided(principal: Principal, ids: Collection[UUID]) -> set[UUID]:
    """Return those among the caller's statements that another of them takes back."""
    with connection.cursor() as cursor:
        cursor.execute(_VOIDED, _values(principal, ids))
        return {row[0] for row in cursor.fetchall()}


def _values(principal: Principal, ids: Collection[UUID | None]) -> dict[str, Any]:
    return {
        "institution": principal.institution_id,
        "student": principal.person_id,
        "ids": list(ids),
    }
