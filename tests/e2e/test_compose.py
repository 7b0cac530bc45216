"""compose.yaml's commands, one process each; see the script for what is gone through."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def test_from_sign_in_to_a_snapshot_and_a_mail() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "check_compose.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
