"""Statements as they are rendered: as received, by their ids, or in one language (2.1.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from django.utils.translation.trans_real import parse_accept_lang_header

from optilearn.activity.xapi.format.instants import shown
from optilearn.activity.xapi.selectors.statements import StoredStatement
from optilearn.core.jsontext import read_json

_MAPS: Final = frozenset({"display", "name", "description"})
_IDENTIFIERS: Final = ("mbox", "mbox_sha1sum", "openid", "account")
_AROUND: Final = ("parent", "grouping", "category", "other")


def rendered(stored: StoredStatement, slug: str, form: str, languages: str) -> bytes:
    """Return one statement as JSON. ``languages`` is what ``Accept-Language`` says."""
    ours = {
        "stored": shown(stored.stored_at),
        "authority": {
            "objectType": "Agent",
            "account": {"homePage": f"urn:optilearn:{slug}", "name": str(stored.student_id)},
        },
    }
    if form == "exact":
        # As it was received to the letter: only what is ours is put behind it.
        return (stored.body[:-1] + "," + msgspec.json.encode(ours).decode()[1:]).encode()
    statement = read_json(stored.body) | ours
    if form == "ids":
        return msgspec.json.encode(_by_ids(statement))
    wanted = [language for language, _weight in parse_accept_lang_header(languages)]
    return msgspec.json.encode(_in_one_language(statement, wanted))


def _by_ids(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Statements in the format "ids": identifiers of agents and activities alone."""
    short = dict(statement)
    short["verb"] = {"id": statement["verb"]["id"]}
    for name in ("actor", "authority"):
        if name in statement:
            short[name] = _agent_by_id(statement[name])
    short["object"] = _object_by_id(statement["object"])
    if "context" in statement:
        short["context"] = _context_by_ids(statement["context"])
    return short


def _agent_by_id(agent: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: agent[name] for name in ("objectType", *_IDENTIFIERS) if name in agent}
    if not any(name in agent for name in _IDENTIFIERS):
        named["member"] = [_agent_by_id(one) for one in agent["member"]]
    return named


def _object_by_id(obj: Mapping[str, Any]) -> dict[str, Any]:
    kind = obj.get("objectType", "Activity")
    if kind in {"Agent", "Group"}:
        return _agent_by_id(obj)
    if kind == "SubStatement":
        return _by_ids(obj)
    return {name: obj[name] for name in ("objectType", "id") if name in obj}


def _context_by_ids(context: Mapping[str, Any]) -> dict[str, Any]:
    short = dict(context)
    for name in ("instructor", "team"):
        if name in context:
            short[name] = _agent_by_id(context[name])
    around = context.get("contextActivities")
    if around is not None:
        short["contextActivities"] = {
            place: [_object_by_id(one) for one in _listed(around[place])]
            for place in _AROUND
            if place in around
        }
    return short


def _in_one_language(value: Any, wanted: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_in_one_language(one, wanted) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _best(inner, wanted)
        if name in _MAPS and isinstance(inner, dict)
        else inner
        if name == "extensions"
        else _in_one_language(inner, wanted)
        for name, inner in value.items()
    }


def _best(texts: Mapping[str, str], wanted: Sequence[str]) -> dict[str, str]:
    """Return the text of a language map that its reader likes best."""
    by_tag = {tag.lower(): tag for tag in texts}
    for language in wanted:
        plain = language.lower()
        near = [tag for tag in by_tag if tag.split("-")[0] == plain.split("-")[0]]
        for tag in (plain, *near):
            if tag in by_tag:
                return {by_tag[tag]: texts[by_tag[tag]]}
    return dict(list(texts.items())[:1])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
