"""The rows of one small institution, and what a path means for each of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reports.snapshot.schema import TABLES, AttributeDefinition, columns_of
from tests.reports.oracle.calendar import Calendar
from tests.reports.oracle.declared import EXPRESSIONS
from tests.reports.oracle.schema import Path, Schema

Row = Mapping[str, Any]
Value = Callable[[Row], Any]


def composed(value: Any) -> Any:
    """A text as it is shown and compared: the same however its accents are encoded."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


class Data:
    """All rows by entity, found again by their keys."""

    def __init__(
        self,
        schema: Schema,
        calendar: Calendar,
        tables: Mapping[str, Sequence[tuple[Any, ...]]],
        attributes: tuple[AttributeDefinition, ...],
    ) -> None:
        self.schema = schema
        self.calendar = calendar
        names = {t.name: [c.name for c in columns_of(t, attributes)] for t in TABLES}
        self.rows: dict[str, list[Row]] = {}
        self._by_key: dict[str, dict[tuple[Any, ...], Row]] = {}
        for key, shape in schema.shapes.items():
            columns = names[shape.table]
            rows: list[Row] = [
                {name: composed(value) for name, value in zip(columns, row, strict=True)}
                for row in tables[shape.table]
            ]
            self.rows[key] = rows
            self._by_key[key] = {tuple(row[c] for c in shape.id_columns): row for row in rows}
        self._values: dict[Path, Value] = {}

    def parent(self, entity: str, row: Row, hops: tuple[str, ...]) -> Row | None:
        """The row that ``hops`` lead to; None where a reference is NULL or dangles."""
        found: Row | None = row
        for hop in hops:
            if found is None:
                return None
            step = self.schema.shapes[entity].hops[hop]
            found = self._by_key[step.to].get(tuple(found[c] for c in step.columns))
            entity = step.to
        return found

    def value(self, path: Path) -> Value:
        """Return the value of ``path`` in a row of its start."""
        if path not in self._values:
            self._values[path] = self._made(path)
        return self._values[path]

    def _made(self, path: Path) -> Value:
        shape = self.schema.shapes[path.owner]
        expression = EXPRESSIONS.get(f"{path.owner}.{path.field}")
        column = shape.columns[path.field] if path.field in shape.columns else shape.id_columns[0]

        def of(row: Row) -> Any:
            found = self.parent(path.start, row, path.hops)
            if found is None:
                return None
            if expression is None:
                return found[column]
            return expression(self.getter(path.owner, found))

        return of

    def getter(self, entity: str, row: Row) -> Callable[[str], Any]:
        """The values of paths in one row, by their text."""
        return lambda text: self.value(self.schema.path(entity, text))(row)

    def key(self, entity: str, row: Row) -> tuple[Any, ...]:
        """The primary key of a row."""
        return tuple(row[c] for c in self.schema.shapes[entity].id_columns)
