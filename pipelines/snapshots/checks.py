"""Checks of a file before it is published.

Row counts are compared with the source inside the transaction that the rows came from.
NULLs and types are refused by the file's own columns while it is written.
"""

# ruff: noqa: S608  (SQL over this package's own names; values are checked numbers or quoted)

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import duckdb

from pipelines.snapshots.errors import ChecksFailedError
from pipelines.snapshots.settings import DropBand
from pipelines.snapshots.source import identifier
from pipelines.snapshots.workspace import SnapshotFile
from reports.snapshot.manifest import TableFacts
from reports.snapshot.schema import TABLES_BY_NAME, AttributeDefinition, Table, columns_of

DIGEST: Final = f"duckdb-{duckdb.__version__}:"
"""DuckDB doesn't promise the same hash in its next version, so a digest names its own."""


def table_facts(
    file: SnapshotFile,
    table: Table,
    attributes: tuple[AttributeDefinition, ...],
    *,
    rows: str = "",
) -> TableFacts:
    """Count the rows, and sum their hashes, independently of their order.

    ``rows`` names another relation with the same columns to take instead of the table.
    """
    columns = ", ".join(identifier(c.name) for c in columns_of(table, attributes))
    count, total = file.execute(
        f"SELECT count(*), coalesce(sum(hash({columns})), 0) "
        f"FROM {rows or f'snapshot.{table.name}'}"
    )[0]
    return TableFacts(int(str(count)), _digest(int(str(total))))


def added(before: TableFacts, more: TableFacts) -> TableFacts:
    """Return the facts of a table and of rows appended to it, together."""
    return TableFacts(before.rows + more.rows, _digest(_sum(before) + _sum(more)))


def _digest(total: int) -> str:
    return f"{DIGEST}{total:032x}"


def _sum(facts: TableFacts) -> int:
    return int(facts.digest.removeprefix(DIGEST), 16)


def parity(counts: Mapping[str, int], facts: Mapping[str, TableFacts]) -> list[str]:
    """Return the problems of tables whose row count differs from their source's."""
    return [
        f"{name} has {facts[name].rows} rows, its source {rows}."
        for name, rows in counts.items()
        if facts[name].rows != rows
    ]


def out_of_order(file: SnapshotFile, table: Table, *, rows: str = "") -> list[str]:
    """Return True if the ids don't rise strictly (a duplicate key is such a case)."""
    bad = file.number(
        "SELECT count(*) FROM (SELECT id <= lag(id) OVER () AS wrong "
        f"FROM {rows or f'snapshot.{table.name}'}) WHERE wrong"
    )
    return [f"{table.name} has {bad} ids that are doubled or out of order."] if bad else []


def orphans(file: SnapshotFile, table: Table, *, rows: str = "", parents: str = "") -> list[str]:
    """Return the problems of references to missing rows.

    ``rows`` names another relation with the same columns to look at instead of the whole
    table; ``parents`` restricts the check to references to that one table.
    """
    found = []
    of_rows = rows or f"snapshot.{table.name}"
    for reference in table.references:
        if parents and reference.table != parents:
            continue
        column, parent = reference.column, f"snapshot.{reference.table}"
        # Keys are unique by now, so a plain join counts every reference that arrives. It is
        # several times faster than an anti-join, which is only used to describe a problem.
        given = file.number(f"SELECT count({column}) FROM {of_rows}")
        arriving = file.number(
            f"SELECT count(*) FROM {of_rows} AS c JOIN {parent} AS p ON p.id = c.{column}"
        )
        if given != arriving:
            first = file.number(
                f"SELECT min({column}) FROM {of_rows} "
                f"WHERE {column} NOT IN (SELECT id FROM {parent})"
            )
            found.append(
                f"{given - arriving} rows of {table.name} have a {column} that is not among "
                f"the {reference.table} (the first: {first})."
            )
    return found


def drops(
    before: Mapping[str, TableFacts], after: Mapping[str, TableFacts], band: DropBand
) -> list[str]:
    """Return the problems of tables that lost more rows than the band allows."""
    return [
        f"{name} fell from {facts.rows} to {after[name].rows} rows."
        for name, facts in before.items()
        if name in TABLES_BY_NAME
        and facts.rows >= band.from_rows
        and after[name].rows < facts.rows * (1 - band.fraction)
    ]


def refuse(problems: list[str]) -> None:
    """Raise ``ChecksFailedError`` if there are any problems."""
    if problems:
        raise ChecksFailedError(tuple(problems))
