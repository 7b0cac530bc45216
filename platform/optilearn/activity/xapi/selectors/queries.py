"""The parameters of xAPI's resources: known, of their type, once, and allowed together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _
from pydantic import TypeAdapter, ValidationError

from optilearn.activity.xapi.format.grammar import Actor
from optilearn.activity.xapi.format.statements import agent_key
from optilearn.activity.xapi.format.values import instant, is_iri, uuid
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.jsontext import read_json

T = TypeVar("T")
MAX_STATEMENTS: Final = 500
USUAL: Final = 100
FORMATS: Final = ("ids", "exact", "canonical")
_ONE: Final = frozenset({"statementId", "voidedStatementId"})
_WITH_ONE: Final = frozenset({"format", "attachments"})
_FILTERS: Final = frozenset(
    {"agent", "verb", "activity", "registration", "related_activities", "related_agents", "since",
     "until", "limit", "ascending", "cursor"}
)  # fmt: skip
_actor: Final[TypeAdapter[Any]] = TypeAdapter(Actor)


@dataclass(frozen=True)
class Cursor:
    """Behind which statement a page begins."""

    stored_at: datetime
    row_id: int


@dataclass(frozen=True)
class StatementQuery:
    """A query for statements (Communication 2.1.3)."""

    agent: str | None
    verb: str | None
    activity: str | None
    registration: UUID | None
    related_activities: bool
    related_agents: bool
    since: datetime | None
    until: datetime | None
    limit: int
    ascending: bool
    cursor: Cursor | None


@dataclass(frozen=True)
class OneStatement:
    """A single one, by its id."""

    id: UUID
    is_voided: bool


class Parameters:
    """A query's parameters. Everything raises ``AppError`` VALIDATION_ERROR."""

    def __init__(self, given: QueryDict, known: Collection[str]) -> None:
        for name, values in given.lists():
            if name not in known:
                raise wrong(name, _("There is no such parameter."))
            if len(values) != 1:
                raise wrong(name, _("This parameter was given more than once."))
        self.given = {name: str(given[name]) for name in given}

    def get(self, name: str, reader: Callable[[str], T], words: str) -> T | None:
        """Return the value that ``reader`` reads (or ``ValueError``); None if it wasn't given."""
        if name not in self.given:
            return None
        try:
            return reader(self.given[name])
        except ValueError as error:
            raise wrong(name, words) from error

    def need(self, name: str, reader: Callable[[str], T], words: str) -> T:
        """Return the same of one that has to be there."""
        value = self.get(name, reader, words)
        if value is None:
            raise wrong(name, _("This is missing."))
        return value

    def flag(self, name: str) -> bool:
        """Return True for ``true``; left out it is ``false``."""
        return bool(self.get(name, _flag, _("One of %(values)s.") % {"values": "true, false"}))

    def moment(self, name: str) -> datetime | None:
        """Return an instant of ISO 8601."""
        words = _("This must be a time like 2026-04-13T03:30:00Z.")
        return self.get(name, instant, words)

    def registration(self) -> UUID | None:
        """Parse the registration, which distinguishes a learner's attempts."""
        return self.get("registration", uuid, _("This must be a UUID."))

    def iri(self, name: str) -> str | None:
        """Return an absolute IRI."""
        return self.get(name, iri, _("This must be an absolute IRI."))

    def agent(self) -> Mapping[str, Any] | None:
        """Return an agent or identified group, as JSON."""
        return self.get("agent", agent, _("This must be an agent or an identified group, as JSON."))

    def format(self) -> str:
        """In which form statements are given."""
        words = _("One of %(values)s.") % {"values": ", ".join(FORMATS)}
        return self.get("format", _format, words) or "exact"


def read_query(given: QueryDict) -> tuple[StatementQuery | OneStatement, Parameters]:
    """Parse the query of the statements resource. Raises ``AppError`` VALIDATION_ERROR."""
    found = Parameters(given, _ONE | _WITH_ONE | _FILTERS)
    named = sorted(_ONE & set(found.given))
    if named:
        others = sorted(set(found.given) - _WITH_ONE - {named[0]})
        if others:
            words = _("With %(name)s only format and attachments can be given.")
            raise wrong(others[0], words % {"name": named[0]})
        only = found.need(named[0], uuid, _("This must be a UUID."))
        return OneStatement(only, named[0] == "voidedStatementId"), found
    actor = found.agent()
    if actor is not None and not agent_key(actor):
        raise wrong("agent", _("This must be an agent or an identified group, as JSON."))
    limit = found.get("limit", _limit, _("This must be a whole number."))
    return StatementQuery(
        agent=agent_key(actor) if actor is not None else None,
        verb=found.iri("verb"),
        activity=found.iri("activity"),
        registration=found.registration(),
        related_activities=found.flag("related_activities"),
        related_agents=found.flag("related_agents"),
        since=found.moment("since"),
        until=found.moment("until"),
        limit=USUAL if limit is None else min(limit or MAX_STATEMENTS, MAX_STATEMENTS),
        ascending=found.flag("ascending"),
        cursor=found.get("cursor", _cursor, _("Copy this from the link of the previous page.")),
    ), found


def cursor_text(cursor: Cursor) -> str:
    """Return a cursor as the link to the next page has it."""
    micros = (cursor.stored_at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
    return f"{micros}.{cursor.row_id}"


def wrong(name: str, words: str) -> AppError:
    """Return a parameter that can't be taken."""
    details = [{"path": f"/{name}", "code": "parameter", "message": words}]
    return AppError(ErrorCode.VALIDATION_ERROR, f"{name}: {words}", details)


def iri(text: str) -> str:
    """Return an absolute IRI. Raises ``ValueError``."""
    if not is_iri(text):
        raise ValueError(text)
    return text


def agent(text: str) -> Mapping[str, Any]:
    """Return an agent or group. Raises ``ValueError``."""
    try:
        found = read_json(text)
        _actor.validate_python(found)
    except ValidationError as error:
        raise ValueError(text) from error
    return dict(found)


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def _format(text: str) -> str:
    if text not in FORMATS:
        raise ValueError(text)
    return text


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError(text)
    return int(text)


def _cursor(text: str) -> Cursor:
    micros, dot, row = text.partition(".")
    numbers = [int(part) for part in (micros, row) if part.isascii() and part.isdigit()]
    if not dot or len(numbers) != 2 or len(text) > 40 or numbers[1] >= 2**63:
        raise ValueError(text)
    try:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=numbers[0])
    except OverflowError as error:
        raise ValueError(text) from error
    return Cursor(moment, numbers[1])
