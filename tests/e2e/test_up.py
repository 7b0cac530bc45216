"""`optilearn up` goes on when one of its parts is killed, and is no second server."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import ROOT, Demonstration, environment

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 600
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/health", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def test_a_killed_part_comes_back(tmp_path: Path, demonstration: Demonstration) -> None:
    demonstration.copy_to(tmp_path / "home")
    (tmp_path / "Procfile").write_text(
        "web: sh -c 'echo pid $$; exec optilearn serve --port $PORT --workers 1'\n"
        "worker: sh -c 'echo pid $$; exec celery -A worker.app worker --loglevel ERROR'\n"
    )
    shutil.copyfile(ROOT / "dagster.yaml", tmp_path / "dagster.yaml")
    port = free_port()
    ports = {"PORT": str(port), "DAGSTER_PORT": str(free_port())}
    env = environment(tmp_path / "home") | ports
    command = [sys.executable, "-m", "optilearn", "up"]
    said = tmp_path / "said"
    with said.open("wb") as log:
        up = subprocess.Popen(command, env=env, cwd=tmp_path, stdout=log, stderr=log)
    pids: dict[str, list[int]] = {}

    def listen() -> dict[str, list[int]]:
        pids.clear()
        for name, pid in re.findall(r"(\w+) +\| pid (\d+)", said.read_text()):
            pids.setdefault(name, []).append(int(pid))
        return pids

    try:
        until(lambda: answers(port) and {"web", "worker"} <= listen().keys())
        for name in ("web", "worker"):
            before = len(listen()[name])
            os.kill(pids[name][-1], signal.SIGKILL)
            until(lambda: len(listen()[name]) > before)  # noqa: B023
            until(lambda: answers(port))
        assert said.read_text().count("SIGKILL); it is started again") == 2
        assert up.poll() is None

        again = subprocess.run(
            command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert again.returncode != 0
        assert f"Port {port} can't be used" in again.stderr
    finally:
        up.terminate()
        assert up.wait(300) == 0
    assert not answers(port)
    for pid in (pid for made in pids.values() for pid in made):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
