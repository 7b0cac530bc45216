"""Results for the tests of exports: small ones, and one with every value that is hard to write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from reports.contracts import (
    Column,
    Compared,
    Notice,
    ReportMeta,
    Result,
    Scope,
    ScopeKind,
    SnapshotInfo,
    Total,
)

SNAPSHOT = SnapshotInfo("s-7", datetime(2014, 3, 12, 9, 30, tzinfo=UTC), 1, "Asia/Kolkata")
SCOPE = Scope(1, ScopeKind.INSTITUTION)

HARD_COLUMNS = (
    Column("text", "पाठ", "text", None, "text"),
    Column("n", "Whole number", "integer", "students", "number"),
    Column("d", "Exact", "decimal", "EUR", "number"),
    Column("r", "Rate", "float", None, "percent"),
    Column("f", "Float", "float", None, "number"),
    Column("on", "Day", "date", None, "date"),
    Column("at", "Instant", "timestamp", None, "datetime"),
    Column("ok", "Yes or no", "boolean", None, "boolean"),
    Column("kinds", "Kinds", "list", None, "list"),
)
_TEXTS = (
    "क्षत्रिय विद्यार्थी ज्ञानेश्वरी",
    '=HYPERLINK("http://x","click")',
    "'=1+1",
    "-5",
    "@sum",
    "＝1+1",
    "\t=tab",
    'quote"comma,semi;',
    "two\nlines\r\nand\rmore",
    " blanks around ",
    "_x0041_ & <b>&amp;</b> ]]>",
    "bell\x07null\x00escape\x1b",
    "",
    None,
    "😀 🇮🇳 é é",
    "#let x = $y$ *bold* _it_ \\ // @ref",
)
_NUMBERS = (0, 1, -1, 12_345, 10**15 - 1, 10**15, 2**63 - 1, -(2**63), 2**70, -(10**37), None, 7)
_DECIMALS = (
    "0.00",
    "-0.01",
    "0.10",
    "12345678901234567890123456789012345.67",
    "-99999999999999.99",
    "9999999999999.99",
    "100",
    "3.5",
)
_FLOATS = (0.0, 1.0, -2.5, 1e-7, 1e300, 5e-324, 0.1, 1 / 3, 123456789.125, None, -1e16)
_DATES = (
    date(2014, 1, 2),
    date(1066, 10, 14),
    date(1, 1, 1),
    date(9999, 12, 31),
    date(1900, 1, 1),
    date(1900, 2, 28),
    date(1900, 3, 1),
    None,
)
_MOMENTS = (
    datetime(2014, 7, 1, 12, 0, tzinfo=UTC),
    datetime(2014, 1, 1, 23, 59, 59, 123_000, tzinfo=UTC),
    datetime(1066, 10, 14, 1, 2, 3, 500_000, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    None,
    datetime(9999, 12, 30, tzinfo=UTC),
)
_LISTS: tuple[tuple[str, ...] | None, ...] = (("TMA", "CMA"), (), ("=x", "y"), None, ("एक",))


def hard_result() -> Result:
    """Sixteen rows: each kind of value that has broken an export somewhere."""
    rows = tuple(
        (
            text,
            _NUMBERS[i % len(_NUMBERS)],
            Decimal(_DECIMALS[i % len(_DECIMALS)]) if i % 9 else None,
            _FLOATS[i % 9] if i % 5 else None,
            _FLOATS[i % len(_FLOATS)],
            _DATES[i % len(_DATES)],
            _MOMENTS[i % len(_MOMENTS)],
            (True, False, None)[i % 3],
            _LISTS[i % len(_LISTS)],
        )
        for i, text in enumerate(_TEXTS)
    )
    return result_of(HARD_COLUMNS, rows, definition={"mode": "rows"})


def result_of(
    columns: tuple[Column, ...],
    rows: tuple[tuple[Any, ...], ...],
    totals: tuple[Total, ...] | None = None,
    *,
    definition: Mapping[str, Any],
    suppressed: tuple[tuple[int, int], ...] = (),
    compare: Compared | None = None,
    words: tuple[str, ...] = ("Enrollments by category, course.", "Only where status is “A”."),
) -> Result:
    """A result with the usual meta data."""
    meta = ReportMeta(
        row_count=len(rows),
        total_row_count=len(rows),
        ms=1.0,
        truncated=False,
        snapshot=SNAPSHOT,
        scope=SCOPE,
        definition_digest="5f" * 32,
        warnings=(Notice("X", "Mind the gap."),),
    )
    return Result(columns, rows, totals, meta, definition, words, suppressed, compare)


GROUPED_COLUMNS = (
    Column("category", "Category", "text", None, "text"),
    Column("course", "Course", "text", None, "text"),
    Column("n", "Enrollments", "integer", "students", "number"),
    Column("rate", "Completion rate", "float", None, "percent"),
)
GROUPED_ROWS: tuple[tuple[Any, ...], ...] = (
    ("AAA", "AAA-1", 10, 0.5),
    ("AAA", "AAA-2", 20, 0.25),
    ("BBB", "BBB-1", 30, None),
    (None, "X-1", 4, 1.0),
)
SUBTOTALS = (
    Total(0, (None, None, 64, 0.4)),
    Total(1, ("AAA", None, 30, 1 / 3)),
    Total(1, ("BBB", None, 30, None)),
    Total(1, (None, None, 4, 1.0)),
)


def grouped_result(**changes: Any) -> Result:
    """Courses in categories, with subtotals and a grand total."""
    given: dict[str, Any] = {
        "rows": GROUPED_ROWS,
        "totals": SUBTOTALS,
        "definition": {"mode": "categorical", "dimensions": ["category", "course"]},
    }
    given |= changes
    rows, totals = given.pop("rows"), given.pop("totals")
    return result_of(GROUPED_COLUMNS, rows, totals, **given)
