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
class Patience:
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
        seconds = max(round(self.left, 1), 0.1)  # a refusal tells it to people
        return Limits(seconds=seconds, cancellation=self.cancellation)


@dataclass(eq=False)
class _Flight(Generic[T]):
    landed: threading.Event = field(default_factory=threading.Event)
    outcome: T | None = None
    error: BaseException | None = None


class Flights(Generic[T]):
    """Shares one computation among the threads that want the same.

    A computation that fails fails for all who wait for it: none of them tries again. One that
    was cancelled by its own caller says nothing about theirs: the next of them does it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flying: dict[str, _Flight[T]] = {}

    def share(self, key: str, compute: Callable[[], T], patience: Patience) -> tuple[T, bool]:
        """The outcome, and whether it was another thread's. Raises what ``compute`` raises."""
        while True:
            with self._lock:
                flight = self._flying.get(key)
                if flight is None:
                    mine = self._flying[key] = _Flight()
                    break
            while not flight.landed.wait(min(_LOOK_SECONDS, max(patience.left, 0))):
                patience.check()
            if flight.error is None:
                assert flight.outcome is not None
                return flight.outcome, True
            if not isinstance(flight.error, ReportCancelled):
                raise flight.error
            patience.check()
        return self._fly(key, mine, compute), False

    def _fly(self, key: str, flight: _Flight[T], compute: Callable[[], T]) -> T:
        try:
            flight.outcome = compute()
        except Exception as error:
            flight.error = error
            raise
        except BaseException:
            flight.error = ReportCancelled()  # this thread is being ended, not the question
            raise
        else:
            return flight.outcome
        finally:
            with self._lock:
                del self._flying[key]
            flight.landed.set()
