"""The home folder after a newcomer's first `make demo`, made once for all test processes."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data" / "oulad_sample"
OULAD = Path(os.environ.get("OULAD_DIR") or SAMPLE)
OPTILEARN = [sys.executable, "-m", "optilearn"]


def environment(home: Path) -> dict[str, str]:
    """What a shell says that knows no servers but those of this folder."""
    given = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_ETL_URL", "REDIS_URL")
    return {k: v for k, v in os.environ.items() if k not in given} | {
        "OPTILEARN_HOME": str(home),
        "OULAD_DIR": str(OULAD),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
    }


@dataclass(frozen=True)
class Demonstration:
    """A home folder with everything that the demonstration loads, and what it said."""

    home: Path
    words: str

    def copy_to(self, home: Path) -> None:
        """With its owners: as root, PostgreSQL's files belong to another user."""
        subprocess.run(["cp", "-a", str(self.home), str(home)], check=True)


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """Made by the process that comes first; it costs more than all that is asked of it."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # which the processes share
    home, words = base / "demonstration", base / "demonstration.txt"
    with (base / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not words.exists():
            shutil.rmtree(home, ignore_errors=True)
            done = subprocess.run(
                [*OPTILEARN, "demo", "--no-serve"],
                env=environment(home), cwd=ROOT, capture_output=True, text=True, check=False,
                timeout=1500,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
            words.write_text(done.stdout)
    return Demonstration(home, words.read_text())
