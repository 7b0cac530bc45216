"""Migrations that write stored texts as a rule of today would have taken them.

In batches, each in a transaction of its own and in its institution's context, so that nobody
waits long for a row and a migration that was stopped goes on where it was. Run again it finds
nothing to do.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from optilearn.core.tenancy.context import tenant_context

log = logging.getLogger(__name__)
BATCH: Final = 1_000
LONGEST_CODE: Final = 64


@dataclass(frozen=True)
class Column:
    """A column of texts, and what one of them should be; it is given the row's id too."""

    table: str
    name: str
    rule: Callable[[str, int], str]
    unique_with: tuple[str, ...] | None = None
    """Given for a code: the columns beside the institution within which it is unique."""


def clean(connection: Any, columns: Sequence[Column]) -> int:
    """Clean the columns of all institutions; how many rows were changed.

    Of codes that become one, a row that has it already keeps it, or else the lowest id gets it;
    the others get ``-2``, ``-3``… behind theirs: nothing is merged. Each of these is written to
    the institution's audit log, by its id.
    """
    changed = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM institutions_institution ORDER BY id")
        institutions = [row[0] for row in cursor.fetchall()]
    for institution in institutions:
        with tenant_context(institution):
            changed += sum(_clean(connection, institution, column) for column in columns)
    return changed


def _clean(connection: Any, institution: int, column: Column) -> int:
    changed, last = 0, 0
    while True:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            rows = _suspects(cursor, institution, column, last)
            for row in rows:
                changed += _write(cursor, institution, column, row)
        if len(rows) < BATCH:
            return changed
        last = rows[-1][0]


def _suspects(cursor: Any, institution: int, column: Column, last: int) -> list[tuple[int, str]]:
    """Texts with anything but letters of ASCII and spaces within: others are clean for sure."""
    cursor.execute(
        f"SELECT id, {column.name} FROM {column.table}"  # noqa: S608 - our own names
        f" WHERE institution_id = %s AND id > %s AND {column.name} ~ '(^ )|[^ -~]|( $)'"
        " ORDER BY id LIMIT %s FOR NO KEY UPDATE",
        [institution, last, BATCH],
    )
    return list(cursor.fetchall())


def _write(cursor: Any, institution: int, column: Column, row: tuple[int, str]) -> bool:
    row_id, text = row
    wanted = column.rule(text, row_id)
    if wanted == text:
        return False
    found = wanted
    if column.unique_with is not None:
        found = next(
            code
            for code in _candidates(wanted)
            if not _is_used(cursor, institution, column, (row_id, code))
        )
    cursor.execute(
        f"UPDATE {column.table} SET {column.name} = %s WHERE institution_id = %s AND id = %s",  # noqa: S608
        [found, institution, row_id],
    )
    if found != wanted:
        _report(cursor, institution, column, row_id)
    return True


def _candidates(code: str) -> Iterator[str]:
    yield code
    number = 2
    while True:
        end = f"-{number}"
        yield code[: LONGEST_CODE - len(end)] + end
        number += 1


def _is_used(cursor: Any, institution: int, column: Column, row: tuple[int, str]) -> bool:
    row_id, code = row
    same = "".join(f" AND other.{name} = own.{name}" for name in column.unique_with or ())
    cursor.execute(
        f"SELECT EXISTS (SELECT FROM {column.table} own JOIN {column.table} other"  # noqa: S608
        f" ON other.institution_id = own.institution_id AND other.id <> own.id{same}"
        f" WHERE own.institution_id = %s AND own.id = %s AND other.{column.name} = %s)",
        [institution, row_id, code],
    )
    return bool(cursor.fetchone()[0])


def _report(cursor: Any, institution: int, column: Column, row_id: int) -> None:
    """That a row has another code than was meant; a code may be a person's, so not which."""
    target = f"{column.table.partition('_')[2]}:{row_id}"
    log.warning(
        "%s of institution %d: its code was another's, and was changed", target, institution
    )
    cursor.execute(
        "INSERT INTO core_auditentry"
        " (institution_id, at, actor_role, action, target, outcome, details)"
        " VALUES (%s, now(), 'SYSTEM', 'code.renamed', %s, 'ok', %s)",
        [institution, target, json.dumps({"reason": "equal but for what nobody sees"})],
    )
