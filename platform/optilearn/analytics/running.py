"""Runs that their callers can stop, by an id that the caller chooses.

A caller who hangs up is noticed (``optilearn.core.http.call``). One behind a proxy that keeps the
connection sends a second request, which may reach another process than the one that works. The
request to stop is therefore put into Valkey, where each process looks ten times a second while it
has such runs. It expires after a minute: a run that hasn't begun by then when its caller stops it
is stopped as it begins.

A run is named by institution, person and id, the first two from the token: nobody can stop, or
learn of, another's. Without Valkey a run can be stopped in its own process only.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Final
from uuid import UUID

from optilearn.analytics.watcher import Watcher
from optilearn.core.access.principal import Principal
from optilearn.core.valkey import Valkey, ValkeyDownError, valkey
from reports.api import Cancellation

_LOOK_SECONDS: Final = 0.1
_RUN_SECONDS: Final = 90
"""Longer than any run: the key of a process that was killed expires by itself."""
_STOP_SECONDS: Final = 60


@dataclass(frozen=True)
class RunName:
    """One person's run."""

    institution_id: int
    person_id: int
    run_id: UUID

    @classmethod
    def of(cls, principal: Principal, run_id: UUID) -> RunName:
        """Return the principal's run of that id."""
        return cls(principal.institution_id, principal.person_id, run_id)

    @property
    def running_key(self) -> str:
        """The key that exists while it is under way."""
        return f"optilearn:run:{self._text}"

    @property
    def stop_key(self) -> str:
        """The key that exists once a stop was requested."""
        return f"optilearn:stop:{self._text}"

    @property
    def _text(self) -> str:
        return f"{self.institution_id}:{self.person_id}:{self.run_id}"


class Runs:
    """The runs of this process, and access to those of the others."""

    def __init__(self, server: Valkey) -> None:
        self._server = server
        self._watcher = Watcher()
        self._lock = threading.Lock()
        self._here: dict[RunName, list[Cancellation]] = {}

    @contextmanager
    def under_way(
        self, name: RunName, cancellation: Cancellation | None = None
    ) -> Iterator[Cancellation]:
        """Yield what stops the run of the block: cancelled from the start if a stop was requested.

        ``cancellation`` is what stops it already, if there is something.
        """
        cancellation = cancellation or Cancellation()

        def look() -> None:
            if self._server.call("EXISTS", name.stop_key):
                cancellation.cancel()

        with self._lock:
            self._here.setdefault(name, []).append(cancellation)
        try:
            with suppress(ValkeyDownError):
                mark_running = ("SET", name.running_key, 1, "EX", _RUN_SECONDS)
                if self._server.together(mark_running, ("EXISTS", name.stop_key))[1]:
                    cancellation.cancel()
            with self._watcher.watching(look, _LOOK_SECONDS):
                yield cancellation
        finally:
            self._ended(name, cancellation)

    def stop(self, name: RunName) -> bool:
        """Stop the run in whichever process it is; return True if one is under way.

        If not, the request is remembered for a minute.
        """
        with self._lock:
            here = list(self._here.get(name, ()))
        for cancellation in here:
            cancellation.cancel()
        with suppress(ValkeyDownError):
            request_stop = ("SET", name.stop_key, 1, "EX", _STOP_SECONDS)
            return bool(
                self._server.together(request_stop, ("EXISTS", name.running_key))[1] or here
            )
        return bool(here)

    def _ended(self, name: RunName, cancellation: Cancellation) -> None:
        with self._lock:
            left = [c for c in self._here[name] if c is not cancellation]
            if left:
                self._here[name] = left
                return
            del self._here[name]
        with suppress(ValkeyDownError):
            self._server.call("DEL", name.running_key, name.stop_key)


def runs() -> Runs:
    """Return those of this process."""
    return _runs(valkey())


@cache
def _runs(server: Valkey) -> Runs:
    return Runs(server)
