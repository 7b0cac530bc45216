"""A table of numbers in groups behind a catalog file, to be asked for what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from reports.api import Database
from reports.contracts import Limits, Result

Number = int | Decimal | float | None
NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
_CATALOG = """version: 1
timezone: UTC
entities:
  rows:
    table: numbers
    key: [id]
    fields:
      name: {{type: text}}
      value: {{type: "{kind}"}}
"""


@contextmanager
def numbers(kind: str, groups: Mapping[str, Sequence[Number]]) -> Iterator[Database]:
    """The numbers of each group, of a type of catalog files."""
    held = {"integer": "BIGINT", "float": "DOUBLE"}.get(kind, kind.upper())
    rows = [(name, value) for name, values in groups.items() for value in values]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "numbers.duckdb"
        with duckdb.connect(str(file)) as connection:
            connection.execute(f"CREATE TABLE numbers (id BIGINT, name VARCHAR, value {held})")
            for number, (name, value) in enumerate(rows):
                # As text: findings/duckdb-python-decimal-38-places.sh says why.
                exact = f"{value:f}" if isinstance(value, Decimal) else value
                connection.execute("INSERT INTO numbers VALUES (?, ?, ?)", [number, name, exact])
        catalog = Path(folder) / "numbers.yaml"
        catalog.write_text(_CATALOG.format(kind=kind), encoding="utf-8")
        database = Database(catalog, file, NOW)
        try:
            yield database
        finally:
            database.close()


def asked(database: Database, *measures: Any, by: Sequence[Any] = ("name",), **more: Any) -> Result:
    """The answer to measures by group."""
    definition = {
        "version": 1,
        "entity": "rows",
        "mode": "categorical",
        "dimensions": list(by),
        "measures": list(measures),
        **more,
    }
    return database.run(definition, Limits(rows=None))


def of(agg: Any, **more: Any) -> dict[str, Any]:
    """An aggregate of the numbers, by its own name."""
    return {"key": str(agg), "field": "value", "agg": agg, **more}
