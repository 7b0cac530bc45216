"""The parts of a result: groups, measures, and which of them may be added up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any

from dashboards.formats import BINS, Number, number_of
from reports.api import product_catalog
from reports.contracts import Cell, Column, Result

_NUMBERS = frozenset({"integer", "decimal", "float"})
_NO_PARTS = ("calc", "ratio", "formula", "trailing", "toDate", "semiAdditive")
"""The makings of a measure whose values overlap or can't be added."""
_ADDITIVE_AGGREGATES = frozenset({"count", "sum"})


@dataclass(frozen=True)
class Shape:
    """A result, taken apart. Groups and measures are numbers of columns."""

    result: Result
    mode: str
    groups: tuple[int, ...]
    measures: tuple[int, ...]
    """The columns that hold numbers (of a report of rows: its numeric columns)."""
    bucket: str | None
    """The kind of bucket of the first group, if it is a time."""

    @classmethod
    def of(cls, result: Result) -> Shape:
        """The shape of a result, by its definition."""
        form = result.definition
        mode = str(form.get("mode", "categorical"))
        time = form.get("time") if mode == "temporal" else None
        count = 0 if mode == "rows" else len(form.get("dimensions") or ()) + bool(time)
        numbers = [
            index
            for index, column in enumerate(result.columns)
            if index >= count and column.type in _NUMBERS
        ]
        bucket = str(time["bucket"]) if time else None
        return cls(result, mode, tuple(range(count)), tuple(numbers), bucket)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The result's columns."""
        return self.result.columns

    @cached_property
    def withheld(self) -> frozenset[tuple[int, int]]:
        """Cells that were suppressed because they are about too few people."""
        return frozenset((row, column) for row, column in self.result.suppressed)

    def cell(self, row: int, column: int) -> Cell:
        """A cell; None where it is suppressed."""
        return None if (row, column) in self.withheld else self.result.rows[row][column]

    def number(self, row: int, column: int) -> Number | None:
        """A cell as a number to draw."""
        return number_of(self.cell(row, column))

    def values(self, column: int) -> tuple[Cell, ...]:
        """A column, without what is suppressed."""
        return tuple(self.cell(row, column) for row in range(len(self.result.rows)))

    def kind(self, group: int) -> str | None:
        """Return the kind of a group: its bucket, :data:`~dashboards.formats.BINS`, or None."""
        if self.bucket is not None and group == 0:
            return self.bucket
        dimensions = self.result.definition.get("dimensions") or ()
        index = group - (self.bucket is not None)
        entry = dimensions[index] if 0 <= index < len(dimensions) else None
        return BINS if isinstance(entry, Mapping) and entry.get("bins") else None

    @property
    def is_calendar(self) -> bool:
        """True if the first group is a time that goes on and on: dates or instants."""
        return bool(self.bucket) and self.columns[0].type in {"date", "timestamp"}

    @property
    def runs_on(self) -> bool:
        """True if the first group is a time that leads from a beginning to an end."""
        return self.is_calendar or self.bucket in {"term", "weekOfTerm", "academicYear"}

    @property
    def is_ordered(self) -> bool:
        """True if the first group has an order of its own: a time, a number, bins."""
        if not self.groups:
            return False
        return (
            self.bucket is not None
            or self.kind(0) == BINS
            or self.columns[0].type in _NUMBERS | {"date", "timestamp"}
        )

    @property
    def is_compared(self) -> bool:
        """True if there is an earlier value beside each."""
        found = self.result.compare
        return found is not None and len(found.rows) == len(self.result.rows)

    def before(self, row: int, column: int) -> Cell:
        """The compared cell; None where the current one is suppressed, and before the first value.

        A count of no rows is 0, and so it stands in tables. A chart can't tell it from a school
        that had no records yet, so it begins with the first value there was.
        """
        if self.result.compare is None or (row, column) in self.withheld:
            return None
        if column >= len(self.groups) and row in self.rows_before_the_first:
            return None
        return self.result.compare.rows[row][column]

    @cached_property
    def first_before(self) -> Cell:
        """The earlier bucket that has the first compared value but 0; None if none has."""
        if not self.is_calendar or self.result.compare is None:
            return None
        row = min(self._valued_before, key=self._bucket_of, default=None)
        return None if row is None else self.result.compare.rows[row][0]

    @cached_property
    def rows_before_the_first(self) -> frozenset[int]:
        """Rows whose compared values are 0, as are all before them (without a time: all)."""
        if not self.groups or not self.is_compared:
            return frozenset()
        found = self._valued_before
        if not found:
            return frozenset(range(len(self.result.rows)))
        if not self.is_calendar:
            return frozenset()
        first = min(map(self._bucket_of, found))
        dated = (row for row, (bucket, *_) in enumerate(self.result.rows) if bucket is not None)
        return frozenset(row for row in dated if self._bucket_of(row) < first)

    @cached_property
    def _valued_before(self) -> frozenset[int]:
        """The rows with a compared value that isn't 0."""
        assert self.result.compare is not None
        rows = enumerate(self.result.compare.rows)
        found = (n for n, row in rows if any(number_of(row[c]) for c in self.measures))
        return frozenset(n for n in found if not self.is_calendar or self.result.rows[n][0])

    def _bucket_of(self, row: int) -> date:
        """The time of a row, which has one."""
        bucket = self.result.rows[row][0]
        assert isinstance(bucket, date), "an instant is one, too"
        return bucket

    def grand_total(self, column: int) -> Cell:
        """The computed total of a column; None where it wasn't asked for or is NULL."""
        for total in self.result.totals or ():
            if total.level == 0:
                return total.row[column]
        return None

    def form_of(self, column: int) -> Mapping[str, Any]:
        """The measure of the definition that a column holds."""
        key = self.columns[column].key
        for raw in self.result.definition.get("measures") or ():
            if isinstance(raw, Mapping) and raw.get("key") == key:
                return raw
        return {}

    def is_part(self, column: int) -> bool:
        """Return True if a column's values are parts of a whole: they may be stacked or sliced.

        Counts and sums are, and their shares of the total; averages, rates and distinct
        counts aren't. Of a catalog that isn't the product's own, numbers that aren't
        rates or floats are trusted to be.
        """
        column_ = self.columns[column]
        form = self.form_of(column)
        if form.get("calc") == "percentOfTotal":
            return self._is_additive_name(str(form.get("of", "")))
        if any(form.get(key) for key in _NO_PARTS):
            return False
        if "agg" in form:
            return form["agg"] in _ADDITIVE_AGGREGATES
        if "metric" in form:
            known = _additive_metrics().get(str(form["metric"]))
            if known is not None:
                return known
        return column_.format != "percent" and column_.type != "float"

    def _is_additive_name(self, name: str) -> bool:
        for index, column in enumerate(self.columns):
            if column.key == name:
                return self.is_part(index)
        entity = self.result.definition.get("entity")
        known = _additive_metrics()
        return known.get(name, known.get(f"{entity}.{name}", False))

    def rows_by_group(self, group: int) -> Iterator[tuple[Cell, int]]:
        """The value of a group in each row, with the row's number."""
        for row in range(len(self.result.rows)):
            yield self.result.rows[row][group], row


@cache
def _additive_metrics() -> dict[str, bool]:
    """Of each metric of the product, whether it may be added up over anything."""
    return {
        f"{entity.key}.{metric.name}": metric.additivity.value == "additive"
        for entity in product_catalog().entities
        for metric in entity.metrics
    }
