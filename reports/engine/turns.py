"""Turns of costly questions, institution by institution.

A question that reads many rows uses every core it is given, so only a few run at once. Those
that wait are served in turn, one for each institution, and none has all the turns: ten costly
dashboards of one school hold up the eleventh of theirs, not the first of another's. Cheap questions
don't wait here.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from reports.cancellation import Cancellation
from reports.errors import ReportBusy

_LOOK_SECONDS: Final = 0.1
"""The seconds between two checks that a waiting one is still wanted."""


@dataclass(eq=False)
class _Ticket:
    is_called: bool = field(default=False)


class Turns:
    """``at_once`` costly questions run at a time; ``costly_from`` rows make one costly."""

    def __init__(self, at_once: int, costly_from: int) -> None:
        self._free = at_once
        self._max_of_one = max(1, at_once - 1)
        self._running: Counter[int] = Counter()
        self._costly_from = costly_from
        self._changed = threading.Condition()
        self._waiting: OrderedDict[int, deque[_Ticket]] = OrderedDict()

    def is_costly(self, rows: int) -> bool:
        """Return True if a question that reads so many rows waits for its turn."""
        return rows >= self._costly_from

    @contextmanager
    def turn(
        self, institution: int, rows: int, deadline: float, cancellation: Cancellation | None
    ) -> Iterator[None]:
        """Run the block when it is this institution's turn.

        Raises :class:`~reports.errors.ReportBusy` if that isn't before ``deadline`` (on the
        clock of ``time.perf_counter``), and ReportCancelled.
        """
        if not self.is_costly(rows):
            yield
            return
        self._wait(institution, deadline, cancellation)
        try:
            yield
        finally:
            with self._changed:
                self._give_back(institution)

    def _wait(self, institution: int, deadline: float, cancellation: Cancellation | None) -> None:
        ticket = _Ticket()
        with self._changed:
            self._waiting.setdefault(institution, deque()).append(ticket)
            try:
                self._call_next()
                self._until_called(ticket, deadline, cancellation)
            except BaseException:
                self._give_up(institution, ticket)
                raise

    def _until_called(
        self, ticket: _Ticket, deadline: float, cancellation: Cancellation | None
    ) -> None:
        while not ticket.is_called:
            if cancellation is not None:
                cancellation.check()
            left = deadline - time.perf_counter()
            if left <= 0:
                raise ReportBusy
            self._changed.wait(min(left, _LOOK_SECONDS))

    def _give_up(self, institution: int, ticket: _Ticket) -> None:
        if ticket.is_called:
            self._give_back(institution)
            return
        line = self._waiting[institution]
        line.remove(ticket)
        if not line:
            del self._waiting[institution]

    def _give_back(self, institution: int) -> None:
        self._free += 1
        self._running[institution] -= 1
        if not self._running[institution]:
            del self._running[institution]
        self._call_next()

    def _call_next(self) -> None:
        """Call the first of the institution that has waited longest for a turn."""
        while self._free and (institution := self._next()) is not None:
            line = self._waiting.pop(institution)
            line.popleft().is_called = True
            self._free -= 1
            self._running[institution] += 1
            if line:
                self._waiting[institution] = line  # behind all others
        self._changed.notify_all()

    def _next(self) -> int | None:
        waiting = (i for i in self._waiting if self._running[i] < self._max_of_one)
        return next(waiting, None)
