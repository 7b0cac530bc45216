"""The service says at its start where its two books of time zones differ."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.checks import run_checks

from optilearn.analytics import checks
from optilearn.institutions.models import Institution

pytestmark = pytest.mark.django_db


def test_each_zone_is_compared_once_and_differences_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number, zone in enumerate(("Asia/Kolkata", "Europe/London", "Asia/Kolkata")):
        Institution.objects.create(slug=f"z{number}", crm_id=f"z{number}", time_zone=zone)
    asked: list[str] = []

    def differs(zone: str, _now: datetime) -> datetime | None:
        asked.append(zone)
        return datetime(2026, 10, 25, 1) if zone == "Europe/London" else None

    monkeypatch.setattr("reports.api.check_zone", differs)
    found = [m for m in run_checks(databases=["default"]) if m.id == "optilearn.W101"]
    assert sorted(set(asked)) == sorted(asked)
    assert {"Asia/Kolkata", "Europe/London"} <= set(asked)
    assert [m.msg for m in found] == [
        "DuckDB has other rules for Europe/London than tzdata, from 2026-10-25 01:00:00 UTC on."
    ]
    assert not checks.check_zones(databases=None), "without a database nothing is asked"
