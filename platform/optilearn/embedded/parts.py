"""Keeping the parts of the product running side by side, as ``optilearn up`` and `make demo` do.

A part that ends, however that came, is started again by itself, after a moment that grows while it
keeps ending; the others go on. What a part says is shown with its name before it.
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Final

from optilearn.embedded.identity import Identity, become

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
STABLE_SECONDS: Final = 60.0
"""A part that ran so long begins anew with the first pause."""
STOP_SECONDS: Final = 20.0
_TURN_SECONDS: Final = 0.2
_LINE: Final = re.compile(r"([A-Za-z0-9_-]+):\s*(\S.*)")


@dataclass(eq=False)
class Part:
    """One program, and what became of it. Times are of ``time.monotonic``."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    pause: float = FIRST_PAUSE
    unfinished: bytes = b""

    def next_pause(self, now: float) -> float:
        """Return the seconds to wait before it is restarted."""
        if now - self.started >= STABLE_SECONDS:
            self.pause = FIRST_PAUSE
        pause, self.pause = self.pause, min(2 * self.pause, LONGEST_PAUSE)
        return pause


def parts_of(procfile: Path) -> list[Part]:
    """The lines ``name: command`` of a Procfile; the commands are a shell's."""
    lines = procfile.read_text(encoding="utf-8").splitlines()
    # exec: our signals, and its end, are the program's own.
    return [
        Part(match[1], ("/bin/sh", "-c", f"exec {match[2]}"))
        for line in lines
        if (match := _LINE.fullmatch(line.strip()))
    ]


def check_port(host: str, port: int) -> None:
    """Raise ``OSError`` if somebody listens at the port: theirs would be the pages people see."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


@dataclass
class Supervisor:
    """Runs parts until a signal.

    ``log`` gets each line, with the part's name; ``environment`` is theirs.
    """

    parts: Sequence[Part]
    environment: Mapping[str, str]
    log: Callable[[str, str], None] = field(
        default=lambda name, line: print(f"{name:<8} | {line}", flush=True)
    )
    _is_over: bool = False

    def run(self) -> None:
        """Start them all, and whichever ends again; return when all have ended by our doing."""
        kinds = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        before = {kind: signal.signal(kind, self._stop) for kind in kinds}
        with selectors.DefaultSelector() as selector:
            try:
                while not self._is_over:
                    self._start_due(selector)
                    self._listen(selector)
                    self._see_to_ended(selector)
            finally:
                self._end_all(selector)
                for kind, handler in before.items():
                    signal.signal(kind, handler)

    def _stop(self, _kind: int, _frame: FrameType | None) -> None:
        self._is_over = True

    def _start_due(self, selector: selectors.BaseSelector) -> None:
        now = time.monotonic()
        for part in self.parts:
            if part.process is not None or part.due > now:
                continue
            part.process = subprocess.Popen(
                list(part.command),
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the terminal's Ctrl-C is for us; we tell them
                preexec_fn=become(Identity.own_user(), signal.SIGTERM),  # noqa: PLW1509
            )
            part.started = now
            assert part.process.stdout is not None
            os.set_blocking(part.process.stdout.fileno(), False)
            selector.register(part.process.stdout, selectors.EVENT_READ, part)

    def _listen(self, selector: selectors.BaseSelector, seconds: float = _TURN_SECONDS) -> None:
        if not selector.get_map():
            time.sleep(seconds)
            return
        for key, _ in selector.select(seconds):
            part: Part = key.data
            try:
                output = os.read(key.fd, 65536)
            except BlockingIOError:
                continue
            if not output:
                self._stop_listening(selector, key.fileobj)  # type: ignore[arg-type]
                continue
            *lines, part.unfinished = (part.unfinished + output).split(b"\n")
            for line in lines:
                self.log(part.name, line.decode(errors="replace"))

    def _stop_listening(self, selector: selectors.BaseSelector, pipe: IO[bytes]) -> None:
        with suppress(KeyError):
            selector.unregister(pipe)
        pipe.close()

    def _see_to_ended(self, selector: selectors.BaseSelector) -> None:
        for part in self.parts:
            if part.process is None or part.process.poll() is None:
                continue
            now, code = time.monotonic(), part.process.returncode
            pause = part.next_pause(now)
            self.log(part.name, f"ended ({_how(code)}); it is started again in {pause:g} s")
            self._forget(part, selector)
            part.due = now + pause

    def _forget(self, part: Part, selector: selectors.BaseSelector) -> None:
        """Forget an ended part and end the processes it started."""
        assert part.process is not None
        _signal_group(part.process.pid, signal.SIGTERM)
        if part.process.stdout is not None and not part.process.stdout.closed:
            self._stop_listening(selector, part.process.stdout)
        part.process, part.unfinished = None, b""

    def _end_all(self, selector: selectors.BaseSelector) -> None:
        running = [p.process for p in self.parts if p.process is not None]
        for process in running:
            process.terminate()
        end = time.monotonic() + STOP_SECONDS
        while any(p.poll() is None for p in running) and time.monotonic() < end:
            self._listen(selector)
        for part in self.parts:
            if part.process is None:
                continue
            if part.process.poll() is None:
                self.log(part.name, "did not end when it was output to; killed")
                _signal_group(part.process.pid, signal.SIGKILL)
            part.process.wait()
            self._forget(part, selector)


def _signal_group(leader: int, kind: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, kind)


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def python(*module: str) -> tuple[str, ...]:
    """The command of a Python module as a program."""
    return (sys.executable, "-m", *module)
