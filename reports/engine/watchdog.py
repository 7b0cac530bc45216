"""Stopping what runs too long: one thread for all questions.

A timer of its own for each question costs 0.2 ms, and 2 ms on a busy machine, because each
has to start a thread; here a question only puts its deadline on a heap.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_IDLE_SECONDS = 60.0
_AGAIN_SECONDS = 0.05


class Watchdog:
    """Calls back when a deadline passes before its work is done."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._done: set[int] = set()
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    @contextmanager
    def limit(self, seconds: float, stop: Callable[[], None]) -> Iterator[None]:
        """Call ``stop`` (from another thread) once the block takes longer than ``seconds``.

        It is called repeatedly until the block is left.
        """
        number = self._add(time.monotonic() + seconds, stop)
        try:
            yield
        finally:
            self._remove(number)

    def _add(self, deadline: float, stop: Callable[[], None]) -> int:
        number = next(self._numbers)
        with self._changed:
            is_first = not self._heap or deadline < self._heap[0][0]
            heapq.heappush(self._heap, (deadline, number, stop))
            # After a fork the child has the object but not the thread.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, daemon=True, name="watchdog")
                self._thread.start()
            elif is_first:
                self._changed.notify()
        return number

    def _remove(self, number: int) -> None:
        with self._changed:
            if any(entry[1] == number for entry in self._heap):
                self._done.add(number)
            while self._heap and self._heap[0][1] in self._done:
                self._done.discard(heapq.heappop(self._heap)[1])

    def _watch(self) -> None:
        while True:
            with self._changed:
                while not self._heap or self._heap[0][0] > time.monotonic():
                    wait = self._heap[0][0] - time.monotonic() if self._heap else _IDLE_SECONDS
                    self._changed.wait(max(wait, 0.0))
                _, number, stop = heapq.heappop(self._heap)
                is_due = number not in self._done
                self._done.discard(number)
                # Inside the lock: the block can't end, and its work be closed, meanwhile. Again
                # and again, as DuckDB forgets what comes before it has begun to execute.
                if is_due:
                    stop()
                    again = time.monotonic() + _AGAIN_SECONDS
                    heapq.heappush(self._heap, (again, number, stop))
                del stop  # this frame waits on; it must not keep the last connection alive
