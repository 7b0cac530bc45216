"""Statements of xAPI 1.0.3: read, checked, compared, and what they are found by.

https://github.com/adlnet/xAPI-Spec: Data 2.1 to 2.4 (what a statement is, which differences
between two copies don't count), Communication 2.1 (the resource).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _
from pydantic import ValidationError

from optilearn.activity.xapi.format.durations import compared_duration, seconds_of
from optilearn.activity.xapi.format.grammar import Form
from optilearn.activity.xapi.format.values import instant, uuid
from optilearn.activity.xapi.format.vocabulary import OURS, Target, kind_of, target_of
from optilearn.core.http.problems import problem_in
from optilearn.core.jsontext import read_json

MAX_STATEMENTS: Final = 500
MAX_BYTES: Final = 64 * 1024
"""Of one statement."""
_NOT_COMPARED: Final = frozenset({"id", "stored", "authority", "version", "timestamp"})
_DESCRIPTIONS: Final = {"verb": "display", "object": "definition"}
"""The parts that may differ between two copies of one statement."""
_SET_BY_US: Final = frozenset({"stored", "authority"})
_IN_CONTEXT: Final = ("parent", "grouping", "category", "other")
_PLACES: Final = ("parent", "grouping")
"""The contexts in which authoring tools name the course or lesson."""

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class StatementError(ValueError):
    """Not a statement that we take; the message says why, and the place where."""

    def __init__(self, message: str, place: str = "", code: str = "statement") -> None:
        super().__init__(message)
        self.place = place
        self.code = code


@dataclass(frozen=True)
class Statement:
    """The facts of a statement that we need, and its text as it was received."""

    id: UUID | None
    actor: Mapping[str, Any]
    kind: int
    target: Target | None
    """The course or lesson of ours that it counts for, if it is about one."""
    moment: datetime | None
    seconds: int | None
    digest: str
    verb: str
    activity: str
    registration: UUID | None
    refers_to: UUID | None
    is_voiding: bool
    activities: tuple[str, ...]
    """The object and the context's, a sub-statement's too."""
    people: tuple[str, ...]
    """Keys of all agents in it."""
    object_people: tuple[str, ...]
    """Keys of the agents whom it is about."""
    members: Mapping[str, msgspec.Raw]


def read_statement(text: bytes | msgspec.Raw, slug: str) -> Statement:
    """Read a statement to the institution of that slug. Raises ``StatementError``."""
    if len(bytes(text)) > MAX_BYTES:
        raise StatementError(_("A statement has at most %(most)d bytes.") % {"most": MAX_BYTES})
    raw = _decoded(text)
    form = _checked(raw)
    moment = instant(raw["timestamp"]) if "timestamp" in raw else None
    result, obj, context = raw.get("result", {}), raw["object"], raw.get("context", {})
    kind = obj.get("objectType", "Activity")
    people = set(_people(raw))
    return Statement(
        id=uuid(raw["id"]) if "id" in raw else None,
        actor=raw["actor"],
        kind=kind_of(raw["verb"]["id"]),
        target=None if form.is_voiding else _target_of(raw, slug),
        moment=moment,
        seconds=seconds_of(result["duration"]) if "duration" in result else None,
        digest=digest_of(raw, moment),
        verb=raw["verb"]["id"],
        activity=obj["id"] if kind == "Activity" else "",
        registration=uuid(context["registration"]) if "registration" in context else None,
        refers_to=uuid(obj["id"]) if kind == "StatementRef" else None,
        is_voiding=form.is_voiding,
        activities=tuple(sorted(set(_activities(raw)))),
        people=tuple(sorted(people)),
        object_people=tuple(sorted(set(_keys(obj)))) if kind in {"Agent", "Group"} else (),
        members=_members.decode(text),
    )


def statement_id(text: object) -> UUID:
    """Return an id as the standard writes it. Raises ``StatementError``."""
    try:
        return uuid(text)
    except ValueError as error:
        raise StatementError(_("A statement's id is a UUID."), "/id") from error


def stored_text(statement: Statement, found_id: UUID, stored: str) -> str:
    """Return the statement as it is kept: as received, with an id and a time if it came without.

    When it was stored, and who says so, is put on it when it is read.
    """
    members = {k: v for k, v in statement.members.items() if k not in _SET_BY_US}
    members = {"id": msgspec.Raw(json.dumps(str(found_id)).encode())} | members
    members.setdefault("timestamp", msgspec.Raw(json.dumps(stored).encode()))
    members.setdefault("version", msgspec.Raw(b'"1.0.0"'))
    return msgspec.json.encode(members).decode()


def agent_key(agent: Mapping[str, Any]) -> str:
    """By what an agent or identified group is known; empty for an anonymous group.

    No IRI has a space in it, so a key is never taken for an activity.
    """
    if "account" in agent:
        return f"account {agent['account']['homePage']} {agent['account']['name']}"
    for name in ("mbox", "mbox_sha1sum"):
        if name in agent:
            return f"{name} {agent[name].casefold()}"
    return f"openid {agent['openid']}" if "openid" in agent else ""


def digest_of(raw: Mapping[str, Any], moment: datetime | None) -> str:
    """Return a digest that two copies of one statement share, and nothing else."""
    compared = {name: value for name, value in raw.items() if name not in _NOT_COMPARED}
    for name, description in _DESCRIPTIONS.items():
        compared[name] = {k: v for k, v in compared[name].items() if k != description}
    result = compared.get("result", {})
    if "duration" in result:
        compared["result"] = result | {"duration": compared_duration(result["duration"])}
    if moment is not None:
        compared["timestamp"] = moment.isoformat()
    try:
        text = json.dumps(compared, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        raise StatementError(_("The statement is nested too deeply.")) from error
    return hashlib.sha256(text.encode()).hexdigest()


def _decoded(text: bytes | msgspec.Raw) -> Any:
    try:
        return read_json(text)
    except ValueError as error:
        raise StatementError(_("This is not valid JSON.")) from error


def _checked(raw: Any) -> Form:
    if not isinstance(raw, dict):
        raise StatementError(_("A statement is a JSON object."))
    try:
        return Form.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        problem = problem_in(raw, first)
        raise StatementError(problem["message"], problem["path"], problem["code"]) from error


def _target_of(raw: Mapping[str, Any], slug: str) -> Target | None:
    """Return the course or lesson it counts for: its object, else one that its context names."""
    around = raw.get("context", {}).get("contextActivities", {})
    named = [raw["object"], *(one for place in _PLACES for one in _list(around.get(place, [])))]
    for nth, activity in enumerate(named):
        iri = activity.get("id", "")
        target = target_of(iri, slug)
        if target is not None:
            return target
        if not nth and iri.startswith(OURS):
            words = _("The object isn't a course or lesson: use %(course)s or %(lesson)s.")
            shapes = {"course": f"{OURS}{slug}:courses:1", "lesson": f"{OURS}{slug}:lessons:1"}
            raise StatementError(words % shapes, "/object/id")
    return None


def _activities(raw: Mapping[str, Any]) -> Iterator[str]:
    obj = raw["object"]
    kind = obj.get("objectType", "Activity")
    if kind == "Activity":
        yield obj["id"]
    elif kind == "SubStatement":
        yield from _activities(obj)
    around = raw.get("context", {}).get("contextActivities", {})
    for place in _IN_CONTEXT:
        yield from (one["id"] for one in _list(around.get(place, [])))


def _people(raw: Mapping[str, Any]) -> Iterator[str]:
    obj, context = raw["object"], raw.get("context", {})
    yield from _keys(raw["actor"])
    if obj.get("objectType") == "SubStatement":
        yield from _people(obj)
    elif obj.get("objectType") in {"Agent", "Group"}:
        yield from _keys(obj)
    for role in ("instructor", "team"):
        if role in context:
            yield from _keys(context[role])


def _keys(agent: Mapping[str, Any]) -> Iterator[str]:
    for one in (agent, *agent.get("member", ())):
        if key := agent_key(one):
            yield key


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]
