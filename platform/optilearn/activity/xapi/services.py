"""Taking statements: each is an event of its actor, written once and never changed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils.translation import gettext as _

from optilearn.activity.recording import Event, record_events
from optilearn.activity.services import code_of, require_own, words_of
from optilearn.activity.skew import corrected, shift_of
from optilearn.activity.xapi.statements import Statement, StatementError, read_statement
from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode

# One statement: what is new is written, and what was there is answered with its digest.
_CLAIM = """
WITH given AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(digests)s::text[]) AS g (statement_id, digest)
), written AS (
    INSERT INTO activity_statement (institution_id, statement_id, student_id, digest, stored_at)
    SELECT %(institution)s, statement_id, %(student)s, digest, %(now)s
      FROM given ORDER BY statement_id
    ON CONFLICT (institution_id, statement_id) DO NOTHING
    RETURNING statement_id
)
SELECT statement_id FROM written
"""
_KEPT = """
SELECT statement_id, digest, student_id FROM activity_statement
 WHERE institution_id = %(institution)s AND statement_id = ANY(%(ids)s::uuid[])
"""


@dataclass(frozen=True)
class Identified:
    """A statement with the id that it came with, or got."""

    id: UUID
    statement: Statement


@transaction.atomic
def store_statements(*, principal: Principal, raw: Sequence[object]) -> list[UUID]:
    """Take statements of the caller's own, all of them or none; their ids, in their order.

    Raises ``AppError``: VALIDATION_ERROR for what isn't a statement about a course or lesson of
    ours, FORBIDDEN for another actor, CONFLICT for an id that another statement has,
    ENROLLMENT_REQUIRED or NOT_FOUND for what the actor doesn't study.
    """
    require_own(principal)
    now = clock.now()
    found = [_read(position, one, principal) for position, one in enumerate(raw)]
    _check_actors(principal, [one.statement for one in found])
    distinct = _distinct(found)
    new = _claim(principal, distinct, now)
    _record(principal, [one for one in distinct if one.id in new], now)
    return [one.id for one in found]


def _read(position: int, raw: object, principal: Principal) -> Identified:
    try:
        statement = read_statement(raw, principal.institution_slug)
    except StatementError as error:
        details = [{"path": f"/body/{position}", "code": "statement", "message": str(error)}]
        raise AppError(ErrorCode.VALIDATION_ERROR, str(error), details) from error
    return Identified(statement.id or uuid4(), statement)


def _check_actors(principal: Principal, statements: Sequence[Statement]) -> None:
    email = _email_of(principal)
    for position, statement in enumerate(statements):
        if not is_caller(statement.actor, principal, email):
            words = _("The actor of a statement must be its sender.")
            problem = {"path": f"/body/{position}/actor", "code": "actor", "message": words}
            raise AppError(ErrorCode.FORBIDDEN, words, [problem])


def _email_of(principal: Principal) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT email FROM people_person WHERE institution_id = %s AND id = %s",
            [principal.institution_id, principal.person_id],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def is_caller(actor: Mapping[str, Any], principal: Principal, email: str) -> bool:
    """Whether an actor is the caller: by address, its SHA-1, or our own account.

    An account is ``{"homePage": "urn:optilearn:<institution>", "name": "<person's id>"}``.
    """
    if actor.get("objectType", "Agent") != "Agent":
        return False
    named = [name for name in ("mbox", "mbox_sha1sum", "account", "openid") if name in actor]
    if len(named) != 1:
        return False  # an agent has exactly one identifier
    given = actor[named[0]]
    if named[0] == "account":
        home = f"urn:optilearn:{principal.institution_slug}"
        return bool(given == {"homePage": home, "name": str(principal.person_id)})
    if not email or not isinstance(given, str):
        return False
    if named[0] == "mbox":
        return given.casefold() == f"mailto:{email}".casefold()
    # The standard's own way to name somebody; it protects nothing.
    digest = hashlib.sha1(f"mailto:{email}".encode(), usedforsecurity=False).hexdigest()
    return named[0] == "mbox_sha1sum" and hmac.compare_digest(digest, given.lower())


def _distinct(found: Sequence[Identified]) -> list[Identified]:
    """Each statement once. Raises CONFLICT for two that share an id."""
    distinct: dict[UUID, Identified] = {}
    for one in found:
        before = distinct.setdefault(one.id, one)
        if before.statement.digest != one.statement.digest:
            raise _conflict(one.id)
    return list(distinct.values())


def _claim(principal: Principal, found: Sequence[Identified], now: datetime) -> set[UUID]:
    """The ids that are new. Raises CONFLICT for one that another statement has."""
    values: dict[str, Any] = {
        "institution": principal.institution_id,
        "student": principal.person_id,
        "ids": [one.id for one in found],
        "digests": [one.statement.digest for one in found],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        new = {row[0] for row in cursor.fetchall()}
        cursor.execute(_KEPT, values)
        kept = {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
    for one in found:
        if kept[one.id] != (one.statement.digest, principal.person_id):
            raise _conflict(one.id)
    return new


def _record(principal: Principal, found: Sequence[Identified], now: datetime) -> None:
    events = [_event(one, now) for one in found]
    recorded = record_events(principal, events, now)
    if recorded.refused:
        first = recorded.refused[0]
        raise AppError(
            code_of(first.reason),
            words_of(first.reason),
            {"statementId": str(events[first.position].client_id)},
        )


def _event(one: Identified, now: datetime) -> Event:
    statement = one.statement
    event = Event(
        one.id,
        statement.kind,
        statement.target.course_id,
        statement.target.lesson_id,
        occurred_at=now,
        seconds=statement.seconds,
    )
    if statement.moment is None:
        return event
    return replace(event, occurred_at=corrected(statement.moment, shift_of(None, now), now))


def _conflict(statement_id: UUID) -> AppError:
    return AppError(
        ErrorCode.CONFLICT,
        _("Another statement has this id; statements never change."),
        {"statementId": str(statement_id)},
    )
