"""The cost of one school's heavy questions to another: 20 of them at once, always."""

from __future__ import annotations

import itertools
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.api.load import Caller, request
from benchmarks.loading import load
from benchmarks.report import Line
from benchmarks.world import SLUG, World
from tests.support.database import ROOT
from tests.support.server import serving
from tests.support.snapshots import take_snapshots

OTHER = "the-other"
CALLERS = 20
SECONDS = 8.0
_RUN = "/api/v1/analytics/reports/run"
_numbers = itertools.count()

Ask = Callable[[], bytes]


def measure(world: World) -> Iterator[Line]:
    load(ROOT / "data" / "oulad_sample", OTHER)
    take_snapshots(world.database, world.folder / "snapshots")
    home = world.folder / "fairness"
    settings = {"SNAPSHOT_URL": (world.folder / "snapshots").as_uri(), "REPORT_CACHE_SECONDS": "0"}
    heavy, other = _token(SLUG), _token(OTHER)
    asks: dict[str, Ask] = {
        "session": lambda: request("GET", "/api/v1/session", other),
        "course list": lambda: request("GET", "/api/v1/courses?perPage=20", other),
        "a light report": lambda: _report(other, _light()),
        "a heavy report": lambda: _report(other, _heavy()),
    }
    with serving(world.database, home, settings) as port:
        _times(port, lambda: _report(heavy, _heavy()), 1.0)
        idle = {name: _times(port, ask) for name, ask in asks.items()}
        with _busy(port, lambda: _report(heavy, _heavy())):
            busy = {name: _times(port, ask) for name, ask in asks.items()}
    for name in ("session", "course list", "a light report"):
        found, floor = _p95(busy[name]), _p95(idle[name])
        yield Line(f"{name}, p95: beside {CALLERS} heavy reports over idle", found, floor, 3)
    # Of two schools that ask, each gets half of the machine.
    found, floor = (statistics.median(times["a heavy report"]) for times in (busy, idle))
    yield Line("a heavy report of the other, likewise, median", found, floor, 3)


def _heavy() -> dict[str, Any]:
    """Nothing like it was asked before, and there is much to search through."""
    marks = [f"x{next(_numbers)}" for _ in range(15)]
    return _light() | {
        "filters": [{"field": "kind", "op": "contains", "value": mark} for mark in marks],
        "filterLogic": " OR ".join(str(n + 1) for n in range(len(marks))),
    }


def _light() -> dict[str, Any]:
    return {
        "version": 1,
        "entity": "activity",
        "mode": "categorical",
        "measures": ["activity.events"],
        "filters": [{"field": "kind", "op": "ne", "value": f"x{next(_numbers)}"}],
    }


def _report(token: str, definition: dict[str, Any]) -> bytes:
    return request("POST", _RUN, token, json.dumps({"definition": definition}).encode())


def _token(slug: str) -> str:
    from django.conf import settings

    from optilearn.core.access.roles import Role
    from optilearn.core.access.tokens import encode
    from optilearn.institutions.selectors import institution_by_slug
    from optilearn.people.selectors import principal_by_code, session_claims

    institution = institution_by_slug(slug)
    assert institution is not None
    claims = session_claims(principal_by_code(institution, Role.ADMIN, None), institution)
    return encode(claims, secret=settings.AUTH_SECRETS[0], cookie_name=settings.AUTH_COOKIE)


def _times(port: int, ask: Ask, seconds: float = SECONDS) -> list[float]:
    """Return the time of each request, one after the other."""
    caller = Caller(port)
    times: list[float] = []
    until = time.perf_counter() + seconds
    try:
        while time.perf_counter() < until:
            message = ask()
            started = time.perf_counter()
            caller.call(message)
            times.append(time.perf_counter() - started)
    finally:
        caller.close()
    return times


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


@contextmanager
def _busy(port: int, ask: Ask) -> Iterator[None]:
    """``CALLERS`` ask it all the time, and a caller who is refused or waits too long asks again."""
    over = threading.Event()

    def run() -> None:
        while not over.is_set():
            caller = Caller(port)
            try:
                while not over.is_set():
                    caller.call(ask())
            except (RuntimeError, OSError):
                continue
            finally:
                caller.close()

    threads = [threading.Thread(target=run) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(2)
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
