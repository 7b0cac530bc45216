"""Our side of a process in which statements run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import Pipe
from typing import Any, Final

from reports.cancellation import Cancellation
from reports.engine.execute import watched
from reports.errors import (
    Problem,
    ReportInvalid,
    ReportTimeout,
    SnapshotDamaged,
)
from reports.sql.checking import PLACE
from reports.sql.messages import NOTE, Bind, Copying, Failed, Question

WORKER: Final = "reports.sql.worker"
"""The program of a process that answers statements."""
_LARGEST_MESSAGE: Final = 128 * 1024**2


class SqlProcess:
    """A process; used by one thread at a time, but :meth:`kill` may be called by any."""

    def __init__(self, module: str = WORKER) -> None:
        ours, theirs = Pipe()
        # Nothing of ours reaches it: not the environment, not the folder, not an open file.
        with theirs:
            command = [sys.executable, "-I", "-X", "utf8", "-m", module]
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                env={},
                cwd="/",
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._channel = ours
        self.key = ""
        """The views that it serves; empty until it is bound."""
        self.is_waiting = True
        """False while a statement runs, and after one that ended it or wasn't read to its end."""

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """True if it can be asked."""
        return self._process.poll() is None and not self._channel.closed

    def kill(self) -> None:
        """End it, whatever it does. May be called again."""
        self._process.kill()

    def close(self) -> None:
        """End it and leave nothing behind."""
        self._process.kill()
        self._process.wait()
        self._channel.close()

    def bind(self, key: str, bind: Bind, deadline: float) -> None:
        """Give it the views that it serves from now on.

        Raises :class:`~reports.errors.SnapshotDamaged`, and as :meth:`ask` does.
        """
        with self._within(deadline, None):
            self._channel.send_bytes(bind.to_json())
            note = self._note(self._received())
        if "failed" in note:
            raise SnapshotDamaged("a part of the file is unreadable")
        self.key = key

    def ask(
        self, question: Question | Copying, deadline: float, cancellation: Cancellation | None
    ) -> Iterator[dict[str, Any] | bytes]:
        """Yield the columns, then the pieces of the Arrow stream, then the end.

        Raises :class:`~reports.errors.ReportError`: ReportInvalid, ReportTimeout,
        ReportCancelled.
        """
        with self._within(deadline, cancellation):
            self.is_waiting = False
            self._channel.send_bytes(question.to_json())
            while True:
                message = self._received()
                if not message.startswith(NOTE):
                    yield message[1:]
                    continue
                note = self._note(message)
                if "failed" in note:
                    failed = Failed(**note["failed"])
                    self.is_waiting = not failed.is_fatal
                    raise _refusal(failed)
                self.is_waiting = "rows" in note
                yield note
                if self.is_waiting:
                    return

    def _received(self) -> bytes:
        return self._channel.recv_bytes(_LARGEST_MESSAGE)

    @staticmethod
    def _note(message: bytes) -> dict[str, Any]:
        note: dict[str, Any] = json.loads(message[1:])
        return note

    @contextmanager
    def _within(self, deadline: float, cancellation: Cancellation | None) -> Iterator[None]:
        """End the process if the block takes longer, or is cancelled.

        Raises ReportTimeout, ReportCancelled; and ReportInvalid if the process ended by itself.
        """
        seconds = max(deadline - time.perf_counter(), 0.0)
        try:
            with ExitStack() as stack:
                if cancellation is not None:
                    stack.enter_context(cancellation.guarding(self.kill))
                stack.enter_context(watched(seconds, self.kill))
                yield
        except (EOFError, OSError) as error:
            self.kill()
            if cancellation is not None:
                cancellation.check()
            if time.perf_counter() >= deadline:
                raise ReportTimeout(round(seconds, 1)) from error
            raise _refusal(Failed("memory")) from error


def _refusal(failed: Failed) -> ReportInvalid:
    if failed.reason == "invalid":
        return ReportInvalid(Problem(**problem) for problem in failed.problems)
    if failed.reason == "memory":
        message = "The statement needs more memory than one statement may use."
        hint = "Filter to fewer rows, or group by less."
        return ReportInvalid([Problem("SQL_TOO_LARGE", PLACE, message, hint)])
    if failed.reason == "size":
        message = "The result is larger than one result may be."
        hint = "Select fewer columns or rows; a snapshot can be downloaded whole."
        return ReportInvalid([Problem("SQL_TOO_LARGE", PLACE, message, hint)])
    message = "The statement could not be calculated on this data."
    if failed.reason == "failed" and failed.message:
        message = f"{message[:-1]}: {failed.message}"
    return ReportInvalid([Problem("SQL_FAILED", PLACE, message, "See TRY and TRY_CAST.")])
