"""Hiding numbers about few people, and those that would give them away.

The rule: docs/report-reference.md#small-groups.

A number is decided by the people it is about: of the rows that have a value, of those that it
passes over, and, of a formula, of each of its parts. What is hidden beside them is chosen in
:mod:`reports.engine.disclosure`; here it is carried over to the measures of a report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from reports.catalog.model import Catalog
from reports.compiler.perturbation import can_perturb
from reports.contracts import Cell, Notice, Scope, ScopeKind, Total
from reports.engine.calendar import Calendar
from reports.engine.decode import Answer
from reports.engine.disclosure.lattice import Margin
from reports.engine.disclosure.protect import Protected
from reports.engine.disclosure.tables import CompanionTable, HiddenNumbers
from reports.engine.having import passes
from reports.errors import Problem, ReportInvalid
from reports.language.formulas import bases_in, bases_of, chosen_rows, universe_of
from reports.language.report import Base, Having, Measure, Report, Shift, Sort

Row = tuple[Cell, ...]
MAX_CHOICES: Final = 12
"""Each two choices of rows are counted against each other: 132 counts."""
_SHARES: Final = frozenset(("percentOfTotal", "percentOfParent"))


def smallest_of(min_group_size: int, scope: Scope) -> int:
    """About how few people a number may be; 0 where any may be, as people see their own whole."""
    is_own = scope.kind in {ScopeKind.SELF, ScopeKind.CHILDREN}
    return 0 if is_own or min_group_size < 2 else min_group_size


def smallest_group(min_group_size: int, scope: Scope, report: Report) -> int:
    """About how few people a cell may be; 0 where nothing is hidden.

    A list of records is what a role may see of them.
    """
    return 0 if report.mode == "rows" else smallest_of(min_group_size, scope)


def check_hidden(report: Report, catalog: Catalog) -> None:
    """Refuse what can't be calculated from cells that may be hidden.

    Raises :class:`~reports.errors.ReportInvalid`.
    """
    about = [b for b in bases_in(report) if catalog.by_key[b.entity].scope.person]
    choices = Counter(universe_of(base) for base in chosen_rows(about))
    if any(count > MAX_CHOICES for count in choices.values()):
        message = (
            f"Small groups are hidden here: at most {MAX_CHOICES} choices of rows can be "
            "compared with each other."
        )
        hint = "Ask for fewer measures with filters, or of fields that may be empty."
        raise ReportInvalid([Problem("TOO_MANY", "/measures", message, hint)])
    if report.having and any(m.calc for m in report.measures):
        message = "Small groups are hidden here, so having and calculations can't be combined."
        hint = "Filter by fields instead of having, or leave the calculation out."
        raise ReportInvalid([Problem("SMALL_CELLS", "/having", message, hint)])


def whole(report: Report, *, in_order: bool) -> Report:
    """The report without what can only be done when it is known what is hidden.

    ``in_order`` keeps the order, for calculations that go by it. Subtotals are asked for in any
    case: what is hidden doesn't depend on which of them are shown.
    """
    digest = f"{report.digest}/people/{in_order}"
    sort = report.sort if in_order else ()
    return replace(report, digest=digest, having=(), sort=sort, limit=None, totals="subtotals")


@dataclass(frozen=True)
class Hidden:
    """An answer after the hiding, the places of what is hidden, and how much was."""

    answer: Answer
    suppressed: tuple[tuple[int, int], ...] = ()
    notices: tuple[Notice, ...] = ()
    numbers: HiddenNumbers | None = None
    """The decisions about each aggregate; None where nothing is ever hidden."""


@dataclass(frozen=True)
class Rule:
    """By what an answer's numbers are hidden.

    ``steps`` are the fewest people that a step of each measure that looks back is about, where
    there are any; ``companion`` is what else is shown of the same table; ``moved`` is by how much
    the whole answer is moved in time.
    """

    smallest: int
    catalog: Catalog
    steps: Mapping[Base, int | None]
    calendar: Calendar
    companion: CompanionTable | None = None
    moved: tuple[Shift, ...] = ()
    has_noise: bool = False
    """True if the numbers have noise: what can have none is hidden."""


def hide(report: Report, answer: Answer, rule: Rule, limit: int | None) -> Hidden:
    """The answer to :func:`whole` with its small cells hidden, then chosen, sorted and cut."""
    numbers = HiddenNumbers(report, rule.catalog, answer, rule.smallest, rule.companion)
    marks = _Marks(report, numbers, rule)
    hidden = marks.of_rows(answer)
    rows = [_masked(row, mark) for row, mark in zip(answer.rows, hidden, strict=True)]
    remaining = [
        (row, mark)
        for place, (row, mark) in enumerate(zip(rows, hidden, strict=True))
        if all(_passes(report, h, row, mark, rule.calendar) for h in report.having)
        and not marks.reveals_by_listing(place)
    ]
    count = len(remaining)
    if any(hidden) or not any(m.calc and m.calc.needs_order for m in report.measures):
        remaining = _sorted(report, remaining)
    remaining = remaining if limit is None else remaining[:limit]
    suppressed = tuple((i, c) for i, (_row, mark) in enumerate(remaining) for c in sorted(mark))
    totals = None
    if report.has_totals and not report.having:
        levels = report.total_levels or (0,)
        totals = tuple(
            replace(t, row=_masked(t.row, mark), suppressed=tuple(sorted(mark)))
            for t, mark in zip(answer.totals or (), marks.of_totals(answer), strict=True)
            if t.level in levels
        )
    visible = Answer(tuple(row for row, _mark in remaining), totals, count)
    notices = _notices(report, visible, suppressed, rule.smallest)
    return Hidden(visible, suppressed, notices, numbers)


def _notices(
    report: Report,
    visible: Answer,
    suppressed: tuple[tuple[int, int], ...],
    smallest: int,
) -> tuple[Notice, ...]:
    notices: list[Notice] = []
    if report.having and report.has_totals:
        text = "Totals of groups chosen by having are not shown: they could reveal a hidden number."
        notices.append(Notice("TOTALS_HIDDEN", text))
    if suppressed or any(t.suppressed for t in visible.totals or ()):
        notices.append(small_cells(smallest))
    return tuple(notices)


def small_cells(smallest: int) -> Notice:
    """That numbers are hidden."""
    text = (
        f"Numbers about fewer than {smallest} people are hidden, and others that would reveal them."
    )
    return Notice("SMALL_CELLS", text)


def _passes(report: Report, having: Having, row: Row, mark: set[int], calendar: Calendar) -> bool:
    keys = [m.key for m in report.measures]
    column = report.group_count + keys.index(having.measure)
    return column not in mark and passes(having, row[column], calendar)


class _Marks:
    """The hidden columns of each row and total."""

    def __init__(self, report: Report, numbers: HiddenNumbers, rule: Rule) -> None:
        self._report = report
        self._numbers = numbers
        self._rule = rule
        self._of = [self._measure(m) for m in report.measures]
        """The hidden parts of each measure; None: all of it."""

    def reveals_by_listing(self, place: int) -> bool:
        """Return True if a group is about too few people to be listed: lists can be counted."""
        if not self._rule.has_noise:
            return False
        about = self._numbers.about
        every = (about[b] for b in about if b.entity == self._report.entity and b == universe_of(b))
        return any(0 < counts.people[place] < self._rule.smallest for counts in every)

    def _measure(self, measure: Measure) -> Protected | None:
        cells: frozenset[int] = frozenset()
        margins: frozenset[Margin] = frozenset()
        for base in dict.fromkeys(bases_of(measure.formula)):
            if self._rule.has_noise and base in self._numbers.about and not can_perturb(base):
                return None
            is_own = base.window is None and base.shifts == self._rule.moved
            if not is_own and not self._is_whole(base):
                return None
            found = self._numbers.of(base)
            cells, margins = cells | found.cells, margins | found.margins
        is_share = measure.calc is not None and measure.calc.kind in _SHARES
        if measure.calc is not None and cells and not is_share:
            return None
        return Protected(cells, margins)

    def _is_whole(self, base: Base) -> bool:
        """Return True if a measure of other times can be shown: all of it, or nothing.

        Its cells are made of rows that other cells count, so nothing of their entity may be
        hidden, and no step from one of its windows to the next may be small.
        """
        if base not in self._numbers.about:
            return True
        fewest = self._rule.steps.get(base)
        return self._numbers.is_whole(base) and (fewest is None or fewest >= self._rule.smallest)

    def of_rows(self, answer: Answer) -> list[set[int]]:
        """The hidden columns of each row."""
        marks: list[set[int]] = [set() for _ in answer.rows]
        for number, measure in enumerate(self._report.measures):
            for index in self._hidden(measure, self._of[number], answer):
                marks[index].add(self._report.group_count + number)
        return marks

    def _hidden(self, measure: Measure, found: Protected | None, answer: Answer) -> Iterable[int]:
        if found is None:
            return range(len(answer.rows))
        level = self._share_of(measure)
        if level is None or not found.margins:
            return found.cells
        return [
            i
            for i, row in enumerate(answer.rows)
            if i in found.cells or self._numbers.margin(level, row) in found.margins
        ]

    def of_totals(self, answer: Answer) -> list[set[int]]:
        """The hidden columns of each total."""
        marks: list[set[int]] = [set() for _ in answer.totals or ()]
        for mark, total in zip(marks, answer.totals or (), strict=True):
            for number, measure in enumerate(self._report.measures):
                found = self._of[number]
                if found is None or self._is_hidden_total(measure, found, total):
                    mark.add(self._report.group_count + number)
        return marks

    def _is_hidden_total(self, measure: Measure, found: Protected, total: Total) -> bool:
        if not self._numbers.has_groups:
            return bool(found.cells)  # the one cell is its own total
        levels = [total.level]
        if (level := self._share_of(measure)) is not None:
            levels.append(min(level, max(total.level - 1, 0)))
        return any(self._numbers.margin(n, total.row) in found.margins for n in levels)

    def _share_of(self, measure: Measure) -> int | None:
        """The level of what a share is a share of."""
        if measure.calc is None or measure.calc.kind not in _SHARES or not self._numbers.has_groups:
            return None
        return 0 if measure.calc.kind == "percentOfTotal" else self._report.group_count - 1


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
