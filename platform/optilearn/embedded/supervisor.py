"""The process that keeps one server running while anybody uses it.

    python -m optilearn.embedded.supervisor KIND FOLDER [--throwaway]

It starts the server as its child, starts it again if it is killed, and stops it when the last
user's lock is gone. If it is killed itself, the kernel stops the server with it. It has no thread,
so that it may prepare its children between fork and exec.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from optilearn.embedded.errors import EmbeddedError
from optilearn.embedded.locks import SUPERVISOR, USERS, open_lock, release, try_lock
from optilearn.embedded.postgres import Postgres
from optilearn.embedded.server import Server
from optilearn.embedded.valkey import Valkey

KINDS: dict[str, type[Server]] = {"postgres": Postgres, "valkey": Valkey}

_STARTS = 5
_POLL_SECONDS = 0.05
_READY_POLL_SECONDS = 0.01
_READY_SECONDS = 300.0  # recovery after a kill -9 in the middle of a bulk load takes its time
_STOP_SECONDS = 120.0
_STEADY_SECONDS = 60.0
_RETRY_SECONDS = 0.1


class _Stopped(Exception):  # noqa: N818 - nothing went wrong
    """The last user has gone, or we were told to stop."""


class Supervisor:
    """Keeps one server; lives as long as ``run``."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._users = open_lock(server.folder / USERS)
        self._child: subprocess.Popen[bytes] | None = None
        self._stop_requested = False
        for kind in (signal.SIGTERM, signal.SIGINT):
            signal.signal(kind, self._note_signal)

    def _note_signal(self, _signal: int, _frame: FrameType | None) -> None:
        self._stop_requested = True

    def run(self) -> None:
        """Serve until the last user has gone.

        Raises ``EmbeddedError`` if the server can't be started, or dies again and again.
        """
        failures = 0
        try:
            while failures < _STARTS:
                started = time.monotonic()
                self.server.repair()
                if self._start():
                    self.server.publish(os.getpid())
                    self._watch()
                steady = time.monotonic() - started > _STEADY_SECONDS
                failures = 0 if steady else failures + 1
                self._pause(_RETRY_SECONDS * failures)
        except _Stopped:
            return
        finally:
            self.server.withdraw()
            self._stop()
            self.server.clean_up()
        raise EmbeddedError(f"The server ended {_STARTS} times in a row.")

    def _start(self) -> bool:
        """Start the server and wait until it is ready; False if it ended instead."""
        launch = self.server.launch()
        self._child = subprocess.Popen(
            launch.arguments,
            env=launch.environment,
            cwd=self.server.folder,
            stdin=subprocess.DEVNULL,
            preexec_fn=launch.prepare_child,  # noqa: PLW1509 - there is no thread here
            start_new_session=True,
        )
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if self._child.poll() is not None:
                return False
            if self.server.is_ready(self._child.pid):
                return True
            self._pause(_READY_POLL_SECONDS)
        raise EmbeddedError(f"The server was not ready after {_READY_SECONDS:.0f} s.")

    def _watch(self) -> None:
        """Return when the server has ended; raise ``_Stopped`` when it is no longer needed."""
        while self._child is not None and self._child.poll() is None:
            self._pause(_POLL_SECONDS)

    def _pause(self, seconds: float) -> None:
        """Sleep; raise ``_Stopped`` if the last user has gone meanwhile."""
        time.sleep(seconds)
        # Once we have the users' lock we keep it: newcomers wait until we are gone.
        if self._stop_requested or try_lock(self._users, shared=False):
            raise _Stopped

    def _stop(self) -> None:
        child = self._child
        if child is None:
            return
        for kind in (self.server.stop_signal, signal.SIGQUIT, signal.SIGKILL):
            if child.poll() is None:
                child.send_signal(kind)
                try:
                    child.wait(_STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    continue


def main(arguments: list[str]) -> int:
    """Run one supervisor; a second one for the same folder leaves at once."""
    kind, folder, *flags = arguments
    server = KINDS[kind](Path(folder), durable="--throwaway" not in flags)
    with suppress(PermissionError):  # we are a leader already
        os.setsid()  # the terminal's Ctrl-C is for the command; the servers stop after it
    alone = open_lock(server.folder / SUPERVISOR)
    if not try_lock(alone, shared=False):
        sys.stderr.write("Another supervisor has this folder.\n")
        return 1
    try:
        Supervisor(server).run()
    except (EmbeddedError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except subprocess.SubprocessError:
        sys.stderr.write("This machine doesn't let us change to an unprivileged user.\n")
        return 1
    finally:
        release(alone)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
