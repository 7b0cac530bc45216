"""Answers that cost nothing to work out, and a process of its own that works one out.

python -m tests.optilearn.caching URL KEY    says `computing`, waits for a line, says `done`
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from optilearn.analytics import result_cache
from optilearn.analytics.result_cache import ResultCache
from optilearn.analytics.single_flight import Deadline
from optilearn.core.valkey import Valkey
from reports.contracts import Column, ReportMeta, Result, Scope, ScopeKind, SnapshotInfo

ROOT = Path(__file__).resolve().parents[2]
DAY, MOST = 86_400, 2 * 1024**2


def result(*cells: Any) -> Result:
    """A listing of one column."""
    rows = tuple((cell,) for cell in cells)
    info = SnapshotInfo("s1", datetime(2026, 3, 1, tzinfo=UTC), 1, "UTC")
    scope = Scope(1, ScopeKind.INSTITUTION)
    meta = ReportMeta(len(rows), len(rows), 12.34, False, info, scope, "d1")
    return Result((Column("name", "नाम", "text"),), rows, None, meta)


def deadline(seconds: float = 60) -> Deadline:
    return Deadline(time.perf_counter(), seconds)


class Computing:
    """A computation that tells that it began, and ends when it is let go."""

    def __init__(self, outcome: Result | BaseException, *, at_once: bool = False) -> None:
        self.times = 0
        self.began, self.go_on = threading.Event(), threading.Event()
        self._outcome = outcome
        self._lock = threading.Lock()
        if at_once:
            self.go_on.set()

    def __call__(self) -> Result:
        with self._lock:
            self.times += 1
        self.began.set()
        assert self.go_on.wait(60)
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome


@contextmanager
def other_process(url: str, key: str) -> Iterator[subprocess.Popen[str]]:
    """Another process, working out the answer to ``key``."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    settings = {"PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": "optilearn.config.settings"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.optilearn.caching", url, key],
        env=dict(os.environ) | settings,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "computing\n"
            yield process
        finally:
            process.kill()


def main(url: str, key: str) -> None:
    result_cache.LEASE_MILLISECONDS = 400
    result_cache.RENEW_SECONDS = 0.1

    def compute() -> Result:
        print("computing", flush=True)
        sys.stdin.readline()
        return result("of the other process")

    cache = ResultCache(Valkey(url, 5.0), DAY, MOST)
    cache.answer(key, compute, deadline())
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
