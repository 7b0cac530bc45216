"""Parts that are kept running."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from optilearn.embedded import parts
from optilearn.embedded.parts import Part, Supervisor, check_port, parts_of

SLEEP = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@contextmanager
def running(supervisor: Supervisor) -> Iterator[None]:
    """Run it here, in the main thread's stead: it needs that for signals."""
    fails: list[BaseException] = []

    def run() -> None:
        try:
            supervisor.run()
        except BaseException as error:  # noqa: BLE001 - is looked at below
            fails.append(error)

    thread = threading.Thread(target=run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            parts, "signal", SimpleNamespace(**vars(signal) | {"signal": lambda *_: None})
        )
        thread.start()
        try:
            yield
        finally:
            supervisor._is_over = True
            thread.join(60)
    assert not thread.is_alive()
    assert not fails


def supervised(*made: Part) -> tuple[Supervisor, list[tuple[str, str]]]:
    said: list[tuple[str, str]] = []
    return Supervisor(made, os.environ, lambda name, line: said.append((name, line))), said


def pid(part: Part) -> int:
    return part.process.pid if part.process is not None else 0


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_one_that_is_killed_comes_back_and_the_other_never_went(
    monkeypatch: pytest.MonkeyPatch, kind: signal.Signals
) -> None:
    monkeypatch.setattr(parts, "FIRST_PAUSE", 0.05)
    one, other = Part("one", SLEEP, pause=0.05), Part("other", SLEEP)
    supervisor, said = supervised(one, other)
    with running(supervisor):
        until(lambda: said.count(("one", "up")) == 1 and pid(other))
        first, beside = pid(one), pid(other)
        os.kill(first, kind)
        until(lambda: said.count(("one", "up")) == 2)
        assert pid(one) != first
        assert pid(other) == beside
    assert any(name == "one" and kind.name in line and "again" in line for name, line in said)
    for left in (pid(one), beside):
        if left:
            with pytest.raises(ProcessLookupError):
                os.kill(left, 0)


@pytest.fixture(params=["heeded", "ignored"])
def our_signals(request: pytest.FixtureRequest) -> Iterator[None]:
    """Of this process, which its children inherit: a shell's background job ignores SIGINT."""
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {kind: signal.getsignal(kind) for kind in kinds}
    for kind in kinds if request.param == "ignored" else ():
        signal.signal(kind, signal.SIG_IGN)
    yield
    for kind, handler in before.items():
        signal.signal(kind, handler)


@pytest.mark.usefixtures("our_signals")
def test_what_a_part_started_goes_with_it(tmp_path: Path) -> None:
    child = tmp_path / "child"
    code = (
        "import os, subprocess, sys\n"
        f"p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(child)!r}, 'w').write(str(p.pid))\nos._exit(3)"
    )
    supervisor, said = supervised(Part("one", (sys.executable, "-c", code), pause=60.0))
    with running(supervisor):
        until(lambda: any("exit code 3" in line for _, line in said))
        left = int(child.read_text())
        until(lambda: not alive(left))


def alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_pauses_grow_and_begin_anew() -> None:
    part = Part("one", ())
    pauses = [part.next_pause(now=1.0) for _ in range(7)]
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert part.next_pause(now=parts.STABLE_SECONDS) == 1


def test_a_procfile(tmp_path: Path) -> None:
    file = tmp_path / "Procfile"
    file.write_text("# a comment\n\nweb: serve --port $PORT\nbeat:   b -s ${X:-y}\n")
    found = {part.name: part.command for part in parts_of(file)}
    assert found == {
        "web": ("/bin/sh", "-c", "exec serve --port $PORT"),
        "beat": ("/bin/sh", "-c", "exec b -s ${X:-y}"),
    }


def test_a_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)
