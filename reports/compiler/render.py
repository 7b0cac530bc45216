"""Plan nodes as DuckDB SQL."""

# ruff: noqa: S608 - SQL is made here, of quoted catalogue names and placeholders alone

from __future__ import annotations

from reports.compiler.guards import quoted
from reports.compiler.plan import (
    FOUND,
    KEPT,
    Aggregate,
    Cells,
    ChildJoin,
    Combine,
    Counting,
    Fill,
    Listing,
    Order,
    Output,
    ParentJoin,
    Rows,
    Scan,
)

LEVEL = '"lvl"'
"""1 in the row of the grand total, else 0."""


def render_scan(scan: Scan) -> str:
    """The guarded sub-select: the only form in which a table is ever read."""
    columns = ", ".join(quoted(c) for c in scan.columns)
    where = f" WHERE {scan.guard}" if scan.guard else ""
    return f"(SELECT {columns} FROM {quoted(scan.table)}{where}) AS {quoted(scan.alias)}"


def render_rows(rows: Rows) -> str:
    """The filtered rows of one entity."""
    outputs = _outputs(rows.outputs) or '1 AS "one"'
    joins = "".join(_join(join) for join in rows.joins)
    where = f" WHERE {' AND '.join(rows.where)}" if rows.where else ""
    return f"SELECT {outputs} FROM {render_scan(rows.scan)}{joins}{where}"


def _outputs(outputs: tuple[Output, ...]) -> str:
    return ", ".join(f"{o.sql} AS {quoted(o.name)}" for o in outputs)


def _join(join: ParentJoin | ChildJoin) -> str:
    if isinstance(join, ParentJoin):
        key = f"{quoted(join.scan.alias)}.{quoted(join.key)}"
        kind = "JOIN" if join.is_complete else "LEFT JOIN"
        return f" {kind} {render_scan(join.scan)} ON {key} = {join.column}"
    alias = quoted(join.alias)
    inner = render_aggregate(join.aggregate)
    return f" LEFT JOIN ({inner}) AS {alias} ON {alias}.{quoted(join.key)} = {join.column}"


def render_aggregate(node: Aggregate) -> str:
    """One entity's rows added up."""
    parts = list(node.groups)
    if node.with_total:
        parts.append(f"grouping({node.groups[0]}) AS {LEVEL}")
    parts += [f"{o.sql} AS {quoted(o.name)}" for o in node.outputs]
    kept = ""
    if node.kept:
        same = " AND ".join(f'"r".{g} IS NOT DISTINCT FROM "k".{g}' for g in node.kept_groups)
        kept = f' SEMI JOIN {quoted(node.kept)} AS "k" ON {same}'
    by = ", ".join(node.groups)
    group = f" GROUP BY {by}" if by else ""
    if node.with_total:
        group = f" GROUP BY GROUPING SETS (({by}), ())"
    selected = ", ".join(parts) or "1"
    return f'SELECT {selected} FROM ({render_rows(node.rows)}) AS "r"{kept}{group}'


def render_combine(node: Combine, *, with_total: bool) -> str:
    """Aggregates side by side: a union of the branches, one row for each group."""
    keys = [*node.groups, *([LEVEL] if with_total else [])]
    names = [quoted(name) for name in node.outputs]
    if len(node.branches) == 1:
        return render_aggregate(node.branches[0])
    union = " UNION ALL BY NAME ".join(
        f"SELECT {', '.join([*keys, *(quoted(o.name) for o in branch.outputs)]) or '1'} "
        f'FROM ({render_aggregate(branch)}) AS "a"'
        for branch in node.branches
    )
    merged = ", ".join(keys + [f"any_value({n}) AS {n}" for n in names])
    by = f" GROUP BY {', '.join(keys)}" if keys else ""
    return f'SELECT {merged} FROM ({union}) AS "u"{by}'


def _order(order: tuple[Order, ...]) -> str:
    keys = [f"{o.sql} {'DESC' if o.descending else 'ASC'} NULLS LAST" for o in order]
    return f" ORDER BY {', '.join(keys)}" if keys else ""


def render_cells(node: Cells) -> str:
    """The whole statement of a report of groups.

    Its columns: the level, the full count of groups, the groups, the values.
    """
    in_one_pass = node.with_total and node.kept_total is None
    named: list[tuple[str, str]] = []
    groups = node.source
    if isinstance(groups, Fill):
        named.append((FOUND, render_combine(groups.source, with_total=in_one_pass)))
        source = _filled(node, groups, in_one_pass=in_one_pass)
    else:
        source = render_combine(groups, with_total=in_one_pass)
    source = _valued(node, source, in_one_pass=in_one_pass)
    if node.kept_total is not None:
        named.append((KEPT, source))
        source = _with_total_of_kept(node, node.kept_total)
    shown = ", ".join([*node.groups, *(quoted(v.name) for v in node.values)])
    level = LEVEL if node.with_total else f"0 AS {LEVEL}"
    only = f" FILTER (WHERE {LEVEL} = 0)" if node.with_total else ""
    order = (Order(LEVEL, descending=True), *node.order) if node.with_total else node.order
    limit = f" LIMIT {node.limit + node.with_total:d}" if node.limit is not None else ""
    relations = ", ".join(f"{quoted(name)} AS MATERIALIZED ({sql})" for name, sql in named)
    prefix = f"WITH {relations} " if relations else ""
    return (
        f'{prefix}SELECT {level}, count(*){only} OVER () AS "n", {shown} '
        f'FROM ({source}) AS "v"{_order(order)}{limit}'
    )


def _with_total_of_kept(node: Cells, total: Combine) -> str:
    inner = render_combine(total, with_total=False)
    return (
        f'SELECT 0 AS {LEVEL}, * FROM {quoted(KEPT)} AS "k" UNION ALL BY NAME '
        f'SELECT 1 AS {LEVEL}, {_outputs(node.values)} FROM ({inner}) AS "g"'
    )


def _valued(node: Cells, source: str, *, in_one_pass: bool) -> str:
    """The groups with their values, those that ``having`` leaves."""
    keys = [*node.groups, *([LEVEL] if in_one_pass else [])]
    columns = ", ".join([*keys, *(f"{v.sql} AS {quoted(v.name)}" for v in node.values)])
    values = f'SELECT {columns} FROM ({source}) AS "g"'
    if not node.having:
        return values
    return f'SELECT * FROM ({values}) AS "h" WHERE {" AND ".join(node.having)}'


def _filled(node: Cells, fill: Fill, *, in_one_pass: bool) -> str:
    """The groups found, and the buckets between their ends that none of them has."""
    bucket, *series = node.groups
    found = f'FROM {quoted(FOUND)} AS "f"' + (f" WHERE {LEVEL} = 0" if in_one_pass else "")
    lower, upper = fill.lower or f"min({bucket})", fill.upper or f"max({bucket})"
    ends = f'SELECT {lower} AS "lo", {upper} AS "hi"'
    if fill.lower is None or fill.upper is None:
        ends += f" {found}"
    step = f", {fill.step}" if fill.step else ""
    bucket_of = f'unnest(generate_series("lo", "hi"{step}))'
    if fill.is_date:
        bucket_of = f"CAST({bucket_of} AS DATE)"
    buckets = f'(SELECT {bucket_of} AS {bucket} FROM ({ends}) AS "e") AS "b"'
    names = ", ".join(f'"s".{name}' for name in series)
    lines = f', (SELECT DISTINCT {", ".join(series)} {found}) AS "s"' if series else ""
    same = " AND ".join(f'"x".{g} IS NOT DISTINCT FROM "y".{g}' for g in node.groups)
    grid = f'SELECT "b".{bucket}{", " + names if names else ""} FROM {buckets}{lines}'
    level = f", 0 AS {LEVEL}" if in_one_pass else ""
    return (
        f'SELECT * FROM {quoted(FOUND)} AS "f" UNION ALL BY NAME SELECT "x".*{level} '
        f'FROM ({grid}) AS "x" ANTI JOIN {quoted(FOUND)} AS "y" ON {same}'
    )


def render_listing(node: Listing, shown: int) -> str:
    """The whole statement of a report of rows."""
    columns = ", ".join(quoted(f"d{i}") for i in range(shown))
    limit = f" LIMIT {node.limit:d}" if node.limit is not None else ""
    return f'SELECT {columns} FROM ({render_rows(node.rows)}) AS "r"{_order(node.order)}{limit}'


def render_counting(node: Counting) -> str:
    """One row: how many rows there are of each entity."""
    counts = [
        f'(SELECT count(*) FROM ({render_rows(rows)}) AS "r") AS {quoted(name)}'
        for name, rows in node.rows
    ]
    return f"SELECT {', '.join(counts)}"
