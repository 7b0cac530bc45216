"""The call that the running code answers: when it came, and whether its caller is still there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Call:
    """One request on its way; ``arrived`` is on the clock of ``time.perf_counter``."""

    def __init__(self) -> None:
        self.arrived = time.perf_counter()
        self._lock = threading.Lock()
        self._is_gone = False
        self._stops: list[Callable[[], None]] = []

    @property
    def is_gone(self) -> bool:
        """True if no client waits for the answer any more."""
        return self._is_gone

    def hang_up(self) -> None:
        """The caller has gone. May be called from another thread, and more than once."""
        with self._lock:
            if self._is_gone:
                return
            self._is_gone = True
            stops = tuple(self._stops)
        for stop in stops:
            stop()

    def when_gone(self, stop: Callable[[], None]) -> None:
        """Call ``stop`` when the caller goes; at once if that has happened."""
        with self._lock:
            if not self._is_gone:
                self._stops.append(stop)
                return
        stop()


_current: ContextVar[Call | None] = ContextVar("optilearn_call", default=None)


def current_call() -> Call | None:
    """The call being answered; None outside our servers (commands, tests)."""
    return _current.get()


@contextmanager
def answering(call: Call) -> Iterator[None]:
    """Make it the current call in the block."""
    token = _current.set(call)
    try:
        yield
    finally:
        _current.reset(token)
