"""The rows that an alert watches, named in the language of whoever is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import pytest

from dashboards.formats import Formatter
from optilearn.analytics.alerts.readings import Watch, rows_of
from reports.contracts import Column, ReportMeta, Result, Scope, ScopeKind, SnapshotInfo

META = ReportMeta(
    row_count=2,
    total_row_count=2,
    ms=1.0,
    truncated=False,
    snapshot=SnapshotInfo("one", datetime(2026, 1, 1, tzinfo=UTC), 1, "UTC"),
    scope=Scope(1, ScopeKind.INSTITUTION),
    definition_digest="",
)


@pytest.mark.parametrize(
    ("locale", "labels"),
    [("en", ["Active · MATH", "Not given · MATH"]), ("hi", ["सक्रिय · MATH", "अनिर्दिष्ट · MATH"])],
)
def test_codes_are_words(locale: Literal["en", "hi"], labels: list[str]) -> None:
    columns = (
        Column("status", "Status", "text", choices=(("ACTIVE", "Active"),)),
        Column("course.code", "Course code", "text"),
        Column("count", "Enrollments", "integer"),
    )
    definition = {
        "mode": "categorical",
        "dimensions": ["status", "course.code"],
        "measures": [{"key": "count"}],
    }
    rows = (("ACTIVE", "MATH", 2), (None, "MATH", 1))
    result = Result(columns, rows, None, META, definition)
    found = rows_of(result, Watch("count", None, is_overall=False), Formatter(locale))
    assert [one.groups for one in found.readings] == [("ACTIVE", "MATH"), (None, "MATH")]
    assert [one.label for one in found.readings] == labels
