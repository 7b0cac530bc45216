"""Reports on any DuckDB file by a catalog file (docs/report-reference.md#catalog-files)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from reports.engine.calendar import Calendar, Term
from reports.engine.file_checks import check_keys, check_relations, check_values, make_views, sizes
from reports.engine.profile import DataProfile
from reports.engine.snapshots import NO_SCHEMA, UNSAFE_OPTIMIZERS, EngineSettings, OpenSnapshot
from reports.errors import CatalogFileInvalid, Problem
from reports.modelfile.build import FILE, Built, build
from reports.modelfile.model import ModelFile
from reports.modelfile.read import read_model_file
from reports.snapshot.manifest import Manifest, TableFacts
from reports.zones import warn_of_difference

NO_INSTITUTION: Final = 0
"""The institution of data that belong to none; no real one has it."""


def open_database(
    catalog: Path, database: Path, settings: EngineSettings, now: datetime | None = None
) -> OpenSnapshot:
    """The database as the catalog file describes it, read-only and locked.

    ``now`` is what relative dates go by (default: this moment). Raises
    :class:`~reports.errors.CatalogFileInvalid`: for either file, for a table or column that
    isn't there, and for a key that a relation points to and that isn't unique.
    """
    text = _text(catalog)
    file = read_model_file(text)
    built = build(file)
    connection = _connected(database, settings)
    try:
        make_views(connection, built)
        check_values(connection, built)
        check_relations(connection, built)
        check_keys(connection, built)
        facts = {name: TableFacts(rows, "") for name, rows in sizes(connection, built).items()}
        connection.execute("SET lock_configuration = true")
    except BaseException:
        connection.close()
        raise
    manifest = _manifest(_identity(database, text), database.name, file, facts, now)
    return _opened(connection, file, built, manifest)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise _refused("NOT_FOUND", f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise _refused("NOT_YAML", f"{path} is not a UTF-8 text.") from error


def _refused(code: str, message: str, hint: str = "") -> CatalogFileInvalid:
    return CatalogFileInvalid([Problem(code, "", message, hint)])


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
            "disabled_optimizers": UNSAFE_OPTIMIZERS,
            "memory_limit": settings.memory,
            "threads": str(settings.threads),
        },
    )
    try:
        path = str(database.absolute()).replace("'", "''")
        connection.execute(f"ATTACH '{path}' AS {FILE} (READ_ONLY)")
        # An instant with a zone is read in UTC, not where this machine happens to stand.
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        connection.execute("SET enable_external_access = false")
    except duckdb.Error as error:
        connection.close()
        if "lock" in str(error) or "attached" in str(error):
            raise _refused("NOT_FOUND", f"{database} is in use by another program.") from error
        raise _refused("NOT_A_DATABASE", f"{database} is not a DuckDB database.") from error
    return connection


def _identity(database: Path, catalog: str) -> str:
    """Return a digest of the data and their description: equal ones give equal answers."""
    state = database.stat()
    text = f"{database.absolute()}/{state.st_size}/{state.st_mtime_ns}/{catalog}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _manifest(
    identity: str, source: str, file: ModelFile, facts: dict[str, TableFacts], now: datetime | None
) -> Manifest:
    return Manifest(
        institution_id=NO_INSTITUTION,
        institution_slug="",
        snapshot_id=f"file-{identity}",
        taken_at=now or datetime.now(UTC),
        horizon="",
        source=source,
        schema_version=NO_SCHEMA,
        time_zone=file.time_zone,
        first_weekday=file.first_weekday,
        min_group_size=file.min_group_size,
        attributes=(),
        tables=facts,
    )


def _opened(
    connection: duckdb.DuckDBPyConnection, file: ModelFile, built: Built, manifest: Manifest
) -> OpenSnapshot:
    terms = tuple(Term(t.starts_on, t.ends_on, t.code) for t in file.terms)
    warn_of_difference(connection, file.time_zone, manifest.taken_at)
    calendar = Calendar.at(manifest.taken_at, file.time_zone, file.first_weekday, terms)
    profile = DataProfile(connection, manifest.tables, EngineSettings().profile_from)
    return OpenSnapshot(connection, manifest, built.catalog, calendar, (0, 0, 0), profile)
