"""The State resource (Communication 2.3): documents by which content goes on where it was left.

They are the learner's own: whoever else reads them would read what she is thinking.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.utils.translation import gettext as _

from optilearn.activity.services.events import require_own
from optilearn.activity.xapi.format.instants import whole
from optilearn.core import clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.jsontext import read_json
from optilearn.people.directory import lock_person

JSON: Final = "application/json"
MAX_BYTES: Final = 512 * 1024
"""Of one document."""
MAX_BYTES_OF_PERSON: Final = 16 * 1024**2
MAX_DOCUMENTS: Final = 1_000
"""Of one person."""
_THEIRS: Final = "institution_id = %(institution)s AND student_id = %(student)s"
_PLACE: Final = f"{_THEIRS} AND activity = %(activity)s"
_ONE: Final = f"{_PLACE} AND state = %(state)s AND registration IS NOT DISTINCT FROM %(reg)s"
# Without a registration, those of every registration are meant (2.3, "multiple documents").
_SEVERAL: Final = f"{_PLACE} AND (%(reg)s::uuid IS NULL OR registration = %(reg)s)"
_WRITE: Final = """
INSERT INTO activity_statedocument
       (institution_id, student_id, activity, state, registration, media_type, content, updated_at)
VALUES (%(institution)s, %(student)s, %(activity)s, %(state)s, %(reg)s, %(media)s, %(content)s,
        %(now)s)
ON CONFLICT (institution_id, student_id, activity, state, registration)
DO UPDATE SET media_type = excluded.media_type, content = excluded.content,
              updated_at = excluded.updated_at
"""
_SIZES: Final = f"""
SELECT count(*), coalesce(sum(octet_length(content)), 0) FROM activity_statedocument
 WHERE {_THEIRS} AND NOT (activity = %(activity)s AND state = %(state)s
                          AND registration IS NOT DISTINCT FROM %(reg)s)
"""  # noqa: S608 - all ours


class PreconditionError(Exception):
    """The document isn't what the request's ``If-Match`` or ``If-None-Match`` says."""


@dataclass(frozen=True)
class Place:
    """The place of the caller's documents."""

    activity: str
    registration: UUID | None


@dataclass(frozen=True)
class Document:
    """A document that content wrote."""

    content: bytes
    media_type: str
    updated_at: datetime

    @property
    def tag(self) -> str:
        """Its ETag: the standard wants a SHA-1 sum, in quotes."""
        return f'"{hashlib.sha1(self.content, usedforsecurity=False).hexdigest()}"'


@dataclass(frozen=True)
class Conditions:
    """The preconditions of a request (RFC 9110, section 13)."""

    if_match: str = ""
    if_none_match: str = ""

    def check(self, found: Document | None) -> None:
        """Raises ``PreconditionError``."""
        if self.if_match and not (found and _names(self.if_match, found.tag)):
            raise PreconditionError
        if self.if_none_match and found and _names(self.if_none_match, found.tag):
            raise PreconditionError


def read_document(principal: Principal, place: Place, state: str) -> Document:
    """Return one document. Raises ``AppError`` NOT_FOUND."""
    found = _read(_values(principal, place, state))
    if found is None:
        raise not_found()
    return found


def list_documents(principal: Principal, place: Place, since: datetime | None) -> list[str]:
    """Return the names of the documents that were written after ``since``."""
    text = f"SELECT DISTINCT state FROM activity_statedocument WHERE {_SEVERAL}"  # noqa: S608 - ours
    if since:
        text += " AND updated_at > %(since)s"
    with connection.cursor() as cursor:
        cursor.execute(text + " ORDER BY state", _values(principal, place) | {"since": since})
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def write_document(
    *, principal: Principal, place: Place, state: str, document: Document, conditions: Conditions
) -> None:
    """Put a document where there is none, or over the one that is there.

    Raises ``AppError`` VALIDATION_ERROR for more than a person may keep, ``PreconditionError``.
    """
    values = _prepare(principal, place, state)
    conditions.check(_read(values))
    _write(values, document)


@transaction.atomic
def merge_document(
    *, principal: Principal, place: Place, state: str, document: Document, conditions: Conditions
) -> None:
    """Set the properties of a JSON object in the one that is there (2.2, "JSON procedure").

    Raises ``AppError`` VALIDATION_ERROR if either isn't a JSON object, and as
    ``write_document``.
    """
    values = _prepare(principal, place, state)
    found = _read(values)
    conditions.check(found)
    if found:
        merged = _object(found) | _object(document)
        content = msgspec.json.encode(merged)
        document = Document(content, document.media_type, document.updated_at)
    elif is_json(document.media_type):
        _object(document)
    _write(values, document)


@transaction.atomic
def delete_documents(
    *, principal: Principal, place: Place, state: str | None, conditions: Conditions
) -> None:
    """Delete one document, or all of the place. Raises ``PreconditionError``."""
    values = _prepare(principal, place, state)
    if state is not None:
        conditions.check(_read(values))
    where = _SEVERAL if state is None else _ONE
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM activity_statedocument WHERE {where}", values)  # noqa: S608


def new_document(content: bytes, media_type: str) -> Document:
    """Return a document of now. Raises ``AppError`` VALIDATION_ERROR."""
    if len(content) > MAX_BYTES:
        words = _("A document has at most %(most)d bytes.") % {"most": MAX_BYTES}
        raise AppError(ErrorCode.VALIDATION_ERROR, words)
    return Document(content, media_type, whole(clock.now()))


def is_json(media_type: str) -> bool:
    """Return True for the content type of JSON, whatever its parameters."""
    return media_type.partition(";")[0].strip().lower() == JSON


def _prepare(principal: Principal, place: Place, state: str | None) -> dict[str, Any]:
    """Nobody writes for another; two writers of one person wait for each other."""
    require_own(principal)
    lock_person(principal.person_id)
    return _values(principal, place, state)


def _values(principal: Principal, place: Place, state: str | None = None) -> dict[str, Any]:
    return {
        "institution": principal.institution_id,
        "student": principal.person_id,
        "activity": place.activity,
        "reg": place.registration,
        "state": state,
    }


def _read(values: Mapping[str, Any]) -> Document | None:
    text = f"SELECT content, media_type, updated_at FROM activity_statedocument WHERE {_ONE}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        row = cursor.fetchone()
    return Document(bytes(row[0]), row[1], row[2]) if row else None


def _write(values: Mapping[str, Any], document: Document) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SIZES, values)
        number, size = cursor.fetchone()
        if number >= MAX_DOCUMENTS or size + len(document.content) > MAX_BYTES_OF_PERSON:
            words = _("Your storage is full. Delete documents that you don't need.")
            raise AppError(ErrorCode.VALIDATION_ERROR, words)
        written: dict[str, Any] = {
            "media": document.media_type,
            "content": document.content,
            "now": document.updated_at,
        }
        cursor.execute(_WRITE, {**values, **written})


def _object(document: Document) -> dict[str, Any]:
    try:
        found = read_json(document.content) if is_json(document.media_type) else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        words = _("Only JSON objects are merged: send one as application/json, or use PUT.")
        raise AppError(ErrorCode.VALIDATION_ERROR, words)
    return found


def _names(header: str, tag: str) -> bool:
    known = {part.strip().removeprefix("W/") for part in header.split(",")}
    return "*" in known or tag in known or tag.strip('"') in known
