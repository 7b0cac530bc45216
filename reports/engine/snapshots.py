"""Opening snapshot files: the only place in the product that does.

A file is checked for its size, its magic number and its manifest before anything is asked;
an open one is reused, as opening costs 20 to 40 ms and cold buffers.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Final

import duckdb

from reports.catalog.model import Catalog
from reports.catalog.paths import Path, resolve
from reports.catalog.product import product_catalog
from reports.compiler.guarded_tables import NoProfile, Profile
from reports.contracts import SnapshotInfo, SnapshotRef
from reports.engine.calendar import Calendar, Term
from reports.engine.profile import DataProfile
from reports.errors import (
    CatalogInvalid,
    InternalReportError,
    NotRecorded,
    ScopeMismatch,
    SnapshotDamaged,
)
from reports.snapshot.manifest import MANIFEST_TABLE, Manifest
from reports.snapshot.schema import OLDEST_READABLE, SCHEMA_VERSION, added_after
from reports.zones import warn_of_difference

_MAGIC: Final = b"DUCK"
_MAGIC_AT: Final = 8
_READ: Final = re.compile(r'FROM "([^"]+)"')
_SCAN: Final = re.compile(r'\(SELECT ((?:"[^"]+"(?:, )?)+) FROM "([^"]+)"')
_NAME: Final = re.compile(r'"([^"]+)"')
UNSAFE_OPTIMIZERS: Final = "outer_join_simplification"
"""DuckDB 2.0.0 fails inside it on some unions of outer joins; the compiler writes inner joins
itself where they say the same."""
NO_SCHEMA: Final = 0
"""The schema version of a file that is no snapshot."""
_READ_COLUMNS: Final = (
    "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main'"
)
_READ_MANIFEST: Final = f"SELECT document FROM {MANIFEST_TABLE}"  # noqa: S608 - two constants


@dataclass(frozen=True)
class EngineSettings:
    """The resources of the engine. ``memory`` and ``threads`` hold for each open snapshot.

    ``cached_bytes`` bound the memory of all of them between questions; to that come the
    questions at work, of which ``costly_at_once`` may take ``memory`` each.
    ``profile_from``: of tables of fewer rows no facts are asked that would simplify the SQL.
    """

    memory: str = "1GB"
    cached_bytes: int = 1024**3
    threads: int = 2
    open_snapshots: int = 8
    profile_from: int = 200_000
    costly_from: int = 200_000
    """The rows from which a question that reads them is costly, and waits for its turn.

    A search or sort in so many may take a second; other questions lose nothing by a turn.
    """
    costly_at_once: int = max(2, (os.cpu_count() or 2) // 2)


@dataclass(frozen=True)
class OpenSnapshot:
    """A snapshot that has passed its checks."""

    connection: duckdb.DuckDBPyConnection
    manifest: Manifest
    catalog: Catalog
    calendar: Calendar
    file_state: tuple[int, int, int]
    profile: Profile
    lacking: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Additions after its schema version: table, column, and the version that has it."""
    ref: SnapshotRef | None = None
    """The reference it was opened by; None for a file of the shell."""
    failed: threading.Event = field(default_factory=threading.Event)
    """Set when it has to be opened anew: DuckDB refuses everything after a fatal error."""

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Distinguish damage of the file from a defect of the engine, and note the failure.

        Raises :class:`~reports.errors.SnapshotDamaged` where the block failed inside DuckDB and
        the file isn't what was published any more.
        """
        try:
            yield
        except SnapshotDamaged:
            self.failed.set()
            raise
        except InternalReportError as error:
            if not isinstance(error.__cause__, duckdb.InternalException):
                raise
            self.failed.set()
            if self._is_changed():
                raise SnapshotDamaged("a part of the file is unreadable") from error
            raise

    def _is_changed(self) -> bool:
        """Return True if the file isn't the one that was published. Reads all of it."""
        if self.ref is None or not self.ref.file_digest:
            return False
        try:
            with FilePath(self.ref.path).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return True
        return found != self.ref.file_digest

    @property
    def key(self) -> str:
        """The identity of this file at this moment."""
        manifest = self.manifest
        return f"{manifest.institution_id}/{manifest.snapshot_id}/{self.file_state}"

    def hiding_as(self, other: OpenSnapshot) -> OpenSnapshot:
        """The snapshot, hiding groups that are small by either one's rule.

        An institution that has begun to hide small groups hides them in its past too, and so
        with noise.
        """
        ours, theirs = self.manifest, other.manifest
        key = theirs.perturbation_key if ours.perturbation_key is None else ours.perturbation_key
        smallest = max(ours.min_group_size, theirs.min_group_size)
        manifest = replace(ours, min_group_size=smallest, perturbation_key=key)
        return replace(self, manifest=manifest)

    @property
    def is_file(self) -> bool:
        """True if it is a database from the shell, which has no history."""
        return self.manifest.schema_version == NO_SCHEMA

    def check_has(self, sql: str) -> None:
        """Refuse a statement that reads what came after the file's schema version.

        Raises :class:`~reports.errors.NotRecorded`.
        """
        if not self.lacking:
            return
        found: dict[str, int] = {}
        for columns, table in _SCAN.findall(sql):
            later = self.lacking.get(table, {})
            for column in _NAME.findall(columns):
                if column in later:
                    found[self._label(table, column)] = later[column]
        if found:
            raise NotRecorded(sorted(found), max(found.values()))

    def has(self, path: Path) -> bool:
        """Return True if the file has all columns that a field is made of."""
        if not self.lacking:
            return True
        field = path.field
        if field.sql:
            parts = (resolve(self.catalog, path.owner, text) for text in field.template.paths)
            return all(self.has(part) for part in parts)
        return field.column not in self.lacking.get(self.catalog.by_key[path.owner].table, {})

    def _label(self, table: str, column: str) -> str:
        """Return the label of a column for the reader."""
        entities = [e for e in self.catalog.entities if e.table == table]
        if self.lacking[table].keys() >= self.catalog.tables_by_name[table].columns:
            return entities[0].label
        labels = [f.label for e in entities for f in e.fields if f.column == column]
        return labels[0] if labels else f"{table}.{column}"

    def tables_read(self, sql: str) -> tuple[str, ...]:
        """The tables that a statement reads."""
        known = self.catalog.tables_by_name
        return tuple(sorted({name for name in _READ.findall(sql) if name in known}))

    def rows_of(self, tables: Iterable[str]) -> int:
        """Count the rows of tables, before any filter."""
        facts = self.manifest.tables
        return sum(facts[name].rows for name in tables if name in facts)

    @property
    def info(self) -> SnapshotInfo:
        """The description of its data in a result."""
        manifest = self.manifest
        return SnapshotInfo(
            manifest.snapshot_id, manifest.taken_at, manifest.schema_version, manifest.time_zone
        )


class Snapshots:
    """The open snapshots: a cache of those used last."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._open: OrderedDict[tuple[int, str, str], OpenSnapshot] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, ref: SnapshotRef, institution_id: int) -> OpenSnapshot:
        """The snapshot, opened and checked to be the institution's.

        Raises :class:`~reports.errors.ScopeMismatch` if it is another institution's, and
        :class:`~reports.errors.SnapshotDamaged` if the file isn't what the reference says.
        """
        if ref.institution_id != institution_id:
            raise ScopeMismatch
        key = (ref.institution_id, ref.snapshot_id, ref.path)
        state = _file_state(ref)
        with self._lock:
            found = self._open.get(key)
            if found is not None and found.file_state == state and not found.failed.is_set():
                self._open.move_to_end(key)
                return found
            if found is not None:
                # DuckDB would hand out the old file's database as long as a connection is open;
                # one that is in use refuses, and closes after its last reader.
                with suppress(duckdb.Error):
                    self._open.pop(key).connection.close()
                found = None
        # Outside the lock, so that one institution's opening holds up no other's question. Two
        # threads may open one file at once: the database behind them is the same.
        opened = self._opened(ref, state)
        with self._lock:
            self._open[key] = opened
            self._open.move_to_end(key)
            while len(self._open) > self._settings.open_snapshots:
                # Let go of, not closed: a request under way may still be reading it.
                self._open.popitem(last=False)
        return opened

    def _opened(self, ref: SnapshotRef, state: tuple[int, int, int]) -> OpenSnapshot:
        try:
            connection = duckdb.connect(ref.path, read_only=True, config=self._config())
        except duckdb.Error as error:
            raise SnapshotDamaged("the file is not a whole database") from error
        try:
            return _checked(connection, ref, state, self._settings.profile_from)
        except BaseException:
            connection.close()
            raise

    def _config(self) -> dict[str, str | bool | int | float | list[str]]:
        return {
            "enable_external_access": "false",
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_persistent_secrets": "false",
            "python_enable_replacements": "false",
            "memory_limit": self._settings.memory,
            "threads": str(self._settings.threads),
            "temp_directory": "",
            "disabled_optimizers": UNSAFE_OPTIMIZERS,
            "lock_configuration": "true",
        }

    def trim(self) -> None:
        """Let go of those that were used longest ago, until the others keep no more than they may.

        DuckDB gives no block back that it has read before its own limit is reached. To be called
        after what may have read many.
        """
        with self._lock:
            by_age = list(self._open.items())[::-1]
        if len(by_age) < 2:
            return  # the one used last stays in any case
        left = self._settings.cached_bytes
        for key, snapshot in by_age:
            left -= _bytes_in(snapshot.connection)
            if left < 0 and key != by_age[0][0]:
                with self._lock:
                    self._open.pop(key, None)

    def close(self) -> None:
        """Let go of all of them; each closes after its last reader."""
        with self._lock:
            self._open.clear()


def _bytes_in(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the bytes that the database holds in memory."""
    with (
        suppress(duckdb.Error),
        connection.cursor() as cursor,
    ):  # closed meanwhile: it holds nothing
        (row,) = cursor.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchall()
        return int(row[0])
    return 0


def _file_state(ref: SnapshotRef) -> tuple[int, int, int]:
    path = FilePath(ref.path)
    try:
        found = path.stat()
    except OSError as error:
        raise SnapshotDamaged("the file is missing") from error
    if found.st_size != ref.size_bytes:
        raise SnapshotDamaged(
            f"the file has {found.st_size} bytes and should have {ref.size_bytes}"
        )
    return found.st_ino, found.st_size, found.st_mtime_ns


def _checked(
    connection: duckdb.DuckDBPyConnection,
    ref: SnapshotRef,
    state: tuple[int, int, int],
    profile_from: int,
) -> OpenSnapshot:
    _check_magic(ref)
    manifest = _manifest(connection)
    if manifest.institution_id != ref.institution_id:
        raise ScopeMismatch
    if manifest.snapshot_id != ref.snapshot_id:
        raise SnapshotDamaged("the file is another snapshot")
    if not OLDEST_READABLE <= manifest.schema_version <= SCHEMA_VERSION:
        raise SnapshotDamaged(f"its schema version is {manifest.schema_version}")
    lacking = added_after(manifest.schema_version)
    try:
        catalog = product_catalog(manifest.attributes)
        _check_tables(connection, catalog, lacking)
        terms = connection.execute(
            "SELECT starts_on, ends_on, code FROM terms ORDER BY starts_on, ends_on, id"
        ).fetchall()
    except (duckdb.Error, CatalogInvalid, ValueError) as error:
        raise SnapshotDamaged("its tables are not those of its schema version") from error
    calendar = Calendar.at(
        manifest.taken_at,
        manifest.time_zone,
        manifest.first_weekday,
        tuple(Term(*row) for row in terms),
    )
    warn_of_difference(connection, manifest.time_zone, manifest.taken_at)
    # An older file may lack the columns that the facts would be asked of.
    known = DataProfile(connection, manifest.tables, profile_from)
    profile = NoProfile() if lacking else known
    return OpenSnapshot(connection, manifest, catalog, calendar, state, profile, lacking, ref)


def _check_tables(
    connection: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    lacking: Mapping[str, Mapping[str, int]],
) -> None:
    found: dict[str, set[str]] = {}
    for table, column in connection.execute(_READ_COLUMNS).fetchall():
        found.setdefault(table, set()).add(column)
    for needed in catalog.tables:
        there = needed.columns - lacking.get(needed.name, {}).keys()
        if not there <= found.get(needed.name, set()):
            raise SnapshotDamaged(f"its table {needed.name} lacks columns")


def _check_magic(ref: SnapshotRef) -> None:
    with FilePath(ref.path).open("rb") as file:
        file.seek(_MAGIC_AT)
        if file.read(len(_MAGIC)) != _MAGIC:
            raise SnapshotDamaged("the file is not a database")


def _manifest(connection: duckdb.DuckDBPyConnection) -> Manifest:
    try:
        rows = connection.execute(_READ_MANIFEST).fetchall()
        (document,) = (row[0] for row in rows)
        return Manifest.from_json(document)
    except (duckdb.Error, ValueError, KeyError, TypeError) as error:
        raise SnapshotDamaged("it has no readable manifest") from error
