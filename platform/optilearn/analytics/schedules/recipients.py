"""The people of a schedule, each with the rows that they may see."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from optilearn.analytics.models import Occurrence, Schedule
from optilearn.analytics.reach import Reach
from optilearn.analytics.sql.policies import SqlAccess, sql_access
from optilearn.core.access.principal import Principal
from optilearn.core.access.report_scope import report_scope
from optilearn.core.access.roles import Role
from optilearn.core.tenancy.context import require_institution_id
from optilearn.courses.selectors import courses_taught_by
from optilearn.crm.selectors import child_person_ids
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.rendering.reader import LOCALES, language_of
from optilearn.people.selectors import active_principals
from reports.contracts import Scope, ScopeKind

MAX_RECIPIENTS: Final = 5_000

Chosen = Sequence[Mapping[str, Any]]
"""``Schedule.recipients``."""


@dataclass(frozen=True)
class Recipient:
    """One file's reader."""

    person_id: int
    scope: Scope
    part: str = ""
    """The course's id or the class's name that the file is about; empty: all rows."""
    sql: SqlAccess = SqlAccess.NONE
    """Their access to SQL, if there is any in the file."""
    language: str = "en"
    """Theirs, if a file of the schedule is for people to read."""

    @property
    def reach(self) -> Reach:
        """All that the file shows."""
        return Reach(self.scope, self.sql)

    @property
    def question(self) -> str:
        """Return what decides the rows in the file: equal ones are computed once."""
        return f"{self.scope.digest()}:{self.part}" + (f":{self.sql.name}" if self.sql else "")

    @property
    def group(self) -> str:
        """Return a digest of what decides the file: its rows and its language."""
        language = "" if self.language == LOCALES[0] else f":{self.language}"
        return hashlib.sha256(f"{self.question}{language}".encode()).hexdigest()


def recipients_of(
    chosen: Chosen, split: str, *, has_sql: bool = False, has_words: bool = False
) -> list[Recipient]:
    """Return the recipients that there are now: active people, each once for each part.

    ``has_sql``: their files have tiles of SQL, which not everybody reads; ``has_words``: people
    read them, each in their language.

    Two or three queries, however many people; OptiCRM is asked for the children of each parent.
    Raises ``AppError`` SERVICE_UNAVAILABLE if it doesn't answer.
    """
    principals = principals_of(chosen)
    scopes = scopes_of(principals)
    parts = _parts_by_person(chosen)
    found: dict[tuple[int, str], Recipient] = {}
    for principal in principals:
        scope = scopes[principal.person_id]
        sql = sql_access(principal) if has_sql else SqlAccess.NONE
        language = language_of(principal.locale) if has_words else LOCALES[0]
        for part in _parts(split, scope, parts.get(principal.person_id, ())):
            one = Recipient(principal.person_id, scope, part, sql, language)
            found[principal.person_id, part] = one
    return list(found.values())


def chosen_of(occurrence: Occurrence) -> Chosen:
    """Return the recipients that an occurrence is for."""
    if occurrence.kind in {Occurrence.Kind.SCHEDULED, Occurrence.Kind.NOW}:
        chosen: Chosen = occurrence.schedule.recipients
        return chosen
    if occurrence.only_person_id is None:  # they were erased
        return []
    part = {"part": occurrence.only_part} if occurrence.only_part else {}
    return [{"kind": "PERSON", "id": occurrence.only_person_id, **part}]


def principals_of(chosen: Chosen) -> list[Principal]:
    """Return the active people whom a list of recipients names. One query."""
    return active_principals(
        institution_by_id(require_institution_id()),
        ids=[one["id"] for one in chosen if one["kind"] == "PERSON"],
        roles=[one["role"] for one in chosen if one["kind"] == "ROLE"],
        class_ids=[one["classId"] for one in chosen if one["kind"] == "CLASS"],
    )


def scopes_of(principals: Iterable[Principal]) -> dict[int, Scope]:
    """Return the scope of each person by their id; the courses of all teachers in two queries."""
    people = list(principals)
    teachers = [p.person_id for p in people if p.role is Role.TEACHER]
    taught = courses_taught_by(teachers) if teachers else {}

    def courses(principal: Principal) -> tuple[int, ...]:
        return taught[principal.person_id]

    return {p.person_id: report_scope(p, courses, child_person_ids) for p in people}


def _parts_by_person(chosen: Chosen) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for one in chosen:
        if one["kind"] == "PERSON" and one.get("part"):
            found.setdefault(one["id"], []).append(one["part"])
    return found


def _parts(split: str, scope: Scope, named: Sequence[str]) -> Iterator[str]:
    """Yield the parts that a person gets a file of."""
    if split == Schedule.Split.COURSE:
        if scope.kind is ScopeKind.OWN_COURSES:
            yield from map(str, scope.course_ids)
    elif split == Schedule.Split.CLASS:
        yield from named
    else:
        yield ""
