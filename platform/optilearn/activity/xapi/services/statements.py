"""Taking statements: stored as received, and an event of its actor where it is about a course."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.activity.services.events import code_of, require_own, words_of
from optilearn.activity.services.recording import Event, record_events
from optilearn.activity.services.skew import corrected, shift_of
from optilearn.activity.xapi.format.instants import shown
from optilearn.activity.xapi.format.statements import (
    Statement,
    StatementError,
    agent_key,
    read_statement,
    stored_text,
)
from optilearn.activity.xapi.rules import keys_of
from optilearn.activity.xapi.services.rows import (
    Row,
    delete_voided_events,
    hold_voiding,
    open_storing,
    store,
    voided,
)
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.selectors.access import courses_of_lessons
from optilearn.people.selectors import email_of


@dataclass(frozen=True)
class Identified:
    """A statement with the id that it came with, or got, and its place in what was sent."""

    id: UUID
    position: int
    statement: Statement


@transaction.atomic
def store_statements(
    *, principal: Principal, raw: Sequence[bytes | msgspec.Raw], under: UUID | None = None
) -> list[UUID]:
    """Take statements of the caller's own, all of them or none; their ids, in their order.

    ``under`` is the id of a single one, given by its address. A voiding statement takes the
    activity back that the caller's other statement counted. Raises ``AppError``:
    VALIDATION_ERROR for what isn't a statement, FORBIDDEN for another actor, CONFLICT for an id
    that another statement has, ENROLLMENT_REQUIRED or NOT_FOUND for what the actor doesn't study.
    """
    require_own(principal)
    found = [_read(position, one, principal, under) for position, one in enumerate(raw)]
    _check_actors(principal, found)
    now = open_storing()
    distinct = _distinct(found)
    if any(one.statement.is_voiding for one in distinct):
        hold_voiding(principal)
    new = _store(principal, distinct, now)
    # What is voided already needs an enrollment like all the rest: it is stored with its course.
    _record(principal, [one for one in new if one.statement.target], now)
    voided_now = {one.statement.refers_to for one in new if one.statement.is_voiding}
    delete_voided_events(principal, voided_now | voided(principal, [one.id for one in new]))
    return [one.id for one in found]


def _read(
    position: int, raw: bytes | msgspec.Raw, principal: Principal, under: UUID | None
) -> Identified:
    try:
        statement = read_statement(raw, principal.institution_slug)
        _check_address(statement, under)
    except StatementError as error:
        path = f"/body{error.place}" if under else f"/body/{position}{error.place}"
        details = [{"path": path, "code": error.code, "message": str(error)}]
        raise AppError(ErrorCode.VALIDATION_ERROR, str(error), details) from error
    return Identified(statement.id or under or uuid4(), position, statement)


def _check_address(statement: Statement, under: UUID | None) -> None:
    if under and statement.id not in {None, under}:
        raise StatementError(_("The statement's id differs from the one in the address."), "/id")


def _check_actors(principal: Principal, found: Sequence[Identified]) -> None:
    keys = own_keys(principal)
    for one in found:
        if not is_among(one.statement.actor, keys):
            words = _("The actor of a statement must be its sender.")
            problem = {"path": f"/body/{one.position}/actor", "code": "actor", "message": words}
            raise AppError(ErrorCode.FORBIDDEN, words, [problem])


def own_keys(principal: Principal) -> frozenset[str]:
    """Return the caller's identifiers: our own account, the address, and its SHA-1 sum."""
    address = email_of(principal.person_id)
    return keys_of(
        principal.institution_slug, principal.person_id, () if address is None else (address,)
    )


def is_among(agent: Mapping[str, Any], keys: Collection[str]) -> bool:
    """Return True for a single agent that these keys name."""
    return agent.get("objectType", "Agent") == "Agent" and agent_key(agent) in keys


def _distinct(found: Sequence[Identified]) -> list[Identified]:
    """Each statement once. Raises CONFLICT for two that share an id."""
    distinct: dict[UUID, Identified] = {}
    for one in found:
        before = distinct.setdefault(one.id, one)
        if before.statement.digest != one.statement.digest:
            raise _conflict(one.id)
    return list(distinct.values())


def _store(principal: Principal, found: Sequence[Identified], now: datetime) -> list[Identified]:
    """Return those that are new. Raises CONFLICT for an id that another statement has."""
    courses = _courses_of(principal, [one.statement for one in found])
    rows = [_row(one, principal, now, courses) for one in found]
    new, stored = store(principal, rows, now)
    for one in found:
        if stored[one.id] != (one.statement.digest, principal.person_id):
            raise _conflict(one.id)
    return [one for one in found if one.id in new]


def _courses_of(principal: Principal, statements: Sequence[Statement]) -> dict[int, int]:
    """Return the courses of the lessons that statements are about; what isn't there has none."""
    lessons = {one.target.lesson_id for one in statements if one.target and one.target.lesson_id}
    return courses_of_lessons(sorted(lessons)) if lessons else {}


def _row(one: Identified, principal: Principal, now: datetime, courses: Mapping[int, int]) -> Row:
    statement, target = one.statement, one.statement.target
    course = target and (target.course_id or courses.get(target.lesson_id or 0))
    return Row(
        statement_id=one.id,
        course_id=course or None,
        digest=statement.digest,
        body=stored_text(statement, one.id, shown(now)),
        actor_key=agent_key(statement.actor),
        verb=statement.verb,
        activity=statement.activity,
        registration=statement.registration,
        refers_to=statement.refers_to,
        is_voiding=statement.is_voiding,
        activities=statement.activities,
        # The authority is one of them: the sender, by our own account.
        people=(
            *statement.people,
            *keys_of(principal.institution_slug, principal.person_id, ()),
        ),
        object_people=statement.object_people,
    )


def _record(principal: Principal, found: Sequence[Identified], now: datetime) -> None:
    events = [_event(one, now) for one in found]
    recorded = record_events(principal, events, now) if events else None
    if recorded and recorded.refused:
        first = recorded.refused[0]
        one = found[first.position]
        raise AppError(
            code_of(first.reason),
            words_of(first.reason),
            {"statementId": str(one.id), "path": f"/body/{one.position}/object"},
        )


def _event(one: Identified, now: datetime) -> Event:
    statement = one.statement
    assert statement.target
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
    return event._replace(occurred_at=corrected(statement.moment, shift_of(None, now), now))


def _conflict(statement_id: UUID) -> AppError:
    return AppError(
        ErrorCode.CONFLICT,
        _("Another statement has this id; statements never change."),
        {"statementId": str(statement_id)},
    )
