"""Asking a catalog file, and comparing with SQL that was written by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from reports.api import Database
from reports.contracts import Limits, Result

HERE = Path(__file__).parent
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
Build = Callable[[duckdb.DuckDBPyConnection], None]


@dataclass(frozen=True)
class Case:
    """A question, and the SQL that answers it: rows in order, totals with their level first."""

    name: str
    asked: Mapping[str, Any]
    sql: str
    totals: str = ""

    def __str__(self) -> str:
        return self.name


def asked(entity: str, *measures: Any, by: Any = (), **rest: Any) -> dict[str, Any]:
    """A definition, categorical, or temporal if it has a ``time``."""
    mode = "temporal" if "time" in rest else "categorical"
    made = {"version": 1, "entity": entity, "mode": mode, **rest}
    if made["mode"] != "rows":
        made |= {"measures": list(measures), "dimensions": list(by)}
    return made


def over(field: str, bucket: str, **more: Any) -> dict[str, Any]:
    """A time axis."""
    return {"field": field, "bucket": bucket, **more}


def is_(field: str, op: str, *value: Any) -> dict[str, Any]:
    """A condition."""
    return {"field": field, "op": op} | ({"value": value[0]} if value else {})


def between(field: str, low: str, high: str) -> dict[str, Any]:
    """A range of dates."""
    return is_(field, "between", [low, high])


class Model:
    """A catalog over a file, and the same data where SQL is asked."""

    def __init__(
        self, database: Database, truth: duckdb.DuckDBPyConnection, files: tuple[Path, Path]
    ) -> None:
        self.database = database
        self.truth = truth
        self.files = files

    @contextmanager
    def database_again(self) -> Iterator[Database]:
        """The same files, opened once more."""
        made = Database(*self.files, NOW)
        try:
            yield made
        finally:
            made.close()

    def run(self, definition: Mapping[str, Any]) -> Result:
        """The engine's answer."""
        return self.database.run(definition, Limits(rows=None))

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Return what the SQL finds."""
        return self.truth.execute(text).fetchall()

    def check(self, case: Case) -> None:
        """The engine says what the SQL says, row by row."""
        result = self.run(case.asked)
        wanted = self.sql(case.sql)
        assert agreed(result.rows, wanted), f"\ngot    {list(result.rows)}\nwanted {wanted}"
        if case.totals:
            found = [(t.level, *t.row) for t in result.totals or ()]
            totals = self.sql(case.totals)
            assert agreed(found, totals), f"\ngot totals {found}\nwanted     {totals}"


def agreed(found: Any, wanted: Any) -> bool:
    """Return True if the rows are the same; of numbers that were divided, nearly so."""
    if len(found) != len(wanted):
        return False
    return all(
        len(one) == len(two) and all(_same(a, b) for a, b in zip(one, two, strict=True))
        for one, two in zip(found, wanted, strict=True)
    )


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, tuple) and isinstance(wanted, list):
        return list(found) == wanted
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, int | float | Decimal) and isinstance(wanted, int | float | Decimal):
        if isinstance(found, int | Decimal) and isinstance(wanted, int | Decimal):
            return found == wanted
        return math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(found, datetime) and isinstance(wanted, datetime):
        return found.replace(tzinfo=None) == wanted.replace(tzinfo=None)
    return bool(found == wanted) and type(found) is type(wanted)


@contextmanager
def opened(folder: Path, name: str, build: Build, flat: str = "") -> Iterator[Model]:
    """The catalog ``name.yaml`` over what ``build`` makes; ``flat``: views for the SQL alone."""
    path = folder / f"{name}.duckdb"
    with duckdb.connect(str(path)) as made:
        build(made)
    truth = duckdb.connect(":memory:")
    truth.execute("SET TimeZone = 'UTC'")
    build(truth)
    truth.execute(flat)
    files = (HERE / f"{name}.yaml", path)
    database = Database(*files, NOW)
    try:
        yield Model(database, truth, files)
    finally:
        database.close()
        truth.close()
