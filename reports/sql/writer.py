"""The process that copies the views of a snapshot into files: ``python -m reports.sql.writer FD``.

It runs no statement but ours, so it may write; where, and how much, it is told.
"""

# ruff: noqa: S608 - SQL is built here, of the catalog's names alone

from __future__ import annotations

import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import duckdb

from reports.compiler.guards import quoted
from reports.sql.messages import Bind, Copying, Failed, send_note
from reports.sql.sandbox import limit_process, opened

DATABASE: Final = "snapshot.duckdb"
"""The name of the one DuckDB file."""


def main() -> None:
    """Do one copy."""
    channel = Connection(int(sys.argv[1]))
    try:
        bind = Bind.from_json(channel.recv_bytes())
        send_note(channel, {})
        copying = Copying.from_json(channel.recv_bytes())
    except EOFError:
        return
    limit_process(bind.address_space, copying.file_bytes)
    try:
        with opened(bind) as connection:
            copy = _to_parquet if copying.is_parquet else _to_database
            send_note(channel, {"rows": copy(connection, copying)})
    except (duckdb.OutOfMemoryException, MemoryError):
        send_note(channel, Failed("memory"))
    except duckdb.Error as error:
        send_note(channel, Failed("size" if "too large" in str(error) else "broken"))


def _to_database(connection: duckdb.DuckDBPyConnection, copying: Copying) -> dict[str, int]:
    path = str(Path(copying.folder) / DATABASE).replace("'", "''")
    connection.execute(f"ATTACH '{path}' AS copied")
    found = {
        name: _count(
            connection, f"CREATE TABLE copied.main.{quoted(name)} AS SELECT * FROM {quoted(name)}"
        )
        for name in copying.names
    }
    connection.execute("DETACH copied")  # writes what is still in its log
    return found


def _to_parquet(connection: duckdb.DuckDBPyConnection, copying: Copying) -> dict[str, int]:
    folder = copying.folder.replace("'", "''")
    return {
        name: _count(
            connection,
            f"COPY (SELECT * FROM {quoted(name)}) TO '{folder}/{name}.parquet'"
            " (FORMAT parquet, COMPRESSION zstd)",
        )
        for name in copying.names
    }


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    ((rows,),) = connection.execute(sql).fetchall()
    return int(rows)


if __name__ == "__main__":
    main()
