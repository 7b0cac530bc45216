"""The comparison of the engine's result with the oracle's answer, cell by cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from reports.contracts import Result
from tests.reports.oracle.answers import Answer, Line
from tests.reports.oracle.asked import Reader, Wire
from tests.reports.oracle.comparing import ANYTHING
from tests.reports.oracle.schema import Schema

CLOSE = 1e-12
"""The tolerance of a number that is calculated from doubles, as a fraction of it.

Near 0 it is the distance itself. Everything else is exact, deviations, means and quantiles too.
"""

Tolerances = Sequence[float]


def disagreement(schema: Schema, definition: Wire, result: Result, answer: Answer) -> str | None:
    """The first difference, in words; None if there is none."""
    return next(_differences(schema, definition, result, answer), None)


def _differences(schema: Schema, definition: Wire, result: Result, answer: Answer) -> Iterator[str]:
    tolerance = _tolerances(schema, definition)
    lines = answer.lines[: answer.limit]
    if result.meta.total_row_count != len(answer.lines):
        yield f"{result.meta.total_row_count} rows in all, expected {len(answer.lines)}"
    if len(result.rows) != len(lines):
        yield f"{len(result.rows)} rows, expected {len(lines)}: {_both(result, answer)}"
    chosen = _lined_up(result, answer, tolerance)
    for number, (found, line) in enumerate(zip(result.rows, chosen, strict=False)):
        if not same(found, line.cells, tolerance):
            yield f"row {number}: {found}, expected {line.cells}: {_both(result, answer)}"
    yield from _total_differences(result, answer, tolerance)
    yield from _compared_differences(result, answer, tolerance)


def _both(result: Result, answer: Answer) -> str:
    found = "".join(f"\n    found    {row}" for row in result.rows[:30])
    wanted = "".join(f"\n    expected {line.cells}" for line in answer.lines[:30])
    return f"{found}\n{wanted}"


def _tolerances(schema: Schema, definition: Wire) -> Tolerances:
    """Of each column: nothing but what goes through doubles on its way may be off."""
    if definition["mode"] == "rows":
        return [0.0] * len(definition["columns"])
    groups = len(definition.get("dimensions") or ()) + ("time" in definition)
    measures = Reader(schema, definition["entity"]).measures(list(definition["measures"]))
    return [0.0] * groups + [CLOSE if m.is_loose else 0.0 for m in measures]


def _lined_up(result: Result, answer: Answer, tolerance: Tolerances) -> Sequence[Line]:
    """The lines in the engine's order, where rounding alone makes the two orders differ."""
    if not answer.is_order_loose:
        return answer.lines[: answer.limit]
    left = list(answer.lines)
    chosen: list[Line] = []
    for number, row in enumerate(result.rows):
        place = answer.lines[number].sorted_by if number < len(answer.lines) else ()
        fits = (
            line
            for line in left
            if same(line.sorted_by, place, [CLOSE] * len(place))
            and same(row, line.cells, tolerance)
        )
        line = next(fits, None)
        if line is None:
            return answer.lines[: answer.limit]
        left.remove(line)
        chosen.append(line)
    return chosen


def _total_differences(result: Result, answer: Answer, tolerance: Tolerances) -> Iterator[str]:
    found = None if result.totals is None else [(t.level, t.row) for t in result.totals]
    wanted = answer.totals
    if found is None or wanted is None:
        if found is not None or wanted is not None:
            yield f"totals {found}, expected {wanted}"
        return
    if [level for level, _ in found] != [level for level, _ in wanted]:
        yield f"totals {found}, expected {wanted}"
    for ours, theirs in zip(found, wanted, strict=False):
        if not same(ours[1], theirs[1], tolerance):
            yield f"total {ours}, expected {theirs}: {_both(result, answer)}"


def _compared_differences(result: Result, answer: Answer, tolerance: Tolerances) -> Iterator[str]:
    compare = getattr(result, "compare", None)
    found = None if compare is None else compare.rows
    if (found is None) != (answer.compare is None):
        yield f"compared with {found}, expected {answer.compare}"
    if found is None or answer.compare is None:
        return
    for number, (ours, theirs) in enumerate(zip(found, answer.compare, strict=False)):
        if not same(ours, theirs, tolerance):
            now = result.rows[number]
            yield f"compared row {number}: {ours}, expected {theirs}, beside {now}"
    totals = getattr(compare, "totals", None)
    if (totals is None) != (answer.compared_totals is None):
        yield f"compared totals {totals}, expected {answer.compared_totals}"
    for total, wanted in zip(totals or (), answer.compared_totals or (), strict=True):
        if total.level != wanted[0] or not same(total.row, wanted[1], tolerance):
            yield f"compared total {total}, expected {wanted}, of {result.totals}"
    if len(found) != len(answer.compare):
        yield f"{len(found)} compared rows, expected {len(answer.compare)}"


def same(found: Sequence[Any], wanted: Sequence[Any], tolerance: Tolerances) -> bool:
    """Return True if two rows have the same cells."""
    return len(found) == len(wanted) and all(
        same_cell(a, b, off) for a, b, off in zip(found, wanted, tolerance, strict=True)
    )


def same_cell(found: Any, wanted: Any, tolerance: float) -> bool:
    """Return True if two cells are the same: floats within ``tolerance``, all else exactly."""
    if wanted is ANYTHING:
        return True
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, float) or isinstance(wanted, float):
        numbers = isinstance(found, int | float | Decimal) and isinstance(
            wanted, int | float | Decimal
        )
        return numbers and math.isclose(found, wanted, rel_tol=tolerance, abs_tol=tolerance)
    return _is_like(found, wanted) and bool(found == wanted)


def _is_like(found: Any, wanted: Any) -> bool:
    exact = (int, Decimal)
    return type(found) is type(wanted) or (isinstance(found, exact) and isinstance(wanted, exact))
