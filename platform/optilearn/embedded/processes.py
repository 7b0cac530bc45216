"""Finding and ending servers that outlived the process which kept them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from optilearn.embedded.errors import EmbeddedError

_TIMEOUT_SECONDS = 10.0


def command_lines() -> Iterator[tuple[int, str]]:
    """Process id and command line of every process there is. Any user may read these."""
    if not sys.platform.startswith("linux"):
        listing = subprocess.run(
            ["ps", "-axo", "pid=,command="], capture_output=True, text=True, check=True
        )
        for line in listing.stdout.splitlines():
            pid, _, command = line.strip().partition(" ")
            yield int(pid), command
        return
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it ended while we looked
                raw = (entry / "cmdline").read_bytes()
                yield int(entry.name), raw.replace(b"\0", b" ").decode("utf-8", "replace")


def marked(program: str, marker: str) -> list[int]:
    """Processes of that program whose command line carries the marker."""
    return [
        pid
        for pid, command in command_lines()
        if marker in command and Path(command.split(" ", 1)[0].rstrip(":")).name == program
    ]


def end_orphans(program: str, marker: str) -> None:
    """End what an earlier supervisor left behind when it was killed.

    Only for a caller that holds the supervisor's lock: nobody else keeps such a server then.
    Raises ``EmbeddedError`` if they belong to a user we can't signal, or won't go.
    """
    for kind in (signal.SIGQUIT, signal.SIGKILL):
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        orphans = marked(program, marker)
        for pid in orphans:
            _send(pid, kind)
        while orphans and time.monotonic() < deadline:
            time.sleep(0.02)
            orphans = marked(program, marker)
        if not orphans:
            return
    raise EmbeddedError(f"A leftover {program} does not end: process {orphans[0]}.")


def _send(pid: int, kind: signal.Signals) -> None:
    try:
        os.kill(pid, kind)
    except ProcessLookupError:
        pass
    except PermissionError:
        raise EmbeddedError(
            f"A server of this folder runs as another user (process {pid}). "
            "Stop it, or choose another folder with OPTILEARN_HOME."
        ) from None


def is_alive(pid: int) -> bool:
    """Return True if a process has this id, whoever owns it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
