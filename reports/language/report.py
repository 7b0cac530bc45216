"""A validated report: every name bound to the catalogue, every default filled in."""

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
class Base:
    """One aggregate over one entity's rows: the unit that the compiler groups by entity.

    ``agg`` is the name of an aggregate; ``quantile`` its fraction where that is the
    aggregate. ``where`` is the text of a catalogue's condition.
    """

    entity: str
    agg: str
    operand: Path | None = None
    where: str = ""
    conditions: tuple[Condition, ...] = ()
    quantile: Decimal | None = None
    order: Path | None = None

    @property
    def is_zero_over_nothing(self) -> bool:
        """Counts and sums are 0 where there are no rows; the rest is NULL."""
        return self.agg in {"count", "countDistinct", "sum"}


@dataclass(frozen=True)
class Ratio:
    """One formula divided by another; NULL where the divisor is 0 or NULL."""

    numerator: Formula
    denominator: Formula


Formula = Base | Ratio


@dataclass(frozen=True)
class Measure:
    """A column of numbers."""

    key: str
    formula: Formula
    label: str
    type: FieldType
    unit: str | None = None
    format: str | None = None


@dataclass(frozen=True)
class MetricCondition:
    """A measure of a child entity, worked out for each row of the root, compared."""

    measure: Measure
    route: tuple[str, ...]
    """The relations from the child to the root."""
    op: str
    values: tuple[Constant, ...]


@dataclass(frozen=True)
class Dimension:
    """What rows are grouped by. ``bins`` are edges; ``bucket`` a part or period of a date."""

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
    values: tuple[Constant, ...]


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
    catalogue_digest: str
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

    @property
    def canonical(self) -> Mapping[str, Any]:
        """The definition's one canonical form, of which ``digest`` is the SHA-256."""
        return self.definition

    @property
    def has_totals(self) -> bool:
        """Whether a grand total is asked for."""
        return self.totals != "none"
