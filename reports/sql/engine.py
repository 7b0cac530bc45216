"""Answering statements: the views of the scope, a process for them, the rows it sends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from reports.bounded_cache import BoundedCache
from reports.contracts import Scope, SnapshotRef
from reports.engine.snapshots import OpenSnapshot
from reports.errors import Problem, ReportInvalid
from reports.sql.checking import PLACE, invalid
from reports.sql.messages import Bind, Question
from reports.sql.pool import BoundViews, SqlPool, SqlSettings
from reports.sql.results import MAX_TEXT, SqlColumn, SqlRequest, SqlResult
from reports.sql.views import FILE, Views, views_of

_CACHED_BYTES: Final = 16 * 1024**2
_BYTES_OF_A_COLUMN: Final = 1_000


class SqlEngine:
    """Runs statements; safe to use from several threads. ``open_`` opens snapshots."""

    def __init__(
        self,
        open_: Callable[[SnapshotRef, int], OpenSnapshot],
        settings: SqlSettings | None = None,
    ) -> None:
        self._open = open_
        self._settings = settings or SqlSettings()
        self._pool = SqlPool(self._settings)
        self._views = BoundedCache[str, Views](_CACHED_BYTES)

    def views(self, ref: SnapshotRef, scope: Scope, *, masks: bool) -> Views:
        """Return what can be read of a snapshot within a scope. Raises as :meth:`run` does."""
        snapshot = self._open(ref, scope.institution_id)
        return self._views_of(self._key(snapshot, scope, masks=masks), snapshot, scope, masks=masks)

    def run(self, request: SqlRequest) -> SqlResult:
        """Answer a statement; see :func:`reports.api.run_sql`."""
        started = time.perf_counter()
        _check_text(request.sql)
        limits, scope, masks = request.limits, request.scope, request.masks
        deadline = started + limits.seconds
        snapshot = self._open(request.snapshot, scope.institution_id)
        key = self._key(snapshot, scope, masks=masks)
        views = self._views_of(key, snapshot, scope, masks=masks)
        question = Question(request.sql, limits.rows, limits.result_bytes, limits.seconds)
        bound = BoundViews(scope.institution_id, key, self.bind(request.snapshot.path, views))
        with self._pool.process(bound, deadline, limits.cancellation) as process:
            columns, schema, batches, end = _collected(
                process.ask(question, deadline, limits.cancellation)
            )
        if end["truncated"] and not limits.cuts:
            raise _too_many(limits.rows)
        return SqlResult(
            columns=columns,
            schema=schema,
            batches=batches,
            row_count=end["rows"],
            is_truncated=end["truncated"],
            ms=(time.perf_counter() - started) * 1_000,
            snapshot=snapshot.info,
            scope=scope,
            sql=request.sql,
            notices=views.notices,
        )

    def close(self) -> None:
        """End the processes; the engine can be used again afterwards."""
        self._pool.close()

    def forget(self) -> None:
        """Leave the processes alone: after a fork they belong to the parent."""
        self._pool = SqlPool(self._settings)

    @staticmethod
    def _key(snapshot: OpenSnapshot, scope: Scope, *, masks: bool) -> str:
        return f"{snapshot.key}/{scope.digest()}/{masks}"

    def _views_of(self, key: str, snapshot: OpenSnapshot, scope: Scope, *, masks: bool) -> Views:
        if (found := self._views.get(key)) is not None:
            return found
        views = views_of(snapshot, scope, masks=masks)
        texts = sum(len(text) for text in views.statements)
        columns = sum(len(view.columns) for view in views.views)
        self._views.put(key, views, texts + _BYTES_OF_A_COLUMN * columns)
        return views

    def bind(self, path: str, views: Views) -> Bind:
        """Return what a process has to know of a snapshot."""
        return Bind(
            path=path,
            attached_as=FILE,
            statements=views.statements,
            names=views.names,
            memory=self._settings.memory,
            threads=self._settings.threads,
            address_space=self._settings.address_space,
        )


def _check_text(sql: str) -> None:
    if len(sql) > MAX_TEXT:
        raise invalid(f"A statement has at most {MAX_TEXT:,} characters.")
    if "\x00" in sql or any("\ud800" <= c <= "\udfff" for c in sql):
        raise invalid("The statement has characters that no text has.")
    if not sql.strip():
        raise invalid("The statement is empty.")


def _collected(
    messages: Iterator[dict[str, Any] | bytes],
) -> tuple[tuple[SqlColumn, ...], Any, tuple[Any, ...], dict[str, Any]]:
    """The columns, the schema, the rows and the end of an answer."""
    import pyarrow as pa  # noqa: PLC0415 - slow to import, and most processes run no SQL
    from pyarrow import ipc  # noqa: PLC0415

    head = next(messages)
    assert isinstance(head, dict)
    columns = tuple(SqlColumn(c["name"], c["type"]) for c in head["columns"])
    schema: Any = None
    batches: list[Any] = []
    end: dict[str, Any] = {}
    for message in messages:
        if isinstance(message, dict):
            end = message
        elif schema is None:
            schema = ipc.read_schema(pa.py_buffer(message))
        else:
            batch = ipc.read_record_batch(pa.py_buffer(message), schema)
            batch.validate(full=True)
            batches.append(batch)
    return columns, schema, tuple(batches), end


def _too_many(rows: int) -> ReportInvalid:
    message = f"The result has more than {rows:,} rows."
    hint = "Add a LIMIT, or download the snapshot whole."
    return ReportInvalid([Problem("SQL_TOO_LARGE", PLACE, message, hint)])
