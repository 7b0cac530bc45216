"""DuckDB: one instance for a whole run, with the file being built attached to it."""

# ruff: noqa: S608  (SQL over this package's own names; values are checked numbers or quoted)

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from pipelines.snapshots.errors import BuildError, ChecksFailedError, SourceError
from pipelines.snapshots.settings import Limits
from pipelines.snapshots.source import identifier, literal
from reports.snapshot.manifest import MANIFEST_TABLE
from reports.snapshot.schema import AttributeDefinition, Table, columns_of

SMALL_BLOCK: Final = 16_384
LARGE_BLOCK: Final = 262_144
"""DuckDB's own block size. With it a file of 3,000 rows would take 3 MB, mostly air."""


class Workspace:
    """A DuckDB instance with bounded memory. Opening one costs as much as a small snapshot."""

    def __init__(self, limits: Limits) -> None:
        # DuckDB makes the folder when it first needs it.
        self._spill = Path(tempfile.gettempdir(), f"optilearn-snapshot-{secrets.token_hex(8)}")
        self._root = duckdb.connect(
            ":memory:",
            config={
                "threads": max(2, limits.connections),
                "memory_limit": f"{limits.memory_mib}MiB",
                "temp_directory": str(self._spill),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                # Nothing of a file counts before it is published, which flushes it to the disk.
                "fsync_mode": "NONE",
                # A checkpoint would merge row groups that are not full by writing their
                # neighbours again: seconds, for nothing that a reader notices.
                "max_vacuum_tasks": 0,
            },
        )
        self._threads = max(2, limits.connections)
        self._staged: list[str] = []

    @contextmanager
    def opened(self, path: Path, *, block_size: int | None = None) -> Iterator[SnapshotFile]:
        """Open or create the file at ``path``; checkpoint and close it at the end."""
        # The file isn't opened by readers before it is complete, so it needs no log of changes.
        options = "RECOVERY_MODE no_wal_writes"
        if block_size:
            options += f", BLOCK_SIZE {block_size}"
        with file_errors():
            self._root.execute(f"ATTACH {literal(str(path))} AS snapshot ({options})")
        file = SnapshotFile(self, self._root)
        try:
            yield file
            file.seal()
        except BaseException:
            with suppress(duckdb.Error):  # after a full disk DuckDB refuses even this
                file.close()
                self._root.execute("DETACH snapshot")
            raise
        with file_errors():
            file.close()
            self._root.execute("DETACH snapshot")

    @contextmanager
    def one_thread_each(self) -> Iterator[None]:
        """Let every statement run in its caller's thread alone.

        Several streams are then written side by side, each in its own order and into full
        row groups; DuckDB's own parallelism would cut every batch into a group and a rest,
        which costs a third more disk.
        """
        self._root.execute("SET threads = 1")
        try:
            yield
        finally:
            self._root.execute(f"SET threads = {self._threads}")

    def stage(self, name: str, select_list: str, rows: pa.RecordBatchReader) -> None:
        """Store a stream in memory as ``memory.<name>``. Thread-safe."""
        with file_errors(), self._root.cursor() as connection:
            connection.register("arriving", rows)
            connection.execute(f"CREATE TABLE memory.{name} AS SELECT {select_list} FROM arriving")
            connection.unregister("arriving")
        self._staged.append(name)

    def unstage(self) -> None:
        """Drop the staged tables."""
        while self._staged:
            with suppress(duckdb.Error):  # of an instance that is given up anyway
                self._root.execute(f"DROP TABLE memory.{self._staged.pop()}")

    def close(self) -> None:
        """Close the instance and remove what it spilled."""
        self._root.close()
        shutil.rmtree(self._spill, ignore_errors=True)


class SnapshotFile:
    """The attached file. Its tables are named ``snapshot.<table>``."""

    def __init__(self, workspace: Workspace, root: duckdb.DuckDBPyConnection) -> None:
        self.workspace = workspace
        self._root = root
        self._main = root.cursor()

    def execute(self, sql: str) -> list[tuple[object, ...]]:
        """Run a statement on the file's main connection."""
        with file_errors():
            return self._main.execute(sql).fetchall()

    def number(self, sql: str) -> int:
        """Return the one number that a query yields."""
        value = self.execute(sql)[0][0]
        return int(str(value or 0))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block in a transaction on the main connection."""
        self.execute("BEGIN")
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error):
                self._main.rollback()
            raise
        self.execute("COMMIT")

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own for another thread; the caller closes it."""
        return self._root.cursor()

    def create(self, table: Table, attributes: tuple[AttributeDefinition, ...]) -> None:
        """An empty table of the schema."""
        self.execute(create_sql(table.name, table, attributes))

    def insert(self, table: str, select_list: str, rows: pa.RecordBatchReader) -> int:
        """Append a stream on the main connection; returns the number of rows."""
        with file_errors():
            return insert(self._main, f"snapshot.{table}", select_list, rows)

    def append(self, table: str, select_list: str, rows: pa.RecordBatchReader) -> None:
        """Append a stream on a connection of its own, in one transaction. Thread-safe."""
        with file_errors(), self._root.cursor() as connection:
            insert(connection, f"snapshot.{table}", select_list, rows)

    def stage_sql(self, name: str, query: str) -> None:
        """Store a query's result in memory as ``temp.<name>``."""
        self.execute(f"CREATE TEMP TABLE {name} AS {query}")

    def write_manifest(self, document: str) -> None:
        """Write the file's manifest."""
        self.execute(f"CREATE OR REPLACE TABLE snapshot.{MANIFEST_TABLE} (document VARCHAR)")
        self.execute(f"INSERT INTO snapshot.{MANIFEST_TABLE} VALUES ({literal(document)})")

    def manifest(self) -> str:
        """Return the manifest's text as the file holds it."""
        return str(self.execute(f"SELECT document FROM snapshot.{MANIFEST_TABLE}")[0][0])

    def seal(self) -> None:
        """Write everything into the one file."""
        self.execute("CHECKPOINT snapshot")

    def close(self) -> None:
        """Close the connection, with its staged tables."""
        self._main.close()


def create_sql(name: str, table: Table, attributes: tuple[AttributeDefinition, ...]) -> str:
    """Return CREATE TABLE; DuckDB itself then refuses NULL where the schema forbids it."""
    columns = ", ".join(
        f"{identifier(c.name)} {c.type}{' NOT NULL' if c.required else ''}"
        for c in columns_of(table, attributes)
    )
    return f"CREATE TABLE snapshot.{name} ({columns})"


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, select_list: str, rows: pa.RecordBatchReader
) -> int:
    """Append a stream to a table in the order in which it comes."""
    connection.register("arriving", rows)
    try:
        result = connection.execute(f"INSERT INTO {table} SELECT {select_list} FROM arriving")
        return int(result.fetchall()[0][0])
    finally:
        with suppress(duckdb.Error):  # of an aborted transaction, whose own error is raised
            connection.unregister("arriving")


@contextmanager
def file_errors() -> Iterator[None]:
    """Convert errors of DuckDB and the file system to errors of snapshots."""
    try:
        yield
    except duckdb.ConstraintException as error:
        raise ChecksFailedError((f"A value that must not be missing is: {error}",)) from error
    except duckdb.ConversionException as error:
        raise ChecksFailedError((f"A value doesn't fit its declared type: {error}",)) from error
    except duckdb.Error as error:
        if "libpq" in str(error) or "ADBC" in str(error):
            raise SourceError(f"PostgreSQL went away while rows were read: {error}") from error
        raise BuildError(f"The snapshot file could not be written: {error}") from error
    except OSError as error:
        raise BuildError(f"The snapshot file could not be written: {error}") from error
