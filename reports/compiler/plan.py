"""The plan of a report: immutable nodes, each one a piece of the final statement.

Expressions inside nodes are SQL over the columns of the node below. They hold quoted
identifiers of the catalog and parameters, never a value of the definition.

A *level* is the number of leading groups that a row keeps: all of them in a cell, none in the
grand total. In SQL a level is a mask, as ``grouping()`` gives it: 0 in a cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Scan:
    """Some columns of a table, only the rows inside ``guard`` (None: all rows are)."""

    table: str
    alias: str
    columns: tuple[str, ...]
    guard: str | None


@dataclass(frozen=True)
class ParentJoin:
    """A row's parent, if it has one: the columns of its key, and our SQL for each."""

    scan: Scan
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    is_complete: bool = False
    """Every row is known to have its parent, so that the cheaper inner join says the same."""


@dataclass(frozen=True)
class ChildJoin:
    """The sums of a row's children: ``aggregate`` grouped by the reference to the row."""

    aggregate: Aggregate
    alias: str
    columns: tuple[str, ...]
    """SQL: the row's own key, in the order of the aggregate's groups."""


@dataclass(frozen=True)
class Output:
    """A named expression."""

    name: str
    sql: str


Layer = tuple[Output, ...]
"""Expressions over the columns below, that become columns themselves."""


@dataclass(frozen=True)
class Rows:
    """The filtered rows of one entity, with the expressions that are needed of them."""

    scan: Scan
    joins: tuple[ParentJoin | ChildJoin, ...]
    where: tuple[str, ...]
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class EdgeRows:
    """Rows, and a flag ``edge`` on those at the first or last ``over`` of their cell.

    The cell is given by ``cell`` (names of groups, and what the measure asks for besides);
    ``flag`` names the rows that the measure is about.
    """

    rows: Rows
    over: str
    is_last: bool
    cell: tuple[str, ...]
    flag: str | None
    remaining_groups: tuple[str, ...] | None = None
    """Only rows of the groups that ``having`` leaves, by these groups; None: all rows."""


@dataclass(frozen=True)
class Daily:
    """Rows with a day, as they are or added up day by day; each window reads them again."""

    rows: Rows
    day: str
    groups: tuple[str, ...]
    partials: tuple[Output, ...] = ()
    is_distinct: bool = False


@dataclass(frozen=True)
class Spine:
    """The buckets of a window, each with the day (or hour) after its last.

    ``first`` and ``after`` are SQL for the range of days, None where the data decide; ``one`` is
    the day or hour by which rows are distinguished. ``low`` is SQL over ``"hi"``, what comes after
    the bucket: where its window begins. ``buckets`` is None where the whole range is one bucket.
    """

    first: str | None
    after: str | None
    low: str | None
    one: str
    buckets: Buckets | None = None


@dataclass(frozen=True)
class Buckets:
    """The buckets of a range that can see a row, however far apart the rows are.

    ``of_row``, ``first`` and ``last`` are the buckets of ``"at"``, ``"lo"`` and what comes before
    ``"hi"``; ``step`` is the length of one, ``kind`` its type. ``reach`` is an interval after the
    bucket of a row beyond which no window sees the row (None: all later ones do). ``after`` is
    SQL over ``"b"``: what comes after a bucket. ``exists`` is as :class:`Fill` has it.
    """

    of_row: str
    first: str
    last: str
    step: str
    kind: str
    reach: str | None
    after: str
    exists: str | None


@dataclass(frozen=True)
class WindowRows:
    """Each bucket of a spine with the days that its window looks at."""

    daily: Daily
    spine: Spine
    time: str | None
    """The group that holds the bucket; None where the time is dropped."""


@dataclass(frozen=True)
class Aggregate:
    """One entity's rows added up by leading ``groups``, once for each of ``levels``.

    ``levels`` is empty where the rows of a child are added up for their parent.
    ``remaining_groups``: only rows of the groups that ``having`` leaves, by these groups (by none:
    all rows, if it leaves any group).
    """

    rows: Rows | EdgeRows | WindowRows
    groups: tuple[str, ...]
    outputs: tuple[Output, ...]
    levels: tuple[int, ...] = ()
    remaining_groups: tuple[str, ...] | None = None
    layers: tuple[Layer, ...] = ()
    """Values calculated from a child's outputs before they are joined."""


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
    ``step`` is an interval, None for whole numbers. Subtotals of ``levels`` are filled too.
    ``exists`` is SQL over ``"b"``: whether the clocks have such a bucket (None: all there are).
    """

    source: Combine
    lower: str | None
    upper: str | None
    step: str | None
    is_date: bool
    levels: tuple[int, ...]
    exists: str | None = None


@dataclass(frozen=True)
class Order:
    """One key of the order; NULL comes last."""

    sql: str
    descending: bool = False


@dataclass(frozen=True)
class Cells:
    """The groups with their final values, cut by ``having``, in order.

    ``worked`` finishes the aggregates, layer by layer; ``values`` are calculated from them,
    ``calculations`` of the values: those that go by the order come in a layer of their own, as
    the others may decide it. ``limit`` is
    how many cells are wanted; the full count comes with every row. ``totals`` are the levels
    that are shown; ``remaining_totals`` adds up the groups that ``having`` leaves, where there are
    both.
    """

    source: Combine | Fill
    groups: tuple[str, ...]
    values: tuple[Output, ...]
    calculations: tuple[Layer, ...]
    having: tuple[str, ...]
    order: tuple[Order, ...]
    limit: int | None
    totals: tuple[int, ...]
    remaining_totals: Combine | None = None
    worked: tuple[Layer, ...] = ()


LEVEL: Final = '"lvl"'
"""The mask of a row's level."""

REMAINING: Final = "kept"
"""The relation of the groups that ``having`` leaves."""

FOUND: Final = "found"
"""The relation of the groups that have rows, of which the others are filled in."""

DAYS: Final = "days"
"""The relations of the rows that windows look at: ``days0``, ``days1``, …"""


def mask(level: int, groups: int) -> int:
    """The mask of a level among ``groups`` groups: a bit for each group that is dropped."""
    return (1 << (groups - level)) - 1


def level_of(mask_: int, groups: int) -> int:
    """The level that a mask stands for."""
    return groups - mask_.bit_length()


@dataclass(frozen=True)
class Listing:
    """Rows as they are, in order."""

    rows: Rows
    order: tuple[Order, ...]
    limit: int | None


@dataclass(frozen=True)
class Counting:
    """The number of rows of each entity, by name."""

    rows: tuple[tuple[str, Rows], ...]
