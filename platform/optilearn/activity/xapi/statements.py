"""Statements of xAPI 1.0.3, as far as we take them: read, checked, compared.

https://github.com/adlnet/xAPI-Spec: Data 2.1 to 2.4 (what a statement is, which differences
between two copies don't count), Communication 2.1 (the resource).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from optilearn.activity.skew import utc
from optilearn.activity.xapi.results import (
    StatementError,
    compared_duration,
    refuse_null,
    seconds_of,
)
from optilearn.activity.xapi.vocabulary import Target, is_iri, kind_of, target_of

__all__ = [
    "MOST_STATEMENTS",
    "Statement",
    "StatementError",
    "digest_of",
    "read_statement",
    "statement_id",
]

MOST_STATEMENTS: Final = 500
_KNOWN: Final = frozenset(
    {"id", "actor", "verb", "object", "result", "context", "timestamp", "stored", "authority",
     "version", "attachments"}
)  # fmt: skip
_NOT_COMPARED: Final = frozenset({"id", "stored", "authority", "version", "timestamp"})
_DESCRIPTIONS: Final = {"verb": "display", "object": "definition"}
"""What may differ between two copies without making them different."""
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_NO_OFFSET: Final = re.compile(r"[T ].*-00(?::?00)?$")
"""RFC 3339's way to say that the offset isn't known, which the standard rules out."""
_moment: Final = TypeAdapter(datetime)


@dataclass(frozen=True)
class Statement:
    """What we need to know of one."""

    id: UUID | None
    actor: Mapping[str, Any]
    kind: int
    target: Target
    moment: datetime | None
    seconds: int | None
    digest: str


def read_statement(raw: object, slug: str) -> Statement:
    """A statement about a course or lesson of that institution. Raises ``StatementError``."""
    if not isinstance(raw, dict):
        raise StatementError("A statement is a JSON object.")
    unknown = set(raw) - _KNOWN
    if unknown:
        raise StatementError(f"A statement has no property {min(unknown)!r}.")
    refuse_null(raw)
    if raw.get("attachments"):
        raise StatementError("Statements with attachments are not taken.")
    moment = _moment_of(raw)
    return Statement(
        id=_id_of(raw),
        actor=_object(raw, "actor"),
        kind=_kind_of(raw),
        target=_target_of(raw, slug),
        moment=moment,
        seconds=seconds_of(raw),
        digest=digest_of(raw, moment),
    )


def statement_id(text: object) -> UUID:
    """An id as the standard writes it. Raises ``StatementError``."""
    if not isinstance(text, str) or not _UUID.fullmatch(text):
        raise StatementError("A statement's id is a UUID.")
    return UUID(text)


def digest_of(raw: Mapping[str, Any], moment: datetime | None) -> str:
    """The same for two copies of one statement, and for nothing else."""
    compared = {name: value for name, value in raw.items() if name not in _NOT_COMPARED}
    for name, description in _DESCRIPTIONS.items():
        inner = compared.get(name)
        if isinstance(inner, dict):
            compared[name] = {k: v for k, v in inner.items() if k != description}
    result = compared.get("result")
    if isinstance(result, dict) and isinstance(result.get("duration"), str):
        compared["result"] = result | {"duration": compared_duration(result["duration"])}
    if moment is not None:
        compared["timestamp"] = moment.isoformat()
    try:
        text = json.dumps(compared, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        raise StatementError("The statement is nested too deeply.") from error
    return hashlib.sha256(text.encode()).hexdigest()


def _object(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = raw.get(name)
    if not isinstance(value, dict):
        raise StatementError(f"A statement has an object {name!r}.")
    return value


def _id_of(raw: Mapping[str, Any]) -> UUID | None:
    return statement_id(raw["id"]) if "id" in raw else None


def _kind_of(raw: Mapping[str, Any]) -> int:
    verb = _object(raw, "verb").get("id")
    if not isinstance(verb, str) or not is_iri(verb):
        raise StatementError("A verb has an IRI as its id.")
    if verb.endswith("/voided"):
        raise StatementError("Statements can't be voided here.")
    return kind_of(verb)


def _target_of(raw: Mapping[str, Any], slug: str) -> Target:
    thing = _object(raw, "object")
    if thing.get("objectType", "Activity") != "Activity":
        raise StatementError("The object must be an activity.")
    iri = thing.get("id")
    if not isinstance(iri, str) or not is_iri(iri):
        raise StatementError("An activity has an IRI as its id.")
    target = target_of(iri, slug)
    if target is None:
        raise StatementError(
            "The object must be a course or a lesson of yours:"
            f" urn:optilearn:{slug}:courses:1 or urn:optilearn:{slug}:lessons:1."
        )
    return target


def _moment_of(raw: Mapping[str, Any]) -> datetime | None:
    text = raw.get("timestamp")
    if text is None:
        return None
    if not isinstance(text, str) or text[4:5] != "-" or _NO_OFFSET.search(text):
        raise StatementError("A timestamp is a text in ISO 8601.")
    try:
        moment = _moment.validate_python(text)
    except ValidationError as error:
        raise StatementError("A timestamp is a text in ISO 8601.") from error
    # The standard lets a time without a zone be read as UTC.
    return utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
