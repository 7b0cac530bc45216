"""Statements written by hand: composed from named parts, answered as rows by column names.

For what a benchmark or a lock needs; everything else goes through the ORM (docs/adr/0018).
Row-level security adds the institution to each statement; joins name it for the indexes.

A rule that several statements need is a fragment in its owner's ``rules.py``, next to the Python
function that decides the same. A table that other apps may read in SQL is a ``Relation`` there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

from django.db import connection

from optilearn.core.http.pages import PageQuery

Row = dict[str, Any]
Params = Mapping[str, Any] | Sequence[Any]

_JSONB: Final = 3802
"""PostgreSQL's number of the type, which psycopg returns as text for Django."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Relation:
    """A table that its owner publishes for reading in other apps' statements.

    Writing stays with the owner (tests/architecture/test_sql_ownership.py).
    """

    table: str

    def aliased(self, alias: str) -> str:
        """The table as an item of FROM."""
        return f"{self.table} {alias}"

    def joined(self, alias: str, key: str, of: str = "") -> str:
        """A JOIN of the row whose id is ``key`` (``e.student_id``), in the same institution.

        The institution is that of the row ``of``; left out, of the row that has the key.
        """
        source = of or key.partition(".")[0]
        return (
            f"JOIN {self.table} {alias} ON {alias}.institution_id = {source}.institution_id"
            f" AND {alias}.id = {key}"
        )


def quoted(member: Enum) -> str:
    """A member of an enum as an SQL string. Raises ``ValueError`` for what isn't a plain word."""
    value = str(member.value)
    if not _PLAIN.fullmatch(value):
        raise ValueError(f"{value!r} is no plain word.")
    return f"'{value}'"


def any_of(*members: Enum) -> str:
    """Members of an enum as the right side of ``IN``."""
    return f"({', '.join(map(quoted, members))})"


def array(values: Iterable[int | UUID | datetime | None]) -> str:
    """Return an array as PostgreSQL reads it, for a parameter that is cast (``%(ids)s::uuid[]``).

    Numbers, UUIDs and moments need no quotes. For hot statements: psycopg's own arrays look at
    each element several times, which costs 0.4 ms for 50 events.
    """
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def compose(statement: str, **parts: str) -> str:
    """Return the statement with its ``<parts>``, which are our constants, never user input."""
    for name, part in parts.items():
        statement = statement.replace(f"<{name}>", part)
    return statement


def rows(statement: str, params: Params = ()) -> list[Row]:
    """All rows, by the names of their columns; JSON is parsed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        columns = cursor.description
        names = [column.name for column in columns]
        found = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    for name in [column.name for column in columns if column.type_code == _JSONB]:
        for one in found:
            one[name] = None if one[name] is None else json.loads(one[name])
    return found


def row(statement: str, params: Params = ()) -> Row | None:
    """The only row; ``None`` if there is none."""
    found = rows(statement, params)
    return found[0] if found else None


def total_of(page: list[Row], counting: str, params: Params, query: PageQuery) -> int:
    """The number of all rows: each row of a page has it; beyond the end they are counted."""
    if page:
        return int(page[0]["total"])
    return int(rows(counting, params)[0]["total"]) if query.offset else 0


def change(statement: str, params: Params = ()) -> int:
    """Run a statement that writes; return how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)
