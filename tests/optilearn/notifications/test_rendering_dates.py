"""Days and times as readers write them: their zone, their language, their clock's changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from optilearn.notifications.rendering.dates import DAYS, MONTHS, STYLES, written

DUE = "2026-10-25T00:30:00Z"


@pytest.mark.parametrize(
    ("value", "style", "zone", "locale", "reads"),
    [
        ("2026-11-30T18:29:00Z", "datetime", "Asia/Kolkata", "en", "30 November 2026, 23:59"),
        ("2026-11-30T18:29:00Z", "datetime", "Asia/Kolkata", "hi", "30 नवंबर 2026, 23:59"),
        ("2026-11-30T18:31:00Z", "date", "Asia/Kolkata", "en", "1 December 2026"),
        ("2026-11-30T18:31:00Z", "full", "Asia/Kolkata", "hi", "मंगलवार, 1 दिसंबर 2026, 00:01"),
        ("2026-11-30T18:31:00+05:30", "time", "Asia/Kathmandu", "en", "18:46"),
        ("2026-11-30T18:31:00", "time", "UTC", "en", "18:31"),
        ("2026-11-16", "datetime", "America/New_York", "en", "16 November 2026"),
        ("2026-11-16", "full", "America/New_York", "hi", "सोमवार, 16 नवंबर 2026"),
        ("2026-11-16", "short", "Pacific/Kiritimati", "en", "16 November"),
        ("2026-11-16", "time", "America/New_York", "en", "16 November 2026"),
        (DUE, "datetime", "Europe/London", "en", "25 October 2026, 01:30"),
        ("2026-10-25T01:30:00Z", "datetime", "Europe/London", "en", "25 October 2026, 01:30"),
        ("2026-03-29T01:00:00Z", "time", "Europe/London", "en", "02:00"),
        ("2026-03-29T00:59:00Z", "time", "Europe/London", "en", "00:59"),
        (datetime(2026, 1, 1, tzinfo=UTC), "weekday", "UTC", "en", "Thursday, 1 January 2026"),
        (date(2026, 1, 1), "date", "UTC", "hi", "1 जनवरी 2026"),
        ("soon", "datetime", "UTC", "en", "soon"),
        (None, "datetime", "UTC", "en", ""),
        (31, "date", "UTC", "en", "31"),
    ],
)
def test_days_and_times(value: Any, style: str, zone: str, locale: str, reads: str) -> None:
    assert written(value, style=style, zone=ZoneInfo(zone), locale=locale) == reads


def test_every_month_and_day_has_a_name() -> None:
    for locale in ("en", "hi"):
        assert len(set(MONTHS[locale])) == 12
        assert len(set(DAYS[locale])) == 7
    assert set(STYLES) == {"datetime", "date", "short", "weekday", "time", "full"}
