"""The tiles of a dashboard that weren't cached, computed while the first are being read.

Two threads of a pool that all dashboards of the process share compute the tiles, so that many cold
dashboards don't take every core; equal questions are computed once, as everywhere. The threads
know no request and ask no database: what needs it is done before. Saved queries, which run in a
process of their own, come last; whoever reads the lines waits for them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from contextvars import copy_context
from functools import cache, partial
from queue import SimpleQueue
from time import perf_counter
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from optilearn.analytics.auditing import Asked, refused
from optilearn.analytics.result_cache import result_cache
from optilearn.analytics.saved.boards.lines import PreparedTile, data_line, end_line, error_line
from optilearn.analytics.services import cancellable
from optilearn.analytics.single_flight import Deadline
from optilearn.analytics.sql.services import run_query, wire_of
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.envelope import encode
from optilearn.core.tenancy.context import tenant_context
from reports import api as reports
from reports.api import Prepared
from reports.contracts import Limits, Result, SnapshotRef
from reports.errors import ReportCancelled, ReportError

log = logging.getLogger(__name__)

AT_ONCE: Final = 2
"""Tiles of one dashboard that are computed at the same time."""
MAX_SECONDS: Final = 80.0
"""For a whole dashboard; each tile has the time of a question besides."""


class BoardStream:
    """Yields lines; ``close`` stops what is under way, and writes the row of the audit log."""

    def __init__(
        self,
        asked: Asked,
        ready: bytes,
        tiles: list[PreparedTile],
        snapshot: SnapshotRef,
        run_id: UUID | None,
    ) -> None:
        self._asked = asked
        self._ready = ready
        self._snapshot = snapshot
        self._queries = [tile for tile in tiles if tile.sql]
        reports_ = [tile for tile in tiles if not tile.sql]
        self._waiting = iter(reports_)
        self._count = len(reports_)
        self._lock = threading.Lock()
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        self._failed = 0
        self._is_open = True
        self._ends = asked.started + MAX_SECONDS
        with ExitStack() as stack:
            self._cancellation = stack.enter_context(cancellable(asked.principal, run_id))
            self._stack = stack.pop_all()
        for _worker in range(AT_ONCE):
            self._submit()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Return the next line, as soon as there is one."""
        if self._ready:
            ready, self._ready = self._ready, b""
            return ready
        if not self._is_open:
            raise StopIteration
        if self._count == 0 and self._queries:
            with tenant_context(self._asked.principal.institution_id):
                return self._line(self._queries.pop(0))
        if self._count == 0:
            line = end_line(self._asked.ms)
            self._finish("ok")
            return line
        self._count -= 1
        return self._lines.get()

    def close(self) -> None:
        """Stop the tiles that nobody waits for any more."""
        self._cancellation.cancel()
        self._finish(ReportCancelled().code)

    def _finish(self, outcome: str) -> None:
        if not self._is_open:
            return
        self._is_open = False
        self._stack.close()
        self._asked.facts["failed"] = self._failed
        with tenant_context(self._asked.principal.institution_id):
            self._asked.write(outcome)

    def _submit(self) -> None:
        with self._lock:
            tile = next(self._waiting, None)
        if tile is not None:
            _pool().submit(copy_context().run, self._work, tile)

    def _work(self, tile: PreparedTile) -> None:
        try:
            self._lines.put(self._line(tile))
        finally:
            self._submit()

    def _line(self, tile: PreparedTile) -> bytes:
        key = tile.chosen.tile.key
        try:
            return data_line(key, self._answer(tile))
        except ReportError as error:
            problem = refused(error)
        except AppError as error:
            problem = error
        except Exception:
            log.exception("The tile %s failed.", key)
            problem = AppError(ErrorCode.INTERNAL_ERROR, _("This tile can't be shown."))
        with self._lock:
            self._failed += 1
        return error_line(key, problem)

    def _answer(self, tile: PreparedTile) -> bytes:
        now = perf_counter()
        seconds = min(Limits().seconds, self._ends - now)
        deadline = Deadline(now, seconds, self._cancellation)
        deadline.check()
        if tile.prepared is None:
            principal = self._asked.principal
            result = run_query(
                principal=principal, sql=tile.sql, snapshot=self._snapshot, deadline=deadline
            )
            return encode(wire_of(result))
        compute = partial(_run, tile.prepared, deadline)
        answer, is_cached = result_cache().answer(tile.key, compute, deadline)
        return answer.data((perf_counter() - now) * 1_000, cached=is_cached)


def _run(prepared: Prepared, deadline: Deadline) -> Result:
    return reports.run(prepared.within(deadline.limits()))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.REPORT_THREADS, thread_name_prefix="tile")
