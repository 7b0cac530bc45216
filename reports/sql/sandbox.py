"""The walls of a process of ours: what the system and DuckDB let it do."""

from __future__ import annotations

import os
import resource
import tempfile
from typing import Final

import duckdb

from reports.sql.messages import Bind

_OPEN_FILES: Final = 64


def limit_process(address_space: int, file_bytes: int = 0) -> None:
    """Let the process have so many bytes of addresses, and write files of at most so many.

    It stands in a folder that is gone: no relative path leads anywhere.

    DuckDB's own limit isn't enough: a function of one value allocates what it likes, memory limit
    or not, and isn't interruptible meanwhile.
    """
    with tempfile.TemporaryDirectory(prefix="optilearn-sql-") as folder:
        os.chdir(folder)
    for limit, value in (
        (resource.RLIMIT_AS, address_space),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        resource.setrlimit(limit, (value, value))


def opened(bind: Bind) -> duckdb.DuckDBPyConnection:
    """A database in memory with the views in it, over the snapshot's file."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": str(bind.threads),
            "memory_limit": bind.memory,
            "temp_directory": "",
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_persistent_secrets": "false",
            "python_enable_replacements": "false",
        },
    )
    connection.execute(f"ATTACH {_quoted(bind.path)} AS {bind.attached_as} (READ_ONLY)")
    for statement in bind.statements:
        connection.execute(statement)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def locked(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The same without a way to any other file, to settings, or back."""
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
