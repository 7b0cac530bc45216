"""Groups are chosen alike by SQL and, where small groups are hidden, after the hiding."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest

from reports.api import Database

CATALOG = """version: 1
timezone: Asia/Kolkata
{least}
terms:
  - {{code: winter, startsOn: 2026-01-10, endsOn: 2026-03-08}}
  - {{code: spring, startsOn: 2026-03-09, endsOn: 2026-06-30}}
entities:
  events:
    table: events
    key: [id]
    time: day
    fields:
      name: {{type: text}}
      person: {{type: integer}}
      day: {{type: date}}
      seenAt: {{type: timestamp}}
      text: {{type: text}}
      value: {{type: "decimal(9,2)"}}
    metrics:
      count: {{agg: count}}
    scope: {{person: person}}
"""
PEOPLE = 6
TODAY = datetime(2026, 3, 15, 6, tzinfo=UTC)
"""A Sunday in the second term."""
BACK = (0, 0, 0, 1, 6, 7, 8, 14, 15, 31, 45, 60, 74, 90, 400, -1, -3, -17, -200)
"""The days before today of each group's latest day."""
TEXTS = ("Straße", "strasse", "E\u0301mile", "Émile", "", None, "50%")
Pair = tuple[Database, Database]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The same rows: chosen by SQL, and by what is left after hiding (nothing is hidden here)."""
    folder = tmp_path_factory.mktemp("having")
    with duckdb.connect(str(folder / "events.duckdb")) as made:
        made.execute(
            "CREATE TABLE events (id BIGINT, name VARCHAR, person BIGINT, day DATE, "
            "seenAt TIMESTAMP, text VARCHAR, value DECIMAL(9,2))"
        )
        for group, back in enumerate(BACK):
            moment = datetime(2026, 3, 14, 18, 30) - timedelta(days=back)  # midnight in Kolkata
            moment += timedelta(seconds=group % 3 - 1)
            day = (moment + timedelta(hours=5, minutes=30)).date()
            value = None if group == 6 else group * 1.25 - 5
            for n in range(PEOPLE):
                values = [group * 10 + n, f"g{group:02d}", n, day, moment, TEXTS[group % 7], value]
                made.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    opened = []
    for name, least in (("plain", ""), ("hidden", "minGroupSize: 2")):
        catalog = folder / f"{name}.yaml"
        catalog.write_text(CATALOG.format(least=least), encoding="utf-8")
        opened.append(Database(catalog, folder / "events.duckdb", TODAY))
    yield opened[0], opened[1]
    for database in opened:
        database.close()


def chosen(both: Pair, field: str, op: str, value: Any = None) -> list[str]:
    """The names of the groups that are left, which must be the same both ways."""
    having: dict[str, Any] = {"measure": "m", "op": op} | (
        {} if value is None else {"value": value}
    )
    definition = {
        "version": 1,
        "entity": "events",
        "mode": "categorical",
        "dimensions": ["name"],
        "measures": ["count", {"key": "m", "field": field, "agg": "max"}],
        "having": [having],
    }
    plain, hidden = (database.run(definition) for database in both)
    assert not hidden.suppressed
    assert hidden.rows == plain.rows, (field, op, value)
    return [str(row[0]) for row in plain.rows]


RELATIVE = [
    *(("inLast", {"n": n, "unit": u}) for n in (1, 2) for u in ("day", "week", "month", "term")),
    *(("inNext", {"n": n, "unit": u}) for n in (1, 2) for u in ("day", "week", "month", "term")),
    *(("olderThan", {"n": 1, "unit": u}) for u in ("day", "week", "month", "term")),
    *(
        (op, {"unit": u})
        for op in ("inCurrent", "inPrevious")
        for u in ("day", "week", "month", "quarter", "year", "term")
    ),
]


@pytest.mark.parametrize("field", ["day", "seenAt"])
@pytest.mark.parametrize(("op", "value"), RELATIVE)
def test_relative_operators(both: Pair, field: str, op: str, value: dict[str, Any]) -> None:
    assert 0 < len(chosen(both, field, op, value)) < len(BACK)


@pytest.mark.parametrize(
    ("field", "op", "value", "count"),
    [
        ("day", "between", ["2026-03-08", "2026-03-15"], None),
        ("day", "between", ["2026-03-15", "2026-03-08"], 0),
        ("seenAt", "between", ["2026-03-07", "2026-03-15"], None),
        ("seenAt", "between", ["2026-03-14T18:30:00Z", "2026-03-16"], None),
        ("seenAt", "between", ["2026-03-15T00:00:00", "2026-03-15T00:00:01"], None),
        ("seenAt", "eq", "2026-03-14", None),
        ("seenAt", "ne", "2026-03-14", None),
        ("seenAt", "in", ["2026-03-14", "2026-03-08T18:30:00Z"], None),
        ("seenAt", "notIn", ["2026-03-14", "2026-03-08"], None),
        ("seenAt", "lte", "2026-03-08", None),
        ("seenAt", "gt", "2026-03-08", None),
        ("seenAt", "lt", "2026-03-08T00:00:00", None),
        ("seenAt", "gte", "2026-03-14T18:30:00Z", None),
        ("value", "between", [-3.75, 0], 4),
        ("value", "between", [0, -3.75], 0),
        ("value", "ne", 0, 18),
        ("value", "notIn", [0, 1.25], 17),
        ("value", "isNull", None, 1),
        ("text", "contains", "STRASSE", 6),
        ("text", "notContains", "strasse", 13),
        ("text", "startsWith", "e\u0301MILE", 6),
        ("text", "endsWith", "%", 2),
        ("text", "eq", "E\u0301mile", 6),
        ("text", "in", ["Émile", ""], None),
        ("text", "isEmpty", None, 5),
        ("text", "isNotEmpty", None, 14),
    ],
)
def test_constants(both: Pair, field: str, op: str, value: Any, count: int | None) -> None:
    found = chosen(both, field, op, value)
    assert len(found) == count if count is not None else 0 < len(found) < len(BACK)
