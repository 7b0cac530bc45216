"""Threads for requests: few, and dealt out fairly where a request may take long.

Plain requests are served as they come. Reports have threads of their own and take turns from the
first row on: institution by institution, within each person by person, and no institution gets all
threads. What a person asks more than ``max_waiting`` at a time is refused.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

log = logging.getLogger(__name__)


class FullError(Exception):
    """Too much is waiting already."""


@dataclass(frozen=True)
class Caller:
    """The key by which requests take turns."""

    institution: Hashable
    person: Hashable


@dataclass(frozen=True, eq=False)
class Job:
    """A request to run, unless its client has gone."""

    run: Callable[[], None]
    is_wanted: Callable[[], bool]


class FairQueue:
    """Jobs by institution and person. Each method is called with the lock of the lane."""

    def __init__(self, max_running: int, max_waiting: int) -> None:
        self._max_running = max_running
        self._max_waiting = max_waiting
        self._waiting: OrderedDict[Hashable, OrderedDict[Hashable, deque[Job]]] = OrderedDict()
        self._running: Counter[Hashable] = Counter()

    def put(self, caller: Caller, job: Job) -> None:
        """Add a job. Raises ``FullError``."""
        people = self._waiting.setdefault(caller.institution, OrderedDict())
        line = people.setdefault(caller.person, deque())
        if len(line) >= self._max_waiting:
            line = people[caller.person] = deque(one for one in line if one.is_wanted())
        if len(line) >= self._max_waiting:
            raise FullError
        line.append(job)

    def take(self) -> tuple[Hashable, Job] | None:
        """The next job whose institution may have one more at work; it counts as at work."""
        free = (i for i in self._waiting if self._running[i] < self._max_running)
        institution = next(free, None)
        if institution is None:
            return None
        people = self._waiting[institution]
        person, line = people.popitem(last=False)
        job = line.popleft()
        if line:
            people[person] = line  # behind the others of the institution
        if people:
            self._waiting.move_to_end(institution)  # behind all others
        else:
            del self._waiting[institution]
        self._running[institution] += 1
        return institution, job

    def done(self, institution: Hashable) -> None:
        """A job of the institution has ended."""
        self._running[institution] -= 1
        if self._running[institution] <= 0:
            del self._running[institution]


class PlainLane:
    """``threads`` threads that do what comes in the order in which it comes."""

    def __init__(self, name: str, threads: int, max_waiting: int) -> None:
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._max_waiting = max_waiting
        for number in range(threads):
            threading.Thread(target=self._work, daemon=True, name=f"{name}-{number + 1}").start()

    def put(self, job: Job) -> None:
        """Have the job done. Raises ``FullError``."""
        if self._jobs.qsize() >= self._max_waiting:
            raise FullError
        self._jobs.put(job)

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            _do(job)
            del job  # no request is kept while the thread waits


class FairLane:
    """``threads`` threads that take turns.

    ``niceness`` is added to the threads' own, and so to that of the threads they start: DuckDB's.
    """

    def __init__(self, name: str, threads: int, queue: FairQueue, niceness: int = 0) -> None:
        self._queue = queue
        self._niceness = niceness
        self._changed = threading.Condition()
        for number in range(threads):
            threading.Thread(target=self._work, daemon=True, name=f"{name}-{number + 1}").start()

    def put(self, caller: Caller, job: Job) -> None:
        """Have the job done when it is the caller's turn. Raises ``FullError``."""
        with self._changed:
            self._queue.put(caller, job)
            self._changed.notify()

    def _work(self) -> None:
        _be_nice(self._niceness)
        while True:
            with self._changed:
                while (turn := self._queue.take()) is None:
                    self._changed.wait()
            institution, job = turn
            try:
                _do(job)
            finally:
                with self._changed:
                    self._queue.done(institution)
                    self._changed.notify()
            del turn, job


def _do(job: Job) -> None:
    try:
        if job.is_wanted():
            job.run()
    except Exception:
        log.exception("A job failed.")


_SWITCH_SECONDS: Final = 0.0005


def share_the_interpreter() -> None:
    """Let a short request pass a long one, which else holds Python for 5 ms at a time."""
    sys.setswitchinterval(_SWITCH_SECONDS)


def _be_nice(niceness: int) -> None:
    """Linux alone has a niceness for each thread; elsewhere it would be the process's."""
    if niceness and sys.platform == "linux":
        with suppress(OSError):
            own = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, own, niceness)
