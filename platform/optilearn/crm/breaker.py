"""Circuit breaker: an OptiCRM that fails again and again isn't asked for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Final

from optilearn.crm.errors import CrmDown

LONGEST_REST: Final = 300.0
"""Seconds; however long OptiCRM asks us to stay away."""


@dataclass
class _State:
    failures: int = 0
    rests_until: float = 0.0
    probing: bool = False


class Breaker:
    """One state for each institution, in this process; safe for several threads.

    After ``failures`` calls in a row that ended in ``CrmDown`` it opens: calls are refused for
    ``rest_seconds``. Then one call is let through to try; it closes the breaker or opens it
    again. Any answer counts as a success, even one that we can't use: it isn't down.
    """

    def __init__(
        self, failures: int, rest_seconds: float, clock: Callable[[], float] = monotonic
    ) -> None:
        self._limit = failures
        self._rest = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._states: dict[int, _State] = {}

    @contextmanager
    def watching(self, institution_id: int, endpoint: str) -> Iterator[None]:
        """Call OptiCRM in the block. Raises ``CrmDown`` without running it while open."""
        self._enter(institution_id, endpoint)
        try:
            yield
        except CrmDown as error:
            self._failed(institution_id, error.retry_after)
            raise
        except BaseException:
            self._ended(institution_id)
            raise
        self._ended(institution_id)

    def is_open(self, institution_id: int) -> bool:
        """Return True if a call would be refused now."""
        with self._lock:
            state = self._states.get(institution_id)
            return state is not None and self._refuses(state)

    def _refuses(self, state: _State) -> bool:
        return bool(state.rests_until) and (state.probing or self._clock() < state.rests_until)

    def _enter(self, institution_id: int, endpoint: str) -> None:
        with self._lock:
            state = self._states.setdefault(institution_id, _State())
            if self._refuses(state):
                left = max(state.rests_until - self._clock(), 0.0)
                raise CrmDown(endpoint, "it failed a moment ago and isn't asked now", left)
            state.probing = bool(state.rests_until)

    def _failed(self, institution_id: int, retry_after: float | None) -> None:
        with self._lock:
            state = self._states[institution_id]
            state.failures += 1
            state.probing = False
            if state.failures >= self._limit or retry_after is not None:
                rest = self._rest if retry_after is None else min(retry_after, LONGEST_REST)
                state.rests_until = self._clock() + rest

    def _ended(self, institution_id: int) -> None:
        with self._lock:
            self._states[institution_id] = _State()
