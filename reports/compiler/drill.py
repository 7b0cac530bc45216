"""The rows behind a cell: those that its measure adds up, one by one."""

# ruff: noqa: S608 - SQL is built here, of quoted catalog names and placeholders alone

from __future__ import annotations

from dataclasses import dataclass

from reports.catalog.model import Catalog
from reports.catalog.paths import Path
from reports.compiler.branches import Branch
from reports.compiler.compile import Compiled
from reports.compiler.context import Context
from reports.compiler.guarded_tables import Profile
from reports.compiler.guards import quoted
from reports.compiler.parameters import Parameters
from reports.compiler.plan import EdgeRows, Order, Output, Rows
from reports.compiler.render import edge_sql, order_sql, rows_sql
from reports.compiler.settings import Settings
from reports.compiler.shifts import shifted_local
from reports.compiler.windows import Moments, range_sql
from reports.language.report import Base, Constant, Report, Window

Value = Constant | float | None


@dataclass(frozen=True)
class Cell:
    """A cell of a report: the values of its leading groups, as SQL has them.

    ``among`` are the aggregates whose rows are wanted; ``counted`` the one whose rows are
    marked, of those (the numerator of a rate).
    """

    values: tuple[Value, ...]
    among: tuple[Base, ...]
    counted: Base | None
    shown: tuple[Path, ...]


def compile_drill(
    report: Report,
    catalog: Catalog,
    settings: Settings,
    cell: Cell,
    profile: Profile,
) -> Compiled:
    """The statement that lists the rows of a cell, those shown first, then the mark."""
    context = Context(report, catalog, settings, Parameters(), profile)
    return _Drill(context, cell).compile()


class _Drill:
    def __init__(self, context: Context, cell: Cell) -> None:
        self.context = context
        self.cell = cell
        first = cell.among[0]
        self.window = first.window
        self.branch = Branch(context, first.entity, first.shifts, first.window)

    def compile(self) -> Compiled:
        rows, order = self._rows()
        inner = edge_sql(rows) if isinstance(rows, EdgeRows) else rows_sql(rows)
        shown = [quoted(f"s{i}") for i in range(len(self.cell.shown))]
        shown += ['"counted"'] if self.cell.counted else []
        where = ' WHERE "edge"' if isinstance(rows, EdgeRows) else ""
        cap = self.context.settings.cap
        limit = f" LIMIT {cap:d}" if cap is not None else ""
        listed = f'SELECT {", ".join(shown)} FROM ({inner}) AS "r"{where}'
        counting = f'SELECT count(*) FROM ({inner}) AS "r"{where}'
        return Compiled(listed + order_sql(order) + limit, self.context.parameters.values, counting)

    def _rows(self) -> tuple[Rows | EdgeRows, tuple[Order, ...]]:
        source = self.branch.source
        where = [*self.branch.where(), *self._of_measure(), *self._of_groups()]
        if self.window is not None and self.window.looks_back:
            where += self._in_window(self.window)
        outputs = [Output(f"s{i}", source.field(p)) for i, p in enumerate(self.cell.shown)]
        if self.cell.counted is not None:
            flag = self.branch.condition(self.cell.counted)
            outputs.append(Output("counted", flag or "TRUE"))
        keys = [source.output(sql) for sql in source.key()]
        order = tuple(Order(quoted(key)) for key in keys)
        order = order or tuple(Order(quoted(o.name)) for o in outputs)
        if self.window is None or self.window.looks_back:
            return source.rows(tuple(outputs), tuple(where)), order
        over = source.output(source.field(self.window.path))
        by = tuple(quoted(source.output(source.field(path))) for path in self.window.by)
        rows = source.rows(tuple(outputs), tuple(where))
        return EdgeRows(rows, over, self.window.kind == "last", by, None), order

    def _of_measure(self) -> list[str]:
        """The rows that one of the aggregates is about."""
        flags = [self.branch.condition(base) for base in self.cell.among]
        known = [flag for flag in flags if flag is not None]
        return [f"({' OR '.join(known)})"] if len(known) == len(flags) else []

    def _of_groups(self) -> list[str]:
        """The rows of the cell's groups; of a total, those that are in any cell."""
        groups, dated = self.branch.groups()
        looks_back = self.window is not None and self.window.looks_back
        found = [] if looks_back else list(dated)
        for number, (group, value) in enumerate(
            zip(groups[: len(self.cell.values)], self.cell.values, strict=True)
        ):
            if number == 0 and looks_back and self.context.report.time is not None:
                continue
            if value is None:
                found.append(f"({group.sql} IS NULL)")
            else:
                found.append(f"({group.sql} = {self.context.parameters.add(value)})")
        return found

    def _in_window(self, window: Window) -> list[str]:
        """The days that the window of the cell's bucket looks at."""
        context, source = self.context, self.branch.source
        parameters, settings = context.parameters, context.settings
        kind = window.path.field.type
        value = source.field(window.path)
        moments = Moments(context, window)
        local = shifted_local(value, kind, self.branch.shifts, parameters, settings)
        moment = moments.floor(local, kind)
        after = self._after(window, moments)
        low = moments.low(window)
        found = [f"({moment} < {after})"]
        if low is None:
            return found
        since = low.replace('"hi"', after)
        return [*found, f"({moment} >= {since})"]

    def _after(self, window: Window, moments: Moments) -> str:
        """The day or hour after the last of the window."""
        time, kind = self.context.report.time, moments.sql_kind
        if time is not None and self.cell.values:
            start = self.cell.values[0]
            assert start is not None, "a bucket has a start"
            place = self.context.parameters.add(start)
            return moments.after_bucket(f"CAST({place} AS {kind})")
        _first, after = range_sql(self.branch, window)
        if after is not None:
            return after
        every = Branch(self.context, self.branch.source.entity.key, self.branch.shifts, window)
        where = every.where()
        field = window.path.field.type
        value = every.source.field(window.path)
        local = shifted_local(
            value, field, every.shifts, self.context.parameters, self.context.settings
        )
        name = quoted(every.source.output(moments.floor(local, field)))
        rows = rows_sql(every.source.rows((), where))
        return f'((SELECT max({name}) FROM ({rows}) AS "r") + {moments.one})'
