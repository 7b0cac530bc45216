"""Read PostgreSQL: one snapshot of it for all tables and connections.

One transaction, REPEATABLE READ READ ONLY, decides what is seen. The streams that carry
rows adopt it by its exported name, so several connections read the same instant.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice
from typing import Any, Final

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as adbc
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg.rows import tuple_row

from pipelines.snapshots.errors import SnapshotError, SourceError
from pipelines.snapshots.source import RELATIONS, TOMBSTONES, day_of, literal
from reports.snapshot.schema import ATTRIBUTE_TYPES, AttributeDefinition

_BATCH_OPTION: Final = "adbc.postgresql.batch_size_hint_bytes"
_BATCH_BYTES: Final = str(2 * 1024 * 1024)
"""Small enough for PostgreSQL, the driver and DuckDB to work at the same time."""

# Row security for this transaction only; no time limit, as a large read outlives one; and
# no just-in-time compilation, which costs more than such plain scans win by it.
_ENTER: Final = (
    "SELECT set_config('optilearn.institution_id', '{institution}', true), "
    "set_config('statement_timeout', '0', true), "
    "set_config('idle_in_transaction_session_timeout', '0', true), "
    "set_config('jit', 'off', true)"
)

# The storage identity changes when a table is recreated or rewritten: by a restore into the
# same database, or a TRUNCATE. The changes can't be found then, so no refresh is tried.
_FACTS: Final = """
SELECT pg_current_snapshot()::text, now(), i.slug, i.time_zone, i.first_weekday,
       i.min_group_size, CASE WHEN i.perturbs_numbers THEN i.perturbation_key END,
       (SELECT coalesce(json_agg(json_build_array(entity, key, type, label)
                                 ORDER BY entity, key), '[]')::text
          FROM institutions_attributedefinition WHERE institution_id = i.id),
       c.system_identifier || '/' || (SELECT oid FROM pg_database
                                       WHERE datname = current_database()),
       (SELECT md5(string_agg(r || ':' || pg_relation_filenode(r), ',' ORDER BY r))
          FROM (SELECT t.relid AS r FROM pg_partition_tree('activity_event') t WHERE t.isleaf
                 UNION ALL SELECT unnest(%(relations)s::regclass[])) AS storage)
  FROM institutions_institution i, pg_control_system() c
 WHERE i.id = %(institution)s
"""


@dataclass(frozen=True)
class Institution:
    """An institution; ``slug`` is its name in Dagster and on the command line."""

    id: int
    slug: str


@dataclass(frozen=True)
class Reading:
    """The state that the reading transaction sees, before any row has been read."""

    institution: Institution
    horizon: str
    taken_at: datetime
    source: str
    time_zone: str
    first_weekday: int
    min_group_size: int
    perturbation_key: int | None
    attributes: tuple[AttributeDefinition, ...]

    @property
    def day(self) -> date:
        """The day on the institution's calendar."""
        return day_of(self.taken_at, self.time_zone)


@contextmanager
def source_errors() -> Iterator[None]:
    """Turn the drivers' errors into ``SourceError``."""
    try:
        yield
    except (psycopg.Error, adbc_driver_manager.Error) as error:
        text = str(error).strip() or type(error).__name__
        raise SourceError(f"PostgreSQL: {text}") from error


Arrived = Callable[[int], None]
"""Called with the number of rows of each batch."""


def ignore(_: int) -> None:
    """Ignore the count."""


@dataclass(frozen=True)
class Arriving:
    """Rows of a stream."""

    batches: pa.RecordBatchReader
    spans: Mapping[str, tuple[int, int]] | None
    """If all rows are here already: each instant column's least and greatest value, in
    microseconds since 1970; columns without any are left out."""


def _arriving(reader: pa.RecordBatchReader, arrived: Arrived) -> Arriving:
    """Return the rows; if they are a single batch (most are), with the spans of its instants."""
    first = list(islice(reader, 2))
    counted = _counted(chain(first, reader), arrived)
    return Arriving(
        pa.RecordBatchReader.from_batches(reader.schema, counted),
        None if len(first) == 2 else _spans(first),
    )


def _counted(batches: Iterable[pa.RecordBatch], arrived: Arrived) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        arrived(batch.num_rows)
        yield batch


def _spans(batches: list[pa.RecordBatch]) -> dict[str, tuple[int, int]]:
    found = {}
    for batch in batches:
        for field, column in zip(batch.schema, batch.columns, strict=True):
            if pa.types.is_timestamp(field.type):
                ends = pc.min_max(column.cast(pa.int64())).as_py()
                if ends["min"] is not None:
                    found[field.name] = (ends["min"], ends["max"])
    return found


class Streams:
    """Arrow streams over a few ADBC connections that are reused between institutions."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._idle: list[Stream] = []

    @contextmanager
    def following(self, exported: str, institution_id: int) -> Iterator[Stream]:
        """Open a stream that sees the same snapshot as the exporting transaction."""
        with source_errors():
            stream = self._idle.pop() if self._idle else Stream(self._url)
        try:
            with source_errors():
                stream.follow(exported, institution_id)
            yield stream
            with source_errors():
                stream.leave()
        except BaseException:
            stream.close()
            raise
        self._idle.append(stream)

    def close(self) -> None:
        """Close all that are idle."""
        while self._idle:
            self._idle.pop().close()


class Stream:
    """One ADBC connection."""

    def __init__(self, url: str) -> None:
        self._connection = adbc.connect(url)

    def follow(self, exported: str, institution_id: int) -> None:
        """Begin a transaction on the exported snapshot, for one institution."""
        with self._connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute(f"SET TRANSACTION SNAPSHOT {literal(exported)}")
            cursor.execute(_ENTER.format(institution=int(institution_id)))
            cursor.fetchall()

    @contextmanager
    def rows(self, query: str, arrived: Arrived = ignore) -> Iterator[Arriving]:
        """Open the query's rows as Arrow batches of some megabytes; ``arrived`` gets each size."""
        with self._connection.cursor() as cursor:
            with source_errors():
                cursor.adbc_statement.set_options(**{_BATCH_OPTION: _BATCH_BYTES})
                cursor.execute(query)
                arriving = _arriving(cursor.fetch_record_batch(), arrived)
            yield arriving

    def leave(self) -> None:
        """End the transaction."""
        self._connection.rollback()

    def close(self) -> None:
        """Close, whatever state the connection is in."""
        with suppress(adbc_driver_manager.Error, RuntimeError):
            self._connection.close()


class SourceConnection:
    """The connection whose transaction decides what a snapshot sees."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    @contextmanager
    def reading(self, institution: Institution) -> Iterator[ReadTransaction]:
        """Open one REPEATABLE READ READ ONLY transaction for one institution."""
        with source_errors():
            connection = self._connected()
            with connection.transaction(force_rollback=True):
                yield ReadTransaction(connection, institution)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._url, row_factory=tuple_row, application_name="optilearn snapshot"
            )
            self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            self._connection.read_only = True
        return self._connection


class ReadTransaction:
    """The open transaction: facts, counts, and its name for the streams."""

    def __init__(
        self, connection: psycopg.Connection[tuple[Any, ...]], institution: Institution
    ) -> None:
        self._connection = connection
        self._connection.execute(_ENTER.format(institution=institution.id).encode())
        self.facts = self._read_facts(institution)

    def export(self) -> str:
        """Export the transaction's snapshot; return its name for the streams."""
        return str(self.query("SELECT pg_export_snapshot()")[0][0])

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query written by this package (values are validated literals)."""
        with source_errors():
            return self._connection.execute(sql.encode()).fetchall()

    def _read_facts(self, institution: Institution) -> Reading:
        row = self._connection.execute(
            _FACTS,
            {
                "institution": institution.id,
                "relations": [r for r in (*RELATIONS, TOMBSTONES) if r != "activity_event"],
            },
        ).fetchone()
        if row is None:
            raise SnapshotError(f"There is no institution {institution.slug!r}.")
        horizon, taken_at, slug, zone, weekday, group_size, noise, attributes = row[:8]
        cluster, storage = row[8:]
        return Reading(
            institution=Institution(institution.id, slug),
            horizon=horizon,
            taken_at=taken_at,
            source=f"{cluster}/{storage}",
            time_zone=zone,
            first_weekday=weekday,
            min_group_size=group_size,
            perturbation_key=noise,
            attributes=_definitions(attributes),
        )


def _definitions(text: str) -> tuple[AttributeDefinition, ...]:
    definitions = tuple(AttributeDefinition(*row) for row in json.loads(text))
    for definition in definitions:
        if definition.type not in ATTRIBUTE_TYPES:
            raise SnapshotError(
                f"The attribute {definition.entity}.{definition.key} has the unknown type "
                f"{definition.type!r}."
            )
    return definitions
