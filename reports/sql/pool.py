"""The processes in which statements run: a few, each for one snapshot and its views.

Starting one takes a third of a second, so one stands ready, and those that have answered stay with
their snapshot, whose next question costs a few milliseconds. When another snapshot is asked for,
the one that was used longest ago is ended.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reports.cancellation import Cancellation
from reports.errors import ReportBusy
from reports.sql.messages import Bind
from reports.sql.process import SqlProcess

_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class SqlSettings:
    """The resources of SQL: ``processes`` run at a time, each within the limits of the others.

    ``memory`` bounds what DuckDB counts itself, ``address_space`` (in bytes) all of a process.
    """

    processes: int = 2
    memory: str = "512MB"
    threads: int = 2
    address_space: int = 2 * 1024**3


@dataclass(frozen=True)
class BoundViews:
    """The views that a statement reads: whose they are, and what a process has to know of them."""

    institution_id: int
    key: str
    bind: Bind


class SqlPool:
    """Hands out processes; safe to use from several threads."""

    def __init__(self, settings: SqlSettings) -> None:
        self.settings = settings
        self._changed = threading.Condition()
        self._idle: OrderedDict[int, SqlProcess] = OrderedDict()
        """Those that wait for a question, the one used longest ago first."""
        self._busy: Counter[int] = Counter()
        self._spare: SqlProcess | None = None

    @contextmanager
    def process(
        self,
        views: BoundViews,
        deadline: float,
        cancellation: Cancellation | None = None,
    ) -> Iterator[SqlProcess]:
        """Give a process that serves the views for the block.

        One institution has all processes but one at most, so that it never holds up all others.
        Raises :class:`~reports.errors.ReportBusy` if none is free before ``deadline``, and as
        :meth:`SqlProcess.bind` does.
        """
        process = self._claimed(views, deadline, cancellation)
        try:
            if not process.key:
                process.bind(views.key, views.bind, deadline)
            yield process
        finally:
            self._given_back(process, views.institution_id)

    def close(self) -> None:
        """End all that wait; those at work end with their question."""
        with self._changed:
            ended = [*self._idle.values(), *([self._spare] if self._spare else [])]
            self._idle.clear()
            self._spare = None
        for process in ended:
            process.close()

    def _claimed(
        self, views: BoundViews, deadline: float, cancellation: Cancellation | None
    ) -> SqlProcess:
        with self._changed:
            while (found := self._free(views)) is None:
                if cancellation is not None:
                    cancellation.check()
                left = deadline - time.perf_counter()
                if left <= 0:
                    raise ReportBusy
                self._changed.wait(min(left, _LOOK_SECONDS))
            self._busy[views.institution_id] += 1
        process, ended = found
        if ended is not None:
            ended.close()
        return process

    def _free(self, views: BoundViews) -> tuple[SqlProcess, SqlProcess | None] | None:
        """Return a process to use and one to end; None if it isn't the institution's turn."""
        if self._busy[views.institution_id] >= max(1, self.settings.processes - 1):
            return None
        for number, process in reversed(self._idle.items()):
            if process.key == views.key and process.is_alive:
                del self._idle[number]
                return process, None
        if self._busy.total() + len(self._idle) < self.settings.processes:
            return self._fresh(), None
        if self._idle:
            _, ended = self._idle.popitem(last=False)
            return self._fresh(), ended
        return None

    def _fresh(self) -> SqlProcess:
        spare, self._spare = self._spare, None
        return spare if spare is not None and spare.is_alive else SqlProcess()

    def _given_back(self, process: SqlProcess, institution_id: int) -> None:
        is_reusable = bool(process.key) and process.is_waiting and process.is_alive
        with self._changed:
            self._busy[institution_id] -= 1
            if not self._busy[institution_id]:
                del self._busy[institution_id]
            if is_reusable:
                self._idle[process.pid] = process
            if self._spare is None:
                self._spare = SqlProcess()
            self._changed.notify_all()
        if not is_reusable:
            process.close()
