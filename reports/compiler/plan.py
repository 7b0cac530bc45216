"""The plan of a report: immutable nodes, each one a piece of the final statement.

Expressions inside nodes are SQL over the columns of the node below. They hold quoted
identifiers of the catalogue and parameters, never a value of the definition.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scan:
    """Some columns of a table, only the rows inside ``guard`` (None: all rows are)."""

    table: str
    alias: str
    columns: tuple[str, ...]
    guard: str | None


@dataclass(frozen=True)
class ParentJoin:
    """A row's parent, if it has one: ``scan``'s ``key`` equals our ``column``."""

    scan: Scan
    key: str
    column: str
    """SQL: the column that holds the reference."""
    is_complete: bool = False
    """Every row is known to have its parent, so that the cheaper inner join says the same."""


@dataclass(frozen=True)
class ChildJoin:
    """What a row's children add up to: ``aggregate`` grouped by the reference to the row."""

    aggregate: Aggregate
    alias: str
    key: str
    column: str
    """SQL: the row's own key."""


@dataclass(frozen=True)
class Output:
    """A named expression."""

    name: str
    sql: str


@dataclass(frozen=True)
class Rows:
    """The filtered rows of one entity, with the expressions that are needed of them."""

    scan: Scan
    joins: tuple[ParentJoin | ChildJoin, ...]
    where: tuple[str, ...]
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class Aggregate:
    """One entity's rows added up by ``groups``; ``with_total`` adds the total of all rows.

    ``kept`` names a relation of groups: rows of other groups are left out.
    """

    rows: Rows
    groups: tuple[str, ...]
    outputs: tuple[Output, ...]
    with_total: bool = False
    kept: str | None = None
    kept_groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Combine:
    """Aggregates of several entities side by side, group by group.

    Each was added up on its own, so none multiplies another's rows.
    """

    branches: tuple[Aggregate, ...]
    groups: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Fill:
    """Every bucket of the first group, for each series that ``source`` has.

    ``lower`` and ``upper`` are SQL for the first and last bucket, None where the data decide;
    ``step`` is an interval, None for whole numbers.
    """

    source: Combine
    lower: str | None
    upper: str | None
    step: str | None
    is_date: bool


@dataclass(frozen=True)
class Order:
    """One key of the order; NULL comes last."""

    sql: str
    descending: bool = False


@dataclass(frozen=True)
class Cells:
    """The groups with their final values, cut by ``having``, in order.

    ``limit`` is how many groups are wanted; the full count comes with every row.
    """

    source: Combine | Fill
    groups: tuple[str, ...]
    values: tuple[Output, ...]
    having: tuple[str, ...]
    order: tuple[Order, ...]
    limit: int | None
    with_total: bool
    kept_total: Combine | None = None
    """The total of the groups that ``having`` leaves, where there are both."""


KEPT = "kept"
"""The relation of the groups that ``having`` leaves."""

FOUND = "found"
"""The relation of the groups that have rows, of which the others are filled in."""


@dataclass(frozen=True)
class Listing:
    """Rows as they are, in order."""

    rows: Rows
    order: tuple[Order, ...]
    limit: int | None


@dataclass(frozen=True)
class Counting:
    """How many rows there are, of each entity by name."""

    rows: tuple[tuple[str, Rows], ...]
