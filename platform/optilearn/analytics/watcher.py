"""Looking after what is under way, from one thread, and only while something is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from optilearn.core.valkey import ValkeyDownError

_TICK_SECONDS: Final = 0.1


@dataclass(eq=False)
class _Watched:
    look: Callable[[], None]
    every: float
    due: float


class Watcher:
    """Calls what is being watched every so often; sleeps while nothing is.

    What is called may raise ``ValkeyDownError``, and is called again when it is due.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watched: list[_Watched] = []
        self._thread: threading.Thread | None = None

    @contextmanager
    def watching(self, look: Callable[[], None], every: float) -> Iterator[None]:
        """Call ``look`` each ``every`` seconds of the block, from another thread."""
        watched = _Watched(look, every, time.monotonic() + every)
        with self._changed:
            self._watched.append(watched)
            # After a fork the child has the object but not the thread.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, daemon=True, name="watcher")
                self._thread.start()
            elif len(self._watched) == 1:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._watched.remove(watched)

    def _watch(self) -> None:
        while True:
            for watched in self._due():
                try:
                    watched.look()
                except ValkeyDownError:
                    continue

    def _due(self) -> list[_Watched]:
        with self._changed:
            while not self._watched:
                self._changed.wait()
            self._changed.wait(_TICK_SECONDS)
            now = time.monotonic()
            due = [watched for watched in self._watched if watched.due <= now]
            for watched in due:
                watched.due = now + watched.every
            return due
