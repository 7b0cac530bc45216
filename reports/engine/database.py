"""Asking any DuckDB file by a catalogue file, from the shell (report-dsl.md §6)."""

# ruff: noqa: S608 - SQL is made here, of quoted names and of what the file's author vouches for

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from reports.compiler.guards import quoted
from reports.engine.calendar import Calendar, Term
from reports.engine.parents import Parents
from reports.engine.snapshots import NO_SCHEMA, EngineSettings, OpenSnapshot
from reports.errors import CatalogueFileInvalid, Problem
from reports.modelfile.build import Built, build
from reports.modelfile.model import ModelFile
from reports.modelfile.read import read_model_file
from reports.snapshot.manifest import Manifest, TableFacts

NO_INSTITUTION: Final = 0
"""The institution of data that belong to none; no real one has it."""
_FILE: Final = "data"
_TABLES: Final = (
    "SELECT schema_name, table_name, estimated_size FROM duckdb_tables() "
    f"WHERE database_name = '{_FILE}' AND NOT internal UNION ALL "
    "SELECT schema_name, view_name, 0 FROM duckdb_views() "
    f"WHERE database_name = '{_FILE}' AND NOT internal ORDER BY ALL"
)


def open_database(
    catalogue: Path, database: Path, settings: EngineSettings, now: datetime | None = None
) -> OpenSnapshot:
    """The database as the catalogue file describes it, read-only and locked.

    ``now`` is what relative dates go by (default: this moment). Raises
    :class:`~reports.errors.CatalogueFileInvalid`: for either file, for a table or column that
    isn't there, and for a key that a relation points to and that isn't unique.
    """
    file = read_model_file(_text(catalogue))
    built = build(file)
    connection = _connected(database, settings)
    try:
        _make_views(connection, built)
        _check_keys(connection, built)
        facts = {name: TableFacts(rows, "") for name, rows in _sizes(connection, built)}
        connection.execute("SET lock_configuration = true")
    except BaseException:
        connection.close()
        raise
    return _opened(connection, file, built, _manifest(database, file, facts, now))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise _refused("NOT_FOUND", f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise _refused("NOT_YAML", f"{path} is not a UTF-8 text.") from error


def _refused(code: str, message: str, hint: str = "") -> CatalogueFileInvalid:
    return CatalogueFileInvalid([Problem(code, "", message, hint)])


def _connected(database: Path, settings: EngineSettings) -> duckdb.DuckDBPyConnection:
    if not database.is_file():
        raise _refused("NOT_FOUND", f"There is no database {database}.")
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": settings.memory,
            "threads": str(settings.threads),
        },
    )
    try:
        path = str(database.absolute()).replace("'", "''")
        connection.execute(f"ATTACH '{path}' AS {_FILE} (READ_ONLY)")
        connection.execute("SET enable_external_access = false")
    except duckdb.Error as error:
        connection.close()
        raise _refused("NOT_A_DATABASE", f"{database} is not a DuckDB database.") from error
    return connection


def _make_views(connection: duckdb.DuckDBPyConnection, built: Built) -> None:
    """The file's tables under their own names, and the entities over them."""
    for schema, table, _size in connection.execute(_TABLES).fetchall():
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS memory.{quoted(schema)}")
        name = f"{quoted(schema)}.{quoted(table)}"
        connection.execute(f"CREATE VIEW memory.{name} AS SELECT * FROM {_FILE}.{name}")
    problems: list[Problem] = []
    for view in built.views:
        try:
            connection.execute(f"CREATE VIEW {quoted(view.name)} AS {view.sql}")
        except duckdb.Error as error:
            text = str(error).split("\n\n")[0].replace("\n", " ")
            problems.append(Problem("WRONG_SOURCE", f"/entities/{view.entity}", text))
    if problems:
        raise CatalogueFileInvalid(problems)


def _check_keys(connection: duckdb.DuckDBPyConnection, built: Built) -> None:
    """A key that occurs twice would multiply the rows of whatever points to it."""
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
            text = str(error).split("\n\n")[0].replace("\n", " ")
            raise _refused("WRONG_SOURCE", f"{entity} can't be read: {text}") from error
        if row is not None:
            value = ", ".join(str(part) for part in row[:-1])
            names = ", ".join(column.split(".", 1)[1] for column in columns)
            message = f"The key {names} of {entity} is not unique: {value} occurs {row[-1]} times."
            raise CatalogueFileInvalid(
                [
                    Problem(
                        "DUPLICATE_KEY",
                        f"/entities/{entity}/key",
                        message,
                        "A relation points to it, and would count rows twice.",
                    )
                ]
            )


def _sizes(connection: duckdb.DuckDBPyConnection, built: Built) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for view in built.views:
        row = connection.execute(f"SELECT count(*) FROM {quoted(view.name)}").fetchone()
        found.append((view.name, row[0] if row else 0))
    return found


def _manifest(
    database: Path, file: ModelFile, facts: dict[str, TableFacts], now: datetime | None
) -> Manifest:
    state = database.stat()
    identity = f"{database.absolute()}/{state.st_size}/{state.st_mtime_ns}"
    return Manifest(
        institution_id=NO_INSTITUTION,
        institution_slug="",
        snapshot_id=f"file-{hashlib.sha256(identity.encode()).hexdigest()[:16]}",
        taken_at=now or datetime.now(UTC),
        horizon="",
        source=database.name,
        schema_version=NO_SCHEMA,
        time_zone=file.time_zone,
        first_weekday=file.first_weekday,
        min_group_size=0,
        attributes=(),
        tables=facts,
    )


def _opened(
    connection: duckdb.DuckDBPyConnection, file: ModelFile, built: Built, manifest: Manifest
) -> OpenSnapshot:
    terms = tuple(Term(t.starts_on, t.ends_on, t.code) for t in file.terms)
    calendar = Calendar.at(manifest.taken_at, file.time_zone, file.first_weekday, terms)
    parents = Parents(connection, manifest.tables, EngineSettings().ask_parents_from)
    return OpenSnapshot(connection, manifest, built.catalogue, calendar, (0, 0, 0), parents)
