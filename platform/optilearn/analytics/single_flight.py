"""One computation at a time for each key within the process; others wait for its outcome."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from reports.api import Cancellation
from reports.contracts import Limits
from reports.errors import ReportCancelled, ReportTimeout

T = TypeVar("T")

_LOOK_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Deadline:
    """The end of a caller's wait: ``seconds`` after ``started``, or when it is cancelled.

    ``started`` is on the clock of ``time.perf_counter``.
    """

    started: float
    seconds: float
    cancellation: Cancellation | None = None

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return self.started + self.seconds - time.perf_counter()

    def check(self) -> None:
        """Raise ReportCancelled or ReportTimeout if the wait is over."""
        if self.cancellation is not None:
            self.cancellation.check()
        if self.left <= 0:
            raise ReportTimeout(self.seconds)

    def limits(self) -> Limits:
        """Return the time that is left, as the limits of a question."""
        self.check()
        seconds = max(round(self.left, 1), 0.1)  # shown in the error message
        return Limits(seconds=seconds, cancellation=self.cancellation)


@dataclass(eq=False)
class _Call(Generic[T]):
    done: threading.Event = field(default_factory=threading.Event)
    outcome: T | None = None
    error: BaseException | None = None


class SingleFlight(Generic[T]):
    """Shares one computation among the threads that ask for the same key.

    A computation that fails, fails for every waiting thread, and is not repeated. If it was
    cancelled by its own caller, the next waiting thread computes it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, _Call[T]] = {}

    def share(self, key: str, compute: Callable[[], T], deadline: Deadline) -> tuple[T, bool]:
        """Return the outcome, and True if another thread computed it. Raises as ``compute``."""
        while True:
            with self._lock:
                call = self._under_way.get(key)
                if call is None:
                    mine = self._under_way[key] = _Call()
                    break
            while not call.done.wait(min(_LOOK_SECONDS, max(deadline.left, 0))):
                deadline.check()
            if call.error is None:
                assert call.outcome is not None
                return call.outcome, True
            if not isinstance(call.error, ReportCancelled):
                raise call.error
            deadline.check()
        return self._compute(key, mine, compute), False

    def _compute(self, key: str, call: _Call[T], compute: Callable[[], T]) -> T:
        try:
            call.outcome = compute()
        except Exception as error:
            call.error = error
            raise
        except BaseException:
            call.error = ReportCancelled()  # this thread is being ended, not the question
            raise
        else:
            return call.outcome
        finally:
            with self._lock:
                del self._under_way[key]
            call.done.set()
