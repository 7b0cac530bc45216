"""Starting users of the embedded services in processes of their own."""

import json
import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from optilearn.embedded.postgres import Postgres
from optilearn.embedded.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
USER_PROGRAM = Path(__file__).with_name("user.py")


class User:
    """A process that holds the services of a folder."""

    def __init__(self, home: Path, *, python: str = sys.executable, uid: int | None = None) -> None:
        packages = sysconfig.get_path("purelib")
        self.process = subprocess.Popen(
            [python, str(USER_PROGRAM), str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'platform'}:{packages}"},
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
            text=True,
        )

    def urls(self) -> Mapping[str, Any]:
        """Wait until the services are up."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            _, errors = self.process.communicate()
            raise AssertionError(errors)
        found: Mapping[str, Any] = json.loads(line)
        return found

    def leave(self) -> None:
        """Let the program end by itself."""
        self.process.communicate(timeout=60)

    def kill(self) -> None:
        """End it as the kernel does when memory runs out."""
        self.process.kill()
        self.process.communicate(timeout=60)


def server_processes(home: Path) -> list[int]:
    """All server processes of a folder."""
    return [
        *Postgres(home / "postgres").processes(),
        *Valkey(home / "valkey").processes(),
    ]


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)
