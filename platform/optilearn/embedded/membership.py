"""One process's share in one server: joining, waiting for it, leaving."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from optilearn.embedded.errors import EmbeddedError
from optilearn.embedded.locks import (
    START,
    SUPERVISOR,
    USERS,
    is_held,
    open_lock,
    release,
    try_lock,
    wait_lock,
)
from optilearn.embedded.server import Server

_WAIT_SECONDS = 300.0
_POLL_SECONDS = 0.005
_IMPORT_FOLDER = Path(__file__).resolve().parents[2]


class Membership:
    """Keeps a server running from ``join`` to ``leave``, or to the end of the process."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._start_lock: int | None = None
        self._users_lock: int | None = None
        self._spawned: int | None = None

    def join(self) -> None:
        """Become a user; start a supervisor if there is none. Follow with the other two."""
        self.server.folder.mkdir(parents=True, exist_ok=True)
        self._start_lock = open_lock(self.server.folder / START)
        wait_lock(
            self._start_lock,
            shared=False,
            seconds=_WAIT_SECONDS,
            what=f"another command that starts {self.server.name}",
        )
        self._users_lock = open_lock(self.server.folder / USERS)
        wait_lock(
            self._users_lock,
            shared=True,
            seconds=_WAIT_SECONDS,
            what=f"{self.server.name} to stop for the command before",
        )
        if not is_held(self.server.folder / SUPERVISOR):
            self.server.create_secrets()
            self.server.withdraw()
            self.server.trim_log()
            self._spawned = self._spawn()

    def _spawn(self) -> int:
        arguments = [sys.executable, "-m", "optilearn.embedded.supervisor"]
        arguments += [self.server.name, str(self.server.folder)]
        if not self.server.durable:
            arguments.append("--throwaway")
        # The supervisor must find this package however we found it.
        path = [str(_IMPORT_FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(path)}
        environment.pop("PYTHONWARNINGS", None)
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        # Not a Popen object: nobody waits for the supervisor in the ordinary course of things.
        return os.posix_spawn(
            sys.executable,
            arguments,
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self.server.log), append, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
        )

    def wait_until_ready(self) -> Mapping[str, Any]:
        """The server's published address."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            state = self.server.state()
            if state is not None:
                return state
            if self._spawned is not None and self._has_ended():
                raise EmbeddedError(
                    f"{self.server.name} did not start. The end of {self.server.log}:\n"
                    f"{self.server.last_words()}"
                )
            time.sleep(_POLL_SECONDS)
        raise EmbeddedError(f"{self.server.name} was not ready after {_WAIT_SECONDS:.0f} s.")

    def let_others_start(self) -> None:
        """Let the next command start."""
        if self._start_lock is not None:
            release(self._start_lock)
            self._start_lock = None

    def leave(self) -> None:
        """Stop being a user. If we were the last, return when the server has stopped."""
        self.let_others_start()
        if self._users_lock is None:
            return
        release(self._users_lock)
        self._users_lock = None
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline and not self._is_over():
            time.sleep(_POLL_SECONDS)

    def _is_over(self) -> bool:
        """Return True if there is nothing to wait for: it stopped, or another command uses it."""
        if self._spawned is not None and self._has_ended():
            return True
        if not is_held(self.server.folder / SUPERVISOR):
            return self._spawned is None or self._has_ended()
        probe = open_lock(self.server.folder / USERS)
        try:
            nobody_else = try_lock(probe, shared=False)
        finally:
            release(probe)
        # A supervisor that stops holds the users' lock, too, but has withdrawn the address.
        return not nobody_else and self._users_remain()

    def _users_remain(self) -> bool:
        if self.server.state() is None:
            return False
        time.sleep(4 * _POLL_SECONDS)
        return self.server.state() is not None

    def _has_ended(self) -> bool:
        if self._spawned is None:
            return True
        with suppress(ChildProcessError):
            pid, _ = os.waitpid(self._spawned, os.WNOHANG)
            return pid != 0
        return True  # somebody else collected it
