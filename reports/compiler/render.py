"""Plan nodes as DuckDB SQL."""

# ruff: noqa: S608 - SQL is built here, of quoted catalog names and placeholders alone

from __future__ import annotations

from reports.compiler.guards import quoted
from reports.compiler.plan import (
    DAYS,
    FOUND,
    LEVEL,
    REMAINING,
    Aggregate,
    Buckets,
    Cells,
    ChildJoin,
    Combine,
    Counting,
    Daily,
    EdgeRows,
    Fill,
    Layer,
    Listing,
    Order,
    Output,
    ParentJoin,
    Rows,
    Scan,
    Spine,
    WindowRows,
    mask,
)


def render_scan(scan: Scan) -> str:
    """The guarded sub-select: the only form in which a table is ever read."""
    columns = ", ".join(quoted(c) for c in scan.columns)
    where = f" WHERE {scan.guard}" if scan.guard else ""
    return f"(SELECT {columns} FROM {quoted(scan.table)}{where}) AS {quoted(scan.alias)}"


def rows_sql(rows: Rows) -> str:
    """The filtered rows of one entity."""
    outputs = _outputs(rows.outputs) or '1 AS "one"'
    joins = "".join(_join(join) for join in rows.joins)
    where = f" WHERE {' AND '.join(rows.where)}" if rows.where else ""
    return f"SELECT {outputs} FROM {render_scan(rows.scan)}{joins}{where}"


def _outputs(outputs: tuple[Output, ...]) -> str:
    return ", ".join(f"{o.sql} AS {quoted(o.name)}" for o in outputs)


def _join(join: ParentJoin | ChildJoin) -> str:
    if isinstance(join, ParentJoin):
        alias = quoted(join.scan.alias)
        kind = "JOIN" if join.is_complete else "LEFT JOIN"
        pairs = zip(join.keys, join.columns, strict=True)
        same = " AND ".join(f"{alias}.{quoted(key)} = {column}" for key, column in pairs)
        return f" {kind} {render_scan(join.scan)} ON {same}"
    alias = quoted(join.alias)
    inner = _child_sql(join.aggregate)
    pairs = zip(join.aggregate.groups, join.columns, strict=True)
    same = " AND ".join(f"{alias}.{key} = {column}" for key, column in pairs)
    return f" LEFT JOIN ({inner}) AS {alias} ON {same}"


def _child_sql(node: Aggregate) -> str:
    """Return the rows of a child added up for each parent."""
    assert isinstance(node.rows, Rows)
    by = ", ".join(node.groups)
    inner = rows_sql(node.rows)
    sql = f'SELECT {by}, {_outputs(node.outputs)} FROM ({inner}) AS "r" GROUP BY {by}'
    return _worked(sql, node.layers)


def _worked(source: str, layers: tuple[Layer, ...]) -> str:
    """A query's columns, and those that are calculated from them, layer by layer."""
    for layer in layers:
        source = f'SELECT *, {_outputs(layer)} FROM ({source}) AS "w"'
    return source


def _only_remaining(groups: tuple[str, ...] | None) -> str:
    """The join that leaves only rows of the groups that ``having`` has left."""
    if groups is None:
        return ""
    same = " AND ".join(f'"r".{g} IS NOT DISTINCT FROM "k".{g}' for g in groups) or "1 = 1"
    return f' SEMI JOIN {quoted(REMAINING)} AS "k" ON {same}'


def order_sql(order: tuple[Order, ...]) -> str:
    """An ORDER BY; NULL comes last."""
    keys = [f"{o.sql} {'DESC' if o.descending else 'ASC'} NULLS LAST" for o in order]
    return f" ORDER BY {', '.join(keys)}" if keys else ""


def edge_sql(node: EdgeRows) -> str:
    """The rows with the flag of those at the edge."""
    over = quoted(node.over)
    only = f" FILTER (WHERE {quoted(node.flag)})" if node.flag else ""
    by = f"PARTITION BY {', '.join(node.cell)}" if node.cell else ""
    edge = f"{'max' if node.is_last else 'min'}({over}){only} OVER ({by})"
    flag = f"{quoted(node.flag)} AND " if node.flag else ""
    inner = f'SELECT * FROM ({rows_sql(node.rows)}) AS "r"{_only_remaining(node.remaining_groups)}'
    return f'SELECT *, ({flag}{over} = {edge}) AS "edge" FROM ({inner}) AS "q"'


def render_cells(node: Cells) -> str:
    """The whole statement of a report of groups.

    Its columns: the level's mask, the full count of cells, the groups, the values.
    """
    return _Statement(node).render()


class _Statement:
    """Renders one report of groups; ``named`` are the relations that stand before it."""

    def __init__(self, node: Cells) -> None:
        self.node = node
        self.named: list[tuple[str, str]] = []
        self._days: dict[Daily, str] = {}

    def render(self) -> str:
        node = self.node
        source = self._valued(self._grouped())
        if node.having:
            where = " AND ".join(f"({LEVEL} > 0 OR {h})" for h in node.having)
            source = f'SELECT * FROM ({source}) AS "h" WHERE {where}'
        if node.remaining_totals is not None:
            self.named.append((REMAINING, source))
            totals = self._valued(self._combined(node.remaining_totals, self._remaining_prefixes()))
            source = (
                f'SELECT * FROM {quoted(REMAINING)} AS "k" UNION ALL BY NAME '
                f'SELECT * FROM ({totals}) AS "t"'
            )
        statement = self._shown(_worked(source, node.calculations))
        if not self.named:
            return statement
        relations = ", ".join(f"{quoted(name)} AS MATERIALIZED ({sql})" for name, sql in self.named)
        return f"WITH {relations} {statement}"

    def _shown(self, source: str) -> str:
        """The rows that are asked for, in order, each with the count of all cells."""
        node = self.node
        people = [v.name for v in node.values if v.name.startswith("p")]
        measures = len(node.values) - len(people)
        values = [*(quoted(f"v{i}") for i in range(measures)), *(quoted(p) for p in people)]
        shown = ", ".join([LEVEL, f'{self._count()} AS "n"', *node.groups, *values])
        order, where, limit = node.order, "", ""
        if node.totals:
            order = (Order(LEVEL, descending=True), *self._order_of_cells())
        if node.limit is not None and len(node.totals) > 1:
            inner = f"row_number() OVER (PARTITION BY {LEVEL}{order_sql(self._order_of_cells())})"
            source = f'SELECT *, {inner} AS "place" FROM ({source}) AS "o"'
            where = f' WHERE "w"."place" <= {node.limit:d} OR "w".{LEVEL} > 0'
            source = f'SELECT {shown}, "place" FROM ({source}) AS "v"{self._only_shown()}'
            names = ", ".join([LEVEL, '"n"', *node.groups, *values])
            return f'SELECT {names} FROM ({source}) AS "w"{where}{order_sql(order)}'
        if node.limit is not None and node.groups:
            limit = f" LIMIT {node.limit + len(node.totals):d}"
        return f'SELECT {shown} FROM ({source}) AS "v"{self._only_shown()}{order_sql(order)}{limit}'

    def _order_of_cells(self) -> tuple[Order, ...]:
        """Cells in the report's order, totals by their groups."""
        asked = len(self.node.order) - len(self.node.groups)
        return tuple(
            Order(f"CASE WHEN {LEVEL} = 0 THEN {o.sql} END", o.descending) if i < asked else o
            for i, o in enumerate(self.node.order)
        )

    def _count(self) -> str:
        """The count of all cells; a window costs time to plan, so none where it isn't needed."""
        if not self.node.groups:
            return "1"
        if self._levels() == {len(self.node.groups)}:
            return "count(*) OVER ()"
        # FILTER on a window costs three times the whole question.
        return f"count(CASE WHEN {LEVEL} = 0 THEN 1 END) OVER ()"

    def _levels(self) -> set[int]:
        """The levels that are added up, shown or not."""
        source = self.node.source
        branches = (source.source if isinstance(source, Fill) else source).branches
        if self.node.remaining_totals is not None:
            branches += self.node.remaining_totals.branches
        return {level for branch in branches for level in branch.levels}

    def _only_shown(self) -> str:
        """Totals that were only needed for shares are dropped."""
        top = len(self.node.groups)
        shown = {top, *self.node.totals}
        if self._levels() <= shown:
            return ""
        masks = sorted(mask(level, top) for level in shown)
        return f' WHERE "v".{LEVEL} IN ({", ".join(map(str, masks))})'

    def _valued(self, source: str) -> str:
        """The groups with what is calculated from their aggregates."""
        columns = ", ".join([*self.node.groups, LEVEL])
        values = _outputs(self.node.values)
        source = _worked(source, self.node.worked)
        return f'SELECT {columns}{", " if values else ""}{values} FROM ({source}) AS "g"'

    def _grouped(self) -> str:
        source = self.node.source
        if isinstance(source, Combine):
            return self._combined(source)
        self.named.append((FOUND, self._combined(source.source)))
        return self._filled(source)

    def _remaining_prefixes(self) -> list[str]:
        """The subtotals of the groups that are left: the measures may have no rows of them."""
        top = len(self.node.groups)
        return [
            f"SELECT DISTINCT {', '.join(self.node.groups[:level])}, {mask(level, top)} AS {LEVEL} "
            f"FROM {quoted(REMAINING)}"
            for level in self.node.totals
            if level
        ]

    def _combined(self, node: Combine, more: list[str] | None = None) -> str:
        """Aggregates side by side: a union of the branches, one row for each group.

        ``more`` are groups that are there without rows.
        """
        keys = ", ".join([*node.groups, LEVEL])
        if len(node.branches) == 1 and not more:
            return self._aggregate(node.branches[0], node.groups)
        branches = [
            self._aggregate(branch, () if number else node.groups)
            for number, branch in enumerate(node.branches)
        ]
        union = " UNION ALL BY NAME ".join([*branches, *(more or [])])
        merged = "".join(f", any_value({quoted(n)}) AS {quoted(n)}" for n in node.outputs)
        return f'SELECT {keys}{merged} FROM ({union}) AS "u" GROUP BY {keys}'

    def _aggregate(self, node: Aggregate, wanted: tuple[str, ...]) -> str:
        """One entity's rows added up; groups of ``wanted`` that a level drops are NULL."""
        top, level = len(node.groups), max(node.levels)
        groups = node.groups[:level]
        parts = list(groups)
        parts += [f"NULL AS {g}" for g in wanted if g not in groups]
        if len(node.levels) == 1:
            parts.append(f"{mask(level, top)} AS {LEVEL}")
            by = f" GROUP BY {', '.join(groups)}" if groups else ""
        else:
            lowest = mask(level, top) + 1
            parts.append(f"{lowest}*grouping({', '.join(groups)}) + {lowest - 1} AS {LEVEL}")
            sets = ", ".join(f"({', '.join(node.groups[:k])})" for k in node.levels)
            by = f" GROUP BY GROUPING SETS ({sets})"
        parts += [f"{o.sql} AS {quoted(o.name)}" for o in node.outputs]
        inner = self._rows(node.rows)
        only = _only_remaining(node.remaining_groups)
        return f'SELECT {", ".join(parts)} FROM ({inner}) AS "r"{only}{by}'

    def _rows(self, rows: Rows | EdgeRows | WindowRows) -> str:
        if isinstance(rows, Rows):
            return rows_sql(rows)
        return edge_sql(rows) if isinstance(rows, EdgeRows) else self._window(rows)

    def _window(self, node: WindowRows) -> str:
        days = quoted(self._named_days(node.daily))
        day = node.daily.day
        low = f' AND "d".{day} >= "b"."low"' if node.spine.low is not None else ""
        time = f'"b"."bucket" AS {quoted(node.time)}, ' if node.time else ""
        return (
            f'SELECT {time}"d".* FROM ({_spine(node.spine, days, day)}) AS "b" '
            f'JOIN {days} AS "d" ON "d".{day} < "b"."hi"{low}'
        )

    def _named_days(self, daily: Daily) -> str:
        if daily not in self._days:
            name = f"{DAYS}{len(self._days)}"
            self._days[daily] = name
            self.named.append((name, _days(daily)))
        return self._days[daily]

    def _filled(self, fill: Fill) -> str:
        """The groups found, and the buckets between their ends that none of them has."""
        grids = "".join(
            f" UNION ALL BY NAME {self._grid(fill, level)}" for level in fill.levels if level
        )
        return f'SELECT * FROM {quoted(FOUND)} AS "f"{grids}'

    def _grid(self, fill: Fill, level: int) -> str:
        """The buckets of one level, for each of its series, that have no rows."""
        bucket, *series = self.node.groups[:level]
        mask_ = mask(level, len(self.node.groups))
        found = f'FROM {quoted(FOUND)} AS "f" WHERE {LEVEL} = {mask_}'
        lower, upper = fill.lower or f"min({bucket})", fill.upper or f"max({bucket})"
        ends = f'SELECT {lower} AS "lo", {upper} AS "hi"'
        if fill.lower is None or fill.upper is None:
            ends += f" {found}"
        step = f", {fill.step}" if fill.step else ""
        bucket_of = f'unnest(generate_series("lo", "hi"{step}))'
        if fill.is_date:
            bucket_of = f"CAST({bucket_of} AS DATE)"
        every = f'SELECT {bucket_of} AS "b" FROM ({ends}) AS "e"'
        where = f" WHERE {fill.exists}" if fill.exists else ""
        buckets = f'(SELECT "b" AS {bucket} FROM ({every}) AS "a"{where}) AS "b"'
        names = "".join(f', "s".{name}' for name in series)
        lines = ""
        if series:
            lines = f', (SELECT DISTINCT {", ".join(series)} {found}) AS "s"'
        elif len(self.node.groups) > 1:  # subtotals are of series, and there may be none
            lines = f', (SELECT DISTINCT 1 AS "any" {found}) AS "s"'
        keys = (bucket, *series)
        same = " AND ".join(f'"x".{g} IS NOT DISTINCT FROM "y".{g}' for g in keys)
        grid = f'SELECT "b".{bucket}{names} FROM {buckets}{lines}'
        known = f'(SELECT {", ".join(keys)} {found}) AS "y"'
        return f'SELECT "x".*, {mask_} AS {LEVEL} FROM ({grid}) AS "x" ANTI JOIN {known} ON {same}'


def _days(daily: Daily) -> str:
    """The rows of a window, as they are or added up by day."""
    inner = rows_sql(daily.rows)
    if daily.partials:
        by = ", ".join((*daily.groups, daily.day))
        return f'SELECT {by}, {_outputs(daily.partials)} FROM ({inner}) AS "r" GROUP BY {by}'
    if daily.is_distinct:
        return f'SELECT DISTINCT * FROM ({inner}) AS "r"'
    return inner


def _spine(spine: Spine, days: str, day: str) -> str:
    """The buckets, with the first day of each one's window and the day after its last."""
    upper = spine.after or f"max({day}) + {spine.one}"
    bounds = f'SELECT {spine.first or f"min({day})"} AS "lo", {upper} AS "hi"'
    if spine.first is None or spine.after is None:
        bounds += f" FROM {days}"
    some = f'FROM ({bounds}) AS "e" WHERE "lo" < "hi"'
    ends = f'SELECT "hi" {some}'
    if spine.buckets is not None:
        ends = _buckets(
            spine.buckets, f'SELECT "lo", "hi" {some}', f'SELECT {day} AS "at" FROM {days}'
        )
    if spine.low is None:
        return ends
    return f'SELECT *, {spine.low} AS "low" FROM ({ends}) AS "l"'


def _buckets(buckets: Buckets, ends: str, rows: str) -> str:
    """From the bucket of each row up to that of the next one, as far as the row is seen."""
    step, kind = buckets.step, buckets.kind
    found = f'SELECT DISTINCT {buckets.of_row} AS "p" FROM ({rows}) AS "d"'
    spans = f'SELECT "p", lead("p") OVER (ORDER BY "p") AS "next" FROM ({found}) AS "f"'
    stops = [f"{buckets.last} + {step}", '"next"']  # least() passes over the last row's NULL
    if buckets.reach is not None:
        stops.append(f'"p" + {step} + {buckets.reach}')
    series = f'range(greatest("p", {buckets.first}), least({", ".join(stops)}), {step})'
    every = f'SELECT CAST(unnest({series}) AS {kind}) AS "b" FROM ({spans}) AS "s", ({ends}) AS "e"'
    where = f" WHERE {buckets.exists}" if buckets.exists else ""
    return f'SELECT "b" AS "bucket", {buckets.after} AS "hi" FROM ({every}) AS "a"{where}'


def render_listing(node: Listing, shown: tuple[str, ...]) -> str:
    """The whole statement of a report of rows."""
    limit = f" LIMIT {node.limit:d}" if node.limit is not None else ""
    inner = rows_sql(node.rows)
    return f'SELECT {", ".join(shown)} FROM ({inner}) AS "r"{order_sql(node.order)}{limit}'


def render_fewest(node: Aggregate) -> str:
    """One row: the fewest people, but some, that any group's outputs count."""
    names = ", ".join(f"min(nullif({quoted(o.name)}, 0))" for o in node.outputs)
    return f'SELECT least({names}) FROM ({_child_sql(node)}) AS "a"'


def render_counting(node: Counting) -> str:
    """One row: how many rows there are of each entity."""
    counts = [
        f'(SELECT count(*) FROM ({rows_sql(rows)}) AS "r") AS {quoted(name)}'
        for name, rows in node.rows
    ]
    return f"SELECT {', '.join(counts)}"
