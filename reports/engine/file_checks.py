"""Checks of what a catalog file says of a database, made when it is opened.

A question can't find out later that a table is missing, that a value isn't of its type, or
that a key occurs twice: the file is refused, and the place in it is named.
"""

# ruff: noqa: S608 - SQL is built here, of quoted names and of what the file's author vouches for

from __future__ import annotations

from typing import Any, Final

import duckdb

from reports.compiler.guards import quoted
from reports.errors import CatalogFileInvalid, Problem
from reports.modelfile.build import FILE, Built, View

_TABLES: Final = (
    "SELECT schema_name, table_name FROM duckdb_tables() "
    f"WHERE database_name = '{FILE}' AND NOT internal UNION ALL "
    "SELECT schema_name, view_name FROM duckdb_views() "
    f"WHERE database_name = '{FILE}' AND NOT internal ORDER BY ALL"
)
_WHOLE: Final = frozenset(
    ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "BOOLEAN")
)
_TEMPORAL: Final = frozenset(("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"))
_NUMBERS: Final = _WHOLE | {"HUGEINT", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL"}
_ALWAYS_CAST: Final = {
    "BIGINT": _WHOLE,
    "BOOLEAN": _WHOLE,
    "DOUBLE": _NUMBERS,
    "DATE": _TEMPORAL,
    "TIMESTAMP": _TEMPORAL,
}
"""Types whose every value can be read as another one."""


def make_views(connection: duckdb.DuckDBPyConnection, built: Built) -> None:
    """The file's tables under their own names, for queries of entities, and the entities."""
    for schema, table in connection.execute(_TABLES).fetchall():
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS memory.{quoted(schema)}")
        name = f"{quoted(schema)}.{quoted(table)}"
        try:
            connection.execute(f"CREATE VIEW memory.{name} AS SELECT * FROM {FILE}.{name}")
        except duckdb.Error:
            continue  # a view of the file that can't be read: whatever needs it is refused below
    problems: list[Problem] = []
    for view in built.views:
        try:
            connection.execute(f"CREATE VIEW {quoted(view.name)} AS {view.sql}")
        except duckdb.Error as error:
            problems.append(_unreadable(view.entity, error))
    if problems:
        raise CatalogFileInvalid(problems)


def _unreadable(entity: str, error: duckdb.Error) -> Problem:
    text = str(error).split("\n\n")[0].replace("\n", " ")
    return Problem("WRONG_SOURCE", f"/entities/{entity}", f"{entity} can't be read: {text}")


def check_values(connection: duckdb.DuckDBPyConnection, built: Built) -> None:
    """Refuse values that can't be read as the type of their field, or not be calculated."""
    problems: list[Problem] = []
    for view in built.views:
        try:
            problems += _wrong_values(connection, view)
        except duckdb.Error as error:
            problems.append(_unreadable(view.entity, error))
    if problems:
        raise CatalogFileInvalid(problems)


def _wrong_values(connection: duckdb.DuckDBPyConnection, view: View) -> list[Problem]:
    if not view.casts:
        return []
    raw = ", ".join(f"({value}) AS {quoted(name)}" for name, value, *_ in view.casts)
    found = connection.execute(f"DESCRIBE SELECT {raw} FROM {view.source}").fetchall()
    doubtful = [
        (name, kind)
        for (name, _value, kind, is_worked_out), row in zip(view.casts, found, strict=True)
        if is_worked_out or not _is_always_cast(row[1], kind)
    ]
    if not doubtful:
        return []
    counted = ", ".join(
        f"count(*) FILTER (WHERE {quoted(name)} IS NOT NULL "
        f"AND TRY_CAST({quoted(name)} AS {kind}) IS NULL)"
        for name, kind in doubtful
    )
    sql = f"SELECT {counted} FROM (SELECT {raw} FROM {view.source}) AS t"
    counts: tuple[Any, ...] = connection.execute(sql).fetchone() or ()
    return [
        Problem(
            "WRONG_VALUE",
            f"/entities/{view.entity}/fields/{name}/type",
            f"{count} values of {name} of {view.entity} can't be read as {kind}.",
            "Declare another type, or read what can be read: sql: TRY_CAST(… AS …).",
        )
        for (name, kind), count in zip(doubtful, counts, strict=True)
        if count
    ]


def _is_always_cast(raw: str, kind: str) -> bool:
    """Return True if every value of the type can be read as ``kind``."""
    return kind in {"VARCHAR", raw} or raw.partition("(")[0] in _ALWAYS_CAST.get(kind, ())


def check_relations(connection: duckdb.DuckDBPyConnection, built: Built) -> None:
    """Refuse relations that compare what can't be compared."""
    sql = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
    types = {(row[0], row[1]): row[2] for row in connection.execute(sql).fetchall()}
    problems: list[Problem] = []
    for entity in built.catalog.entities:
        for relation in entity.relations:
            other = built.catalog.by_key[relation.to]
            for ours, theirs in zip(relation.columns, other.primary_key, strict=True):
                one, two = types[entity.table, ours], types[other.table, theirs]
                if _kind(one) != _kind(two):
                    message = f"{one} is matched with {two}, the key of {other.key}."
                    hint = f"Declare the key of {other.key} as a field, with its type."
                    place = f"/entities/{entity.key}/relations/{relation.name}/match"
                    problems.append(Problem("WRONG_KEY", place, message, hint))
    if problems:
        raise CatalogFileInvalid(problems)


def _kind(type_name: str) -> str:
    name = type_name.split("(", maxsplit=1)[0]
    if name in _NUMBERS:
        return "number"
    if name in {"ENUM", "VARCHAR"}:
        return "text"
    return "time" if name in _TEMPORAL else type_name


def check_keys(connection: duckdb.DuckDBPyConnection, built: Built) -> None:
    """Refuse a key that occurs twice: it would multiply the rows of whatever points to it."""
    for entity, view, columns in built.keys:
        names = ", ".join(quoted(c) for c in columns)
        known = " AND ".join(f"{quoted(c)} IS NOT NULL" for c in columns)
        sql = (
            f"SELECT {names}, count(*) FROM {quoted(view)} WHERE {known} "
            f"GROUP BY {names} HAVING count(*) > 1 ORDER BY ALL LIMIT 1"
        )
        try:
            row = connection.execute(sql).fetchone()
        except duckdb.Error as error:
            raise CatalogFileInvalid([_unreadable(entity, error)]) from error
        if row is not None:
            value = ", ".join(str(part) for part in row[:-1])
            names = ", ".join(column.split(".", 1)[1] for column in columns)
            message = f"The key {names} of {entity} is not unique: {value} occurs {row[-1]} times."
            hint = "A relation points to it, and would count rows twice."
            raise CatalogFileInvalid(
                [Problem("DUPLICATE_KEY", f"/entities/{entity}/key", message, hint)]
            )


def sizes(connection: duckdb.DuckDBPyConnection, built: Built) -> dict[str, int]:
    """Count the rows of each entity."""
    found: dict[str, int] = {}
    for view in built.views:
        try:
            row = connection.execute(f"SELECT count(*) FROM {quoted(view.name)}").fetchone()
        except duckdb.Error as error:
            raise CatalogFileInvalid([_unreadable(view.entity, error)]) from error
        found[view.name] = row[0] if row else 0
    return found
