"""A service that is down, and a defect, while scheduled reports run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from optilearn.analytics.schedules import running
from optilearn.files.stores import store
from optilearn.files.stores.base import ObjectExistsError, StoreDownError
from tests.optilearn.schedules.support import MONDAY, run_at, scheduled, sent
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


@pytest.mark.parametrize("verb", ["put", "read"])
def test_while_the_store_is_down_it_waits(
    twins: Twins, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    north, _ = twins
    scheduled(north, "asha", attaches=False)

    def down(*_: Any) -> Any:
        raise StoreDownError

    with monkeypatch.context() as patched:
        patched.setattr(store(), verb, down)
        if verb == "read":  # of a mark that is there
            patched.setattr(store(), "put", exists)
        (run,) = run_at(north, MONDAY)
        assert (run.status, run.reason, sent(north)) == ("WAITING", "SERVICE_DOWN", [])
    (run,) = run_at(north, MONDAY + timedelta(minutes=2))
    assert (run.status, len(sent(north))) == ("DONE", 1)


def exists(upload: Any, source: Any) -> Any:
    if "/marks/" in upload.key:
        raise ObjectExistsError
    return type(store()).put(store(), upload, source)


def test_a_defect_that_one_report_meets_stops_no_other(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, _ = twins
    first, _second = scheduled(north, "asha"), scheduled(north, "tom")
    real = running.make_files

    def broken(work: Any, people: Any) -> Any:
        if work.schedule.pk == first.pk:
            raise ZeroDivisionError
        return real(work, people)

    monkeypatch.setattr(running, "make_files", broken)
    moment, ends = MONDAY, []
    for minutes in (0, 2, 6, 20, 70, 130):
        moment += timedelta(minutes=minutes)
        runs = run_at(north, moment)
        ends.append((runs[0].status, runs[0].reason))
    assert ends == [("WAITING", "INTERNAL_ERROR")] * 5 + [("FAILED", "INTERNAL_ERROR")]
    assert [m["to"] for m in sent(north)] == [[north.people["tom"].pk]]
    assert len(sent(north, "ADMIN_SCHEDULE_PROBLEM")) == 1
