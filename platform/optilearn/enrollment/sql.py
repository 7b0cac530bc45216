"""Prepared SQL for the hot paths: typed rows without the cost of model objects.

Row-level security adds the institution to each statement; joins name it for the indexes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import connection

from optilearn.core.http.pages import PageQuery

Row = dict[str, Any]
_JSONB: Final = 3802
"""PostgreSQL's number of the type, which Django has psycopg hand over as text."""

Params = Mapping[str, Any] | Sequence[Any]


def rows(statement: str, params: Params = ()) -> list[Row]:
    """All rows, by the names of their columns; JSON is read."""
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
    """The only row, if there is one."""
    found = rows(statement, params)
    return found[0] if found else None


def total_of(page: list[Row], counting: str, params: Params, query: PageQuery) -> int:
    """How many rows there are: each row of a page says it; beyond the end they are counted."""
    if page:
        return int(page[0]["total"])
    return int(rows(counting, params)[0]["total"]) if query.offset else 0


def change(statement: str, params: Params = ()) -> int:
    """How many rows the statement changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


def woven(statement: str, **parts: str) -> str:
    """The statement with its ``<parts>``, which are constants of ours and never what was sent."""
    for name, part in parts.items():
        statement = statement.replace(f"<{name}>", part)
    return statement
