"""The process in which statements run: no secrets, no files but one snapshot, hard limits.

    python -I -m reports.sql.worker FD

It is started with an empty environment, stands in a folder that is gone, and talks over the socket
``FD``: first it gets the views of one snapshot, for good, then statement after statement. A process
never sees a second snapshot. Its walls are in :mod:`reports.sql.sandbox`.
"""

from __future__ import annotations

import json
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any, Final

import duckdb
import pyarrow as pa

from reports.errors import ReportInvalid
from reports.sql.checking import check_statement, invalid
from reports.sql.messages import DATA, Bind, Failed, Question, describe, send_note
from reports.sql.sandbox import limit_process, locked, opened

_ROWS_A_BATCH: Final = 10_000
_GRACE_SECONDS: Final = 5
"""After its time a process ends itself, should nobody be left to end it."""
_TEXTS: Final = frozenset(("VARCHAR", "VARCHAR[]"))
_AS_THEY_ARE: Final = frozenset(
    (
        *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
        *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE"),
        *("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
    )
)
_INVALID: Final = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)
_TOO_MUCH: Final = (duckdb.OutOfMemoryException, MemoryError, pa.ArrowMemoryError)
_BROKEN: Final = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException)


def main() -> None:
    """Serve the socket until it is closed."""
    channel = Connection(int(sys.argv[1]))
    try:
        bind = Bind.from_json(channel.recv_bytes())
        limit_process(bind.address_space)
        try:
            connection = locked(opened(bind))
        except duckdb.Error as error:
            return send_note(channel, Failed("damaged", _first_line(error)))
        send_note(channel, {})
        while _answered(channel, connection, bind):
            pass
    except EOFError:
        return None


def _answered(channel: Connection, connection: duckdb.DuckDBPyConnection, bind: Bind) -> bool:
    """Answer one question; False if the process has to be replaced."""
    question = Question.from_json(channel.recv_bytes())
    signal.alarm(int(question.seconds) + _GRACE_SECONDS)
    try:
        note = _run(channel, connection, question, frozenset(n.lower() for n in bind.names))
    except ReportInvalid as error:
        note = Failed("invalid", problems=[problem.to_wire() for problem in error.problems])
    except _TOO_MUCH:
        note = Failed("memory")
    except _BROKEN as error:
        note = Failed("broken", _first_line(error))
    except _INVALID as error:
        note = Failed("invalid", problems=[p.to_wire() for p in _unreadable(error).problems])
    except (duckdb.Error, pa.ArrowException) as error:
        note = Failed("failed", _first_line(error))
    signal.alarm(0)
    send_note(channel, note)
    return not (isinstance(note, Failed) and note.is_fatal)


def _run(
    channel: Connection,
    connection: duckdb.DuckDBPyConnection,
    question: Question,
    relations: frozenset[str],
) -> dict[str, Any] | Failed:
    """Send the columns and the rows; what is returned is sent last."""
    ((tree,),) = connection.execute("SELECT json_serialize_sql(?)", [question.sql]).fetchall()
    check_statement(json.loads(tree), relations)
    found = connection.sql(question.sql)
    columns = describe(found.columns, [str(kind) for kind in found.types])
    plain = ", ".join(_plain(number, c["type"]) for number, c in enumerate(columns, 1))
    reader = found.project(plain).limit(question.rows + 1).to_arrow_reader(_ROWS_A_BATCH)
    send_note(channel, {"columns": columns})
    channel.send_bytes(DATA + reader.schema.serialize().to_pybytes())
    rows, size = 0, 0
    for batch in reader:
        part = batch.slice(0, question.rows - rows) if rows < question.rows else None
        is_more = rows + batch.num_rows > question.rows
        if part is not None and part.num_rows:
            body = part.serialize().to_pybytes()
            size += len(body)
            if size > question.result_bytes:
                return Failed("size")
            rows += part.num_rows
            channel.send_bytes(DATA + body)
        if is_more:
            return {"rows": rows, "truncated": True}
    return {"rows": rows, "truncated": False}


def _plain(number: int, kind: str) -> str:
    """The column as a type that every format has."""
    if kind in _AS_THEY_ARE or kind in _TEXTS or kind.startswith("DECIMAL("):
        return f"#{number}"
    if kind == "HUGEINT":  # Arrow has decimals of 38 digits; a longer number is an error
        return f"CAST(#{number} AS DECIMAL(38, 0))"
    if kind.startswith("TIMESTAMP_"):
        return f"CAST(#{number} AS TIMESTAMP)"
    if kind.endswith((")", "]")) and not kind.startswith("ENUM("):
        return f"CAST(to_json(#{number}) AS VARCHAR)"
    return f"CAST(#{number} AS VARCHAR)"


def _unreadable(error: duckdb.Error) -> ReportInvalid:
    return invalid(_first_line(error))


def _first_line(error: BaseException) -> str:
    """Return the error without the statement, and without names that aren't the reader's."""
    text = str(error).split("\n", maxsplit=1)[0]
    return text.partition("Error: ")[2] or text


if __name__ == "__main__":
    main()
