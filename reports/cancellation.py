"""Stopping a question whose answer nobody waits for any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from reports.errors import ReportCancelled

_FIRST_WAIT: Final = 0.02
_LONGEST_WAIT: Final = 1.0


class Cancellation:
    """Handed in with a question; :meth:`cancel` may be called from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._stops: list[Callable[[], None]] = []
        self._is_cancelled = False

    @property
    def is_cancelled(self) -> bool:
        """True if the answer isn't wanted any more."""
        return self._is_cancelled

    def cancel(self) -> None:
        """Stop what runs, and what would."""
        with self._lock:
            is_first = not self._is_cancelled
            self._is_cancelled = True
            for stop in self._stops:
                stop()
            if self._stops and is_first:
                threading.Thread(target=self._insist, daemon=True, name="cancellation").start()

    def _insist(self) -> None:
        """Call them again until they are done: one that comes before a statement runs is lost."""
        wait = _FIRST_WAIT
        with self._lock:
            while self._stops:
                self._lock.wait(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
                for stop in self._stops:
                    stop()

    def check(self) -> None:
        """Raise :class:`~reports.errors.ReportCancelled` if it was cancelled."""
        if self._is_cancelled:
            raise ReportCancelled

    @contextmanager
    def guarding(self, stop: Callable[[], None]) -> Iterator[None]:
        """Call ``stop`` if it is cancelled during the block. Raises ReportCancelled before it."""
        with self._lock:
            self.check()
            self._stops.append(stop)
        try:
            yield
        finally:
            with self._lock:
                self._stops.remove(stop)
                self._lock.notify_all()
