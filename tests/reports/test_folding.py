"""Searching text goes by Unicode's canonical caseless matching, in SQL and in Python alike."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from datetime import UTC, date, datetime

import duckdb
import pytest

from reports.engine.calendar import Calendar
from reports.engine.having import passes
from reports.language.folding import folded, folded_sql
from reports.language.report import Having

LETTERS = [chr(c) for c in range(1, 0x20000) if not 0xD800 <= c < 0xE000]
CALENDAR = Calendar(date(2026, 9, 2), "Asia/Kolkata", 1)


def test_two_letters_are_alike_where_unicode_says_so() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    back: dict[str, set[str]] = defaultdict(set)
    for letter in LETTERS:
        fold = unicodedata.normalize("NFD", unicodedata.normalize("NFD", letter).casefold())
        found[fold].add(folded(letter))
        back[folded(letter)].add(fold)
    assert [f for f, alike in found.items() if len(alike) > 1] == []
    assert [f for f, alike in back.items() if len(alike) > 1] == []


def test_sql_folds_as_python_does() -> None:
    texts = [*LETTERS, "Straße", "STRASSE", "Cafe\u0301", "ΌΔΟΣ", "plain ASCII"]
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE texts AS SELECT unnest($texts::VARCHAR[]) AS x", {"texts": texts}
    )
    rows = connection.execute(f"SELECT x, {folded_sql('x')} FROM texts").fetchall()
    assert [x for x, fold in rows if fold != folded(x)] == []


@pytest.mark.parametrize(
    ("op", "value", "is_kept"),
    [
        ("lte", date(2026, 9, 1), True),
        ("gt", date(2026, 9, 1), False),
        ("eq", date(2026, 9, 1), True),
    ],
)
def test_having_takes_a_day_for_the_whole_local_day(op: str, value: date, is_kept: bool) -> None:
    """18:29 UTC is one minute to midnight in Kolkata."""
    having = Having("latest", op, (value,))
    assert passes(having, datetime(2026, 9, 1, 18, 29, tzinfo=UTC), CALENDAR) is is_kept


@pytest.mark.parametrize(
    ("op", "value"),
    [("contains", "strasse"), ("startsWith", "DIE STRASSE"), ("eq", "die Straße é")],
)
def test_having_compares_text_alike(op: str, value: str) -> None:
    assert passes(Having("last", op, (value,)), "die Straße e\u0301", CALENDAR)
