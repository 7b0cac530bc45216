"""A validated report: every name bound to the catalog, every default filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from reports.catalog.model import FieldType
from reports.catalog.paths import Path

Mode = Literal["rows", "categorical", "temporal"]
Constant = str | int | Decimal | bool | date | datetime

MAIN_DATE = "time"
"""The time field that means "each measure by its own entity's main date"."""


@dataclass(frozen=True)
class Relative:
    """A range of dates relative to the day on which the snapshot was taken."""

    op: str
    n: int
    unit: str


@dataclass(frozen=True)
class Condition:
    """``path op value``. The value is constants, another field of the row, or a range."""

    path: Path
    op: str
    values: tuple[Constant, ...] = ()
    other: Path | None = None
    relative: Relative | None = None


@dataclass(frozen=True)
class Window:
    """The rows of one entity that a measure looks at besides those of its own cell.

    ``trailing``: the last ``n`` units before the end of the bucket. ``toDate``: from the start
    of the unit to the end of the bucket. ``first`` and ``last``: of each cell, the rows at the
    earliest or latest ``path``, for each combination of ``by``.
    """

    kind: Literal["trailing", "toDate", "first", "last"]
    path: Path
    unit: str = ""
    n: int = 1
    by: tuple[Path, ...] = ()

    @property
    def looks_back(self) -> bool:
        """True if rows of other buckets count too."""
        return self.kind in {"trailing", "toDate"}


@dataclass(frozen=True)
class Shift:
    """A measure as if each row's date were ``n`` units later.

    ``partial`` leaves out what has no counterpart yet: rows that would lie after today.
    """

    n: int
    unit: str
    partial: bool = False


@dataclass(frozen=True)
class Base:
    """One aggregate over one entity's rows: the unit that the compiler groups by entity.

    ``agg`` is the name of an aggregate; ``quantile`` its fraction where that is the
    aggregate. ``where`` is the text of a catalog's condition.
    """

    entity: str
    agg: str
    operand: Path | None = None
    where: str = ""
    conditions: tuple[Condition, ...] = ()
    quantile: Decimal | None = None
    order: Path | None = None
    window: Window | None = None
    shifts: tuple[Shift, ...] = ()
    without: Base | None = None
    """Rows that this other aggregate counts are left out: asked only by what hides numbers."""

    @property
    def is_plain(self) -> bool:
        """True if it is over the rows of its own cell, not moved in time."""
        return self.window is None and not self.shifts

    @property
    def is_zero_over_nothing(self) -> bool:
        """Counts and sums are 0 where there are no rows; the rest is NULL."""
        return self.agg in {"count", "countDistinct", "sum"}


@dataclass(frozen=True)
class Number:
    """A number in a formula."""

    value: Decimal


@dataclass(frozen=True)
class Arithmetic:
    """Two formulas combined by ``+ - * /``; a division by 0 or by NULL is NULL."""

    op: Literal["+", "-", "*", "/"]
    left: Formula
    right: Formula


Formula = Base | Number | Arithmetic


@dataclass(frozen=True)
class Calculation:
    """A calculation over the finished cells of a formula."""

    kind: str
    n: int = 1

    @property
    def needs_order(self) -> bool:
        """True if it goes by the order of the rows."""
        return self.kind in {"runningTotal", "movingAverage", "difference", "percentChange"}


@dataclass(frozen=True)
class Measure:
    """A column of numbers: a formula, or a calculation over its cells."""

    key: str
    formula: Formula
    label: str
    type: FieldType
    unit: str | None = None
    format: str | None = None
    calc: Calculation | None = None


@dataclass(frozen=True)
class MetricCondition:
    """A measure of a child entity, calculated for each row of the root, compared."""

    measure: Measure
    route: tuple[str, ...]
    """The relations from the child to the root."""
    op: str
    values: tuple[Constant, ...]


@dataclass(frozen=True)
class Dimension:
    """A group of rows. ``bins`` are edges; ``bucket`` a part or period of a date."""

    key: str
    path: Path
    label: str
    bins: tuple[Decimal, ...] = ()


@dataclass(frozen=True)
class TimeAxis:
    """The time of a temporal report; ``path`` is None for each entity's own main date.

    ``fill`` asks for every bucket between the ends of the filtered range.
    """

    key: str
    path: Path | None
    bucket: str
    fill: bool = False


@dataclass(frozen=True)
class Sort:
    """One key of the order: ``by`` is a column's key."""

    by: str
    descending: bool


@dataclass(frozen=True)
class Having:
    """A condition on a measure's value in a group."""

    measure: str
    op: str
    values: tuple[Constant, ...] = ()
    relative: Relative | None = None


@dataclass(frozen=True)
class Compare:
    """The other side of a comparison: an earlier time, or another snapshot.

    ``shift`` is None for a snapshot, and where the calendar has to measure ``days`` first.
    """

    to: str
    shift: Shift | None = None
    days: tuple[date, date] | None = None
    """The range of days that the filters give, if they say it so."""
    snapshot: str = ""


@dataclass(frozen=True)
class ShownField:
    """A column of a report of rows."""

    key: str
    path: Path
    label: str


@dataclass(frozen=True)
class Report:
    """A definition that can be answered. ``logic`` is in reverse Polish notation."""

    definition: Mapping[str, Any]
    digest: str
    catalog_digest: str
    entity: str
    mode: Mode
    columns: tuple[ShownField, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    time: TimeAxis | None = None
    measures: tuple[Measure, ...] = ()
    filters: tuple[Condition | MetricCondition, ...] = ()
    logic: tuple[int | str, ...] = ()
    having: tuple[Having, ...] = ()
    sort: tuple[Sort, ...] = ()
    limit: int | None = None
    totals: str = "none"
    compare: Compare | None = None
    as_of: str | None = None
    shifted: tuple[Path, ...] = ()
    """The dates, seen from the root, that a shift moves in the report's filters."""

    @property
    def canonical(self) -> Mapping[str, Any]:
        """The definition's one canonical form, of which ``digest`` is the SHA-256."""
        return self.definition

    @property
    def has_totals(self) -> bool:
        """True if totals are asked for."""
        return self.totals != "none"

    @property
    def group_count(self) -> int:
        """The number of groups of a cell: the time, and the dimensions."""
        return len(self.dimensions) + (self.time is not None)

    @property
    def total_levels(self) -> tuple[int, ...]:
        """The levels of the totals: how many leading groups each keeps."""
        if self.totals == "subtotals":
            return tuple(range(self.group_count))
        return (0,) if self.has_totals and self.group_count else ()
