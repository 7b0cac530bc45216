"""Formulas over aggregates, and calculations over finished cells, as SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reports.catalog.model import FieldType
from reports.compiler.guards import quoted
from reports.compiler.parameters import Parameters
from reports.compiler.plan import LEVEL, Order, mask
from reports.language.formulas import type_of
from reports.language.report import Base, Calculation, Formula, Number

_ALL_KNOWN: Final[Mapping[Base, str]] = {}


def formula_sql(
    formula: Formula,
    names: Mapping[Base, str],
    parameters: Parameters,
    known: Mapping[Base, str] = _ALL_KNOWN,
) -> str:
    """A formula over the combined aggregates: counts and sums are 0 over nothing.

    ``known`` is SQL for where an aggregate has a value at all; elsewhere it is NULL.
    """
    if isinstance(formula, Base):
        name = ".".join(quoted(part) for part in names[formula].split("."))
        value = f"coalesce({name}, 0)" if formula.is_zero_over_nothing else name
        return f"CASE WHEN {known[formula]} THEN {value} END" if formula in known else value
    if isinstance(formula, Number):
        is_whole = formula.value == formula.value.to_integral_value()
        return parameters.add(int(formula.value) if is_whole else formula.value)
    left = formula_sql(formula.left, names, parameters, known)
    right = formula_sql(formula.right, names, parameters, known)
    if type_of(formula) is FieldType.FLOAT:
        left, right = f"CAST({left} AS DOUBLE)", f"CAST({right} AS DOUBLE)"
    if formula.op == "/":
        right = f"nullif({right}, 0)"
    return f"({left} {formula.op} {right})"


class Calculations:
    """Calculations over the cells of a report with ``groups``."""

    def __init__(self, groups: tuple[str, ...], order: tuple[Order, ...], *, in_time: bool) -> None:
        self._groups = groups
        self._in_time = in_time
        series = groups[1:] if in_time else ()
        keys = order if not in_time else (Order(groups[0]),)
        by = ", ".join(f"{o.sql} {'DESC' if o.descending else 'ASC'} NULLS LAST" for o in keys)
        partition = ", ".join((LEVEL, *series))
        self._window = f"PARTITION BY {partition}" + (f" ORDER BY {by}" if by else "")

    def sql(self, calc: Calculation, value: str) -> str:
        """One calculation over the column ``value``."""
        match calc.kind:
            case "percentOfTotal":
                return self._share(value, f"max({self._at(value, 0)}) OVER ()")
            case "percentOfParent":
                return self._of_parent(value)
            case "rank":
                return self._rank(value)
            case _:
                return self._cells(self._in_order(calc, value))

    def _in_order(self, calc: Calculation, value: str) -> str:
        match calc.kind:
            case "runningTotal":
                return self._running(value)
            case "movingAverage":
                frame = f"ROWS BETWEEN {calc.n - 1:d} PRECEDING AND CURRENT ROW"
                return f"avg(CAST({value} AS DOUBLE)) OVER ({self._window} {frame})"
            case "difference":
                return f"{value} - {self._previous(value)}"
            case "percentChange":
                before = f"CAST({self._previous(value)} AS DOUBLE)"
                change = f"(CAST({value} AS DOUBLE) - {before})"
                return f"{change} / nullif(abs({before}), 0)"
            case _:
                raise AssertionError(calc.kind)

    def _is(self, level: int) -> str:
        return f"{LEVEL} = {mask(level, len(self._groups))}"

    def _at(self, value: str, level: int) -> str:
        """The value in rows of a level; FILTER on a window would be slow."""
        return f"CASE WHEN {self._is(level)} THEN {value} END"

    def _cells(self, sql: str) -> str:
        return f"CASE WHEN {LEVEL} = 0 THEN {sql} END"

    def _share(self, value: str, whole: str) -> str:
        return f"CAST({value} AS DOUBLE) / nullif(CAST({whole} AS DOUBLE), 0)"

    def _of_parent(self, value: str) -> str:
        top = len(self._groups)
        cases: list[str] = []
        for level in range(top, -1, -1):
            parent = max(level - 1, 0)
            by = ", ".join(self._groups[:parent])
            partition = f"PARTITION BY {by}" if by else ""
            whole = f"max({self._at(value, parent)}) OVER ({partition})"
            cases.append(f"WHEN {self._is(level)} THEN {self._share(value, whole)}")
        return f"CASE {' '.join(cases)} END"

    def _rank(self, value: str) -> str:
        is_split = self._in_time and len(self._groups) > 1
        by = ", ".join((LEVEL, self._groups[0])) if is_split else LEVEL
        ranked = f"rank() OVER (PARTITION BY {by} ORDER BY {value} DESC NULLS LAST)"
        return f"CASE WHEN {LEVEL} = 0 AND {value} IS NOT NULL THEN {ranked} END"

    def _running(self, value: str) -> str:
        frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
        return f"sum({value}) OVER ({self._window} {frame})"

    def _previous(self, value: str) -> str:
        return f"lag({value}) OVER ({self._window})"
