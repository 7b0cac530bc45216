"""A small storm; `make chaos` is the large one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.chaos.servers import ROOT

pytestmark = pytest.mark.slow

PEOPLE = int(os.environ.get("CHAOS_PEOPLE", "40"))
EACH = int(os.environ.get("CHAOS_EACH", "10"))


def test_nothing_is_lost_and_nothing_comes_twice() -> None:
    size = ("--people", str(PEOPLE), "--each", str(EACH))
    _weather("tests.chaos", *size, "--asleep", "20")


def test_scheduled_reports_are_sent_once() -> None:
    _weather("tests.chaos.schedules", "--occurrences", "12", "--kills", "4")


def _weather(*words: str) -> None:
    storm = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    print(storm.stdout)
    assert storm.returncode == 0, storm.stdout + storm.stderr[-4_000:]
    assert storm.stdout.rstrip().endswith("kept")
