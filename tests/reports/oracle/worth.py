"""The value of an aggregate over the rows of one group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.reports.oracle.aggregates import aggregate
from tests.reports.oracle.asked import Atom, Edge
from tests.reports.oracle.data import Row

if TYPE_CHECKING:
    from tests.reports.oracle.streams import Streams


def fold(streams: Streams, atom: Atom, rows: list[Row]) -> Any:
    """The aggregate over those of ``rows`` that meet its own conditions."""
    rows = [row for row in rows if streams.meets(atom, row)]
    if atom.edge is not None:
        rows = _at_edge(streams, atom.edge, rows)
    if atom.operand is None:
        return len(rows)
    value = streams.data.value(atom.operand)
    if atom.agg in {"first", "last"}:
        row = _outermost(streams, atom, rows)
        return None if row is None else value(row)
    return aggregate(atom.agg, [value(row) for row in rows], atom.fraction)


def _at_edge(streams: Streams, edge: Edge, rows: list[Row]) -> list[Row]:
    over = streams.data.value(edge.over)
    by = [streams.data.value(path) for path in edge.by]
    ends: dict[tuple[Any, ...], Any] = {}
    dated = [row for row in rows if over(row) is not None]
    for row in dated:
        key = tuple(value(row) for value in by)
        known = ends.setdefault(key, over(row))
        if (over(row) > known) == edge.is_last:
            ends[key] = over(row)
    return [row for row in dated if over(row) == ends[tuple(value(row) for value in by)]]


def _outermost(streams: Streams, atom: Atom, rows: list[Row]) -> Row | None:
    """The first or last row by the order asked for, ties by key; undated ones come least."""
    assert atom.order is not None
    order = streams.data.value(atom.order)
    dated = [row for row in rows if order(row) is not None] or rows
    if not dated:
        return None

    def place(row: Row) -> tuple[Any, ...]:
        return (order(row) if order(row) is not None else 0, streams.data.key(atom.entity, row))

    return min(dated, key=place) if atom.agg == "first" else max(dated, key=place)
