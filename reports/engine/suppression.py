"""Hiding cells about few people, and those that would give them away (report-dsl.md §2.10).

A cell is hidden if any aggregate that it is made of is about fewer people than the
institution's minimum, and more than none. One hidden cell in a line of cells could be had
back from the line's total; so each line, along each group, hides at least two cells that are
together about enough people, or none, whether or not the total is asked for here: it can be
asked for elsewhere. A calculation that goes by the order or the rank of cells is hidden
whole as soon as one of its cells is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reports.contracts import Cell, Notice, Scope, ScopeKind, Total
from reports.engine.decode import Answer
from reports.engine.having import passes
from reports.errors import Problem, ReportInvalid
from reports.language.report import Having, Report, Sort

Row = tuple[Cell, ...]
People = tuple[int | None, ...]


def smallest_group(min_group_size: int, scope: Scope, report: Report) -> int:
    """How few people a cell may be about; 0 where nothing is hidden.

    People see their own numbers whole, and a list of records is what a role may see of them.
    """
    is_own = scope.kind in {ScopeKind.SELF, ScopeKind.CHILDREN}
    return 0 if is_own or report.mode == "rows" or min_group_size < 2 else min_group_size


def check_hidden(report: Report) -> None:
    """Refuse what can't be worked out of cells that may be hidden.

    Raises :class:`~reports.errors.ReportInvalid`.
    """
    if report.having and any(m.calc for m in report.measures):
        message = "Small groups are hidden here, so chosen groups can't be calculated with."
        hint = "Filter by fields instead of having, or leave the calculation out."
        raise ReportInvalid([Problem("SMALL_CELLS", "/having", message, hint)])


def whole(report: Report, *, in_order: bool) -> Report:
    """The report without what can only be done when it is known what is hidden.

    ``in_order`` keeps the order, for calculations that go by it.
    """
    digest = f"{report.digest}/people/{in_order}"
    sort = report.sort if in_order else ()
    return replace(report, digest=digest, having=(), sort=sort, limit=None)


@dataclass(frozen=True)
class Hidden:
    """An answer after the hiding, the places of what is hidden, and how much was."""

    answer: Answer
    suppressed: tuple[tuple[int, int], ...] = ()
    notices: tuple[Notice, ...] = ()


def hide(report: Report, answer: Answer, smallest: int, limit: int | None) -> Hidden:
    """The answer to :func:`whole` with its small cells hidden, then chosen, sorted and cut."""
    totals = answer.totals or ()
    shown = len(answer.people) - len(answer.rows)
    hider = _Hider(report, smallest)
    rows, marks = hider.table(answer.rows, answer.people[shown:], report.group_count)
    kept = [
        (row, mark)
        for row, mark in zip(rows, marks, strict=True)
        if all(_passes(report, h, row, mark) for h in report.having)
    ]
    count = len(kept)
    if any(marks) or not any(m.calc and m.calc.needs_order for m in report.measures):
        kept = _sorted(report, kept)
    kept = kept if limit is None else kept[:limit]
    suppressed = tuple((i, c) for i, (_row, mark) in enumerate(kept) for c in sorted(mark))
    made = Answer(
        tuple(row for row, _mark in kept),
        hider.totals(totals, answer.people[:shown], rows, marks) if answer.totals else None,
        count,
    )
    notices: list[Notice] = []
    if report.having and made.totals is not None:
        made = replace(made, totals=None)
        text = "Totals of chosen groups are not shown, as they could give a hidden number away."
        notices.append(Notice("TOTALS_HIDDEN", text))
    if suppressed or any(t.suppressed for t in made.totals or ()):
        text = f"Numbers about fewer than {smallest} people are hidden, and those beside them."
        notices.append(Notice("SMALL_CELLS", text))
    return Hidden(made, suppressed, tuple(notices))


def _passes(report: Report, having: Having, row: Row, mark: set[int]) -> bool:
    keys = [m.key for m in report.measures]
    column = report.group_count + keys.index(having.measure)
    return column not in mark and passes(having, row[column])


class _Hider:
    def __init__(self, report: Report, smallest: int) -> None:
        self._report = report
        self._smallest = smallest

    def table(
        self, rows: Sequence[Row], people: Sequence[People], groups: int
    ) -> tuple[list[Row], list[set[int]]]:
        """The rows with their small cells hidden, and the columns hidden in each."""
        marks: list[set[int]] = [set() for _ in rows]
        width = self._report.group_count
        for number, measure in enumerate(self._report.measures):
            counts = [p[number] for p in people]
            hidden = self._hidden([row[:groups] for row in rows], counts, groups)
            if hidden and measure.calc and not measure.calc.kind.startswith("percentOf"):
                hidden = set(range(len(rows)))
            for index in hidden:
                marks[index].add(width + number)
        return [_masked(row, mark) for row, mark in zip(rows, marks, strict=True)], marks

    def _hidden(self, keys: list[Row], counts: list[int | None], groups: int) -> set[int]:
        hidden = {i for i, n in enumerate(counts) if n is not None and 0 < n < self._smallest}
        if not hidden:
            return hidden
        lines = [line for group in range(groups) for line in _lines(keys, group)]
        changed = True
        while changed:
            changed = False
            for line in lines:
                changed |= self._complete(line, counts, hidden)
        return hidden

    def _complete(self, line: list[int], counts: list[int | None], hidden: set[int]) -> bool:
        """Hide more of a line until nothing in it can be had back from its total."""
        changed = False
        inside = [i for i in line if i in hidden]
        others = sorted((counts[i] or 0, i) for i in line if i not in hidden and counts[i])
        while inside and others and not self._is_safe(inside, counts):
            _people, index = others.pop(0)
            hidden.add(index)
            inside.append(index)
            changed = True
        return changed

    def _is_safe(self, inside: list[int], counts: list[int | None]) -> bool:
        return len(inside) > 1 and sum(counts[i] or 0 for i in inside) >= self._smallest

    def totals(
        self,
        totals: Sequence[Total],
        people: Sequence[People],
        rows: Sequence[Row],
        marks: Sequence[set[int]],
    ) -> tuple[Total, ...]:
        """The totals, hidden where they are small or would give away what is under them."""
        if self._report.group_count == 0:
            return tuple(
                replace(t, row=rows[0], suppressed=tuple(sorted(marks[0]))) for t in totals
            )
        found: list[Total] = []
        for level in sorted({t.level for t in totals}):
            chosen = [i for i, t in enumerate(totals) if t.level == level]
            made, hidden = self.table(
                [totals[i].row for i in chosen], [people[i] for i in chosen], level
            )
            lonely = _lonely(level, rows, marks)
            for row, mark in zip(made, hidden, strict=True):
                more = mark | lonely.get(row[:level], set())
                found.append(Total(level, _masked(row, more), tuple(sorted(more))))
        return tuple(found)


def _lonely(level: int, rows: Sequence[Row], marks: Sequence[set[int]]) -> dict[Row, set[int]]:
    """For each total, the columns with one hidden cell under it: the total would tell it."""
    under: dict[Row, Counter[int]] = defaultdict(Counter)
    for row, mark in zip(rows, marks, strict=True):
        under[row[:level]].update(mark)
    return {key: {c for c, n in counts.items() if n == 1} for key, counts in under.items()}


def _lines(keys: list[Row], group: int) -> list[list[int]]:
    """The cells that differ in one group alone."""
    found: dict[Hashable, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        found[(*key[:group], *key[group + 1 :])].append(index)
    return list(found.values())


def _masked(row: Row, mark: set[int]) -> Row:
    return tuple(None if i in mark else v for i, v in enumerate(row)) if mark else row


def _sorted(report: Report, rows: list[tuple[Row, set[int]]]) -> list[tuple[Row, set[int]]]:
    """By the report's order; what is hidden comes last, as NULL does."""
    keys = [report.time.key] if report.time else []
    keys += [d.key for d in report.dimensions] + [m.key for m in report.measures]
    for sort in reversed(report.sort):
        rows = _by(rows, keys.index(sort.by), sort)
    return rows


def _by(rows: list[tuple[Row, set[int]]], column: int, sort: Sort) -> list[tuple[Row, set[int]]]:
    def value(item: tuple[Row, set[int]]) -> Any:  # noqa: ANN401 - whatever a column holds
        return item[0][column]

    known = sorted((r for r in rows if value(r) is not None), key=value, reverse=sort.descending)
    return known + [r for r in rows if value(r) is None]
